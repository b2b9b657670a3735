import { Ledger } from "../base/ledger.ts";
import type { PeerEvent, Who } from "../node/events.ts";
import type { DraftEvent } from "../node/shellevents.ts";
import type { Asked } from "./asked.ts";
import { People } from "./people.ts";

/** Conversations in which something is being written; beyond, what was begun first is forgotten. */
export const DRAFTS_MAX = 200;

/** What is being written, as a disk keeps it. */
export interface KeptDraft {
  /** `#room`; `@name` of who was never met; null where `who` says whom it is for. */
  readonly place: string | null;
  readonly who: Who | null;
  readonly text: string;
  readonly replyTo: string | null;
}

type Written = Pick<KeptDraft, "text" | "replyTo">;
type Told = Pick<Extract<Asked, { type: "draft" }>, "to" | "text" | "replyTo" | "ageMs">;

/** What is being written and not said yet, in whatever face: one draft for each conversation. */
export class Drafts {
  readonly #people = new People();
  /** By `#room`, `@` and an id, or `@name`. */
  readonly #drafts = new Ledger<Written>();
  /** By the same: when that was written, or taken away, in this run. */
  readonly #writtenAtMs = new Ledger<number>();

  constructor(kept: readonly KeptDraft[]) {
    for (const { place, who, text, replyTo } of kept) {
      if (who !== null) this.#people.meet(who);
      this.#drafts.set(place ?? `@${who?.id ?? ""}`, { text, replyTo });
    }
    this.#drafts.forget(DRAFTS_MAX);
  }

  /** Returns what every face is to have: what was written last, though it was told before. */
  write(now: number, { to, text, replyTo, ageMs = 0 }: Told): DraftEvent {
    const key = this.#keyOf(to);
    const atMs = now - ageMs;
    if (atMs >= (this.#writtenAtMs.get(key) ?? -Infinity)) {
      this.#writtenAtMs.set(key, atMs);
      this.#writtenAtMs.forget(DRAFTS_MAX);
      if (text === "" && replyTo === null) this.#drafts.delete(key);
      else this.#drafts.set(key, { text, replyTo });
      this.#drafts.forget(DRAFTS_MAX);
    }
    const stands = this.#drafts.get(key) ?? { text: "", replyTo: null };
    return { type: "draft", req: null, room: this.#labelOf(key), ...stands };
  }

  /** True if what a disk keeps is not what it was. */
  handleEvent(event: PeerEvent): boolean {
    switch (event.type) {
      case "ready":
        this.#people.onReady(event.me);
        return false;
      case "peer":
      case "namesake":
      case "trust":
        return this.#onMet(event.who);
      case "renamed":
        return this.#onRenamed(event.who, event.was);
      case "message":
        return this.#onMet(event.from);
      case "status":
        return event.was !== undefined && this.#onMoved(event.was, event.id);
      case "reply":
        return event.command === "leave" && this.#forget(event.room);
      case "server":
      case "nat":
      case "verify":
      case "presence":
      case "typing":
      case "edited":
      case "deleted":
      case "reaction":
      case "topic":
      case "sync":
      case "equivocation":
      case "disk":
      case "draft":
      case "unread":
      case "held":
      case "error":
      case "log":
      case "bye":
        return false;
      default:
        return event satisfies never;
    }
  }

  get events(): readonly DraftEvent[] {
    return [...this.#drafts].map(([key, { text, replyTo }]) => {
      return { type: "draft", req: null, room: this.#labelOf(key), text, replyTo };
    });
  }

  get kept(): readonly KeptDraft[] {
    return [...this.#drafts].map(([key, { text, replyTo }]) => {
      const who = this.#whoOf(key) ?? null;
      return { place: who === null ? key : null, who, text, replyTo };
    });
  }

  #keyOf(to: string): string {
    if (to.startsWith("#")) return to;
    const [only, ...others] = this.#people.called(to);
    return only === undefined || others.length > 0 ? to : `@${only.who.id}`;
  }

  #labelOf(key: string): string {
    const who = this.#whoOf(key);
    return who === undefined ? key : `@${this.#people.labelOf(who)}`;
  }

  #whoOf(key: string): Who | undefined {
    if (key.startsWith("#")) return undefined;
    return this.#people.others.find(({ who }) => key === `@${who.id}`)?.who;
  }

  /** What was written to somebody of that name before anybody was met is theirs. */
  #onMet(who: Who): boolean {
    this.#people.meet(who);
    const [unmet, key] = [`@${who.name}`, `@${who.id}`];
    const isTheirs = this.#drafts.has(unmet) && this.#people.called(unmet).length === 1;
    if (!isTheirs || this.#drafts.has(key)) return false;
    this.#rename(unmet, key);
    return true;
  }

  /** What waits for them under the name that they had goes on to them. */
  #onRenamed(who: Who, was: string): boolean {
    this.#people.meet(who);
    const key = `@${was}`;
    const isTheirs = this.#drafts.has(key) && this.#people.called(key).length === 0;
    if (isTheirs) this.#rename(key, `@${who.id}`);
    return isTheirs;
  }

  #rename(was: string, key: string): void {
    this.#drafts.rename(was, key);
    this.#writtenAtMs.rename(was, key);
  }

  #onMoved(was: string, id: string): boolean {
    const moved = [...this.#drafts].filter(([, { replyTo }]) => replyTo === was);
    for (const [key, { text }] of moved) this.#drafts.set(key, { text, replyTo: id });
    return moved.length > 0;
  }

  #forget(room: string): boolean {
    const isKnown = this.#drafts.has(room);
    this.#drafts.delete(room);
    return isKnown;
  }
}
