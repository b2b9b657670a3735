import type { RendezvousAnswer, ListingEntry, RendezvousRequest } from "../wire/rendezvous.ts";

/** A server that says nothing for this long does not answer. */
export const INQUIRY_TIMEOUT_MS = 3000;

/** Entries of one listing. Beyond, it ends there. */
export const LIST_MAX = 10_000;

/** Inquiries under way. Beyond, the oldest counts as not answered in time. */
export const INQUIRIES_MAX = 64;

export type Question =
  | { readonly kind: "list" }
  | { readonly kind: "peer"; readonly number: number }
  | { readonly kind: "punch" }
  | { readonly kind: "find"; readonly name: string; readonly prefix: string };

/** How an inquiry ends. `token` is the asker's own mark. */
export type Outcome =
  | { readonly type: "listed"; readonly token: number; readonly entries: readonly ListingEntry[] }
  /** What `peer` and `find` asked for: one entry, or any number. */
  | { readonly type: "found"; readonly token: number; readonly entries: readonly ListingEntry[] }
  | { readonly type: "punched"; readonly token: number; readonly rttMs: number }
  | {
      readonly type: "failed";
      readonly token: number;
      readonly reason: "no-server" | "timeout" | "no-such-number";
    };

type Listing = Extract<RendezvousAnswer, { kind: "listing" }>;

interface Inquiry {
  readonly token: number;
  readonly question: Question;
  /** From the pages so far. */
  readonly entries: readonly ListingEntry[];
  readonly askedAtMs: number;
}

/** The questions a client has put to its server, until each is answered or has waited too long. */
export class Inquiries {
  /** By request, in the order of asking, so that the first is always due first. */
  readonly #inquiries = new Map<number, Inquiry>();
  readonly #requests: RendezvousRequest[] = [];
  readonly #outcomes: Outcome[] = [];
  #lastRequest = 0;

  ask(now: number, token: number, question: Question): void {
    if (this.#inquiries.size >= INQUIRIES_MAX) {
      const [oldest] = this.#inquiries.keys();
      if (oldest !== undefined) this.#fail(oldest, "timeout");
    }
    this.#put({ token, question, entries: [], askedAtMs: now }, 0);
  }

  /** A listing that nobody waits for is ignored. */
  handleListing(now: number, { request, entries, next }: Listing): void {
    const inquiry = this.#inquiries.get(request);
    if (inquiry === undefined || inquiry.question.kind === "punch") return;
    this.#inquiries.delete(request);
    const { token, question } = inquiry;
    const all = [...inquiry.entries, ...entries].slice(0, LIST_MAX);
    const isLast = next === 0 || entries.length === 0 || all.length === LIST_MAX;
    const more = { ...inquiry, entries: all, askedAtMs: now };
    switch (question.kind) {
      case "list":
        // A server that leads in circles is followed for LIST_MAX entries.
        if (isLast) this.#outcomes.push({ type: "listed", token, entries: all });
        else this.#put(more, next);
        return;
      case "find":
        if (isLast) this.#outcomes.push({ type: "found", token, entries: all });
        else this.#inquiries.set(request, more);
        return;
      case "peer": {
        const found = entries.filter(({ number }) => number === question.number).slice(0, 1);
        if (found.length > 0) this.#outcomes.push({ type: "found", token, entries: found });
        else this.#outcomes.push({ type: "failed", token, reason: "no-such-number" });
        return;
      }
      default:
        return question satisfies never;
    }
  }

  handlePunched(now: number, request: number): void {
    const inquiry = this.#inquiries.get(request);
    if (inquiry?.question.kind !== "punch") return;
    this.#inquiries.delete(request);
    const { token, askedAtMs } = inquiry;
    this.#outcomes.push({ type: "punched", token, rttMs: now - askedAtMs });
  }

  /** There is no server to answer: all that wait have failed. */
  close(): void {
    this.#requests.length = 0;
    for (const request of this.#inquiries.keys()) this.#fail(request, "no-server");
  }

  handleTimeout(now: number): void {
    for (const [request, { askedAtMs }] of this.#inquiries) {
      if (now < askedAtMs + INQUIRY_TIMEOUT_MS) return;
      this.#fail(request, "timeout");
    }
  }

  pollRequest(): RendezvousRequest | undefined {
    return this.#requests.shift();
  }

  pollOutcome(): Outcome | undefined {
    return this.#outcomes.shift();
  }

  pollTimeout(): number {
    for (const { askedAtMs } of this.#inquiries.values()) return askedAtMs + INQUIRY_TIMEOUT_MS;
    return Infinity;
  }

  #put(inquiry: Inquiry, after: number): void {
    this.#lastRequest = (this.#lastRequest + 1) % 2 ** 32;
    this.#inquiries.set(this.#lastRequest, inquiry);
    this.#requests.push(requestOf(this.#lastRequest, inquiry.question, after));
  }

  #fail(request: number, reason: "no-server" | "timeout"): void {
    const inquiry = this.#inquiries.get(request);
    if (inquiry === undefined) return;
    this.#inquiries.delete(request);
    this.#outcomes.push({ type: "failed", token: inquiry.token, reason });
  }
}

function requestOf(request: number, question: Question, after: number): RendezvousRequest {
  switch (question.kind) {
    case "list":
      return { kind: "list", request, after };
    case "peer":
      return { kind: "peer", request, number: question.number };
    case "punch":
      return { kind: "punch", request };
    case "find":
      return { kind: "find", request, name: question.name, prefix: question.prefix };
    default:
      return question satisfies never;
  }
}
