import { isLost, Receipts } from "../contract/receipts.ts";
import type { Asked } from "../contract/asked.ts";
import type { PeerEvent, Req } from "../node/events.ts";
import { isBarred } from "../node/member.ts";

/** Commands that may be unanswered before further input waits. */
const UNANSWERED_MAX = 256;

/** How long the end of input is put off until receipts have come. */
export const ENDING_MS = 30_000;

const OWN_REQ = "p2pchat/end ";

export interface EndingOptions {
  /** The end of input ends nothing. */
  readonly stay: boolean;
  /** Input is typed: its end is a wish to leave at once. */
  readonly isTyped: boolean;
}

/**
 * What the end of input means. Once there was a line, the client leaves as soon as every command is
 * answered and every message has reached those who are connected, at the latest after `ENDING_MS`.
 * An input that ends without one never was one (`</dev/null`, a job in the background), and the
 * client stays.
 */
export class Ending {
  readonly #options: EndingOptions;
  readonly #command: (command: Asked) => void;
  readonly #receipts = new Receipts();
  /** How many commands of each `req` are unanswered. */
  readonly #unanswered = new Map<Req, number>();
  #hasInput = false;
  #step: "open" | "answers" | "receipts" | "over" = "open";
  #deadline = Infinity;

  constructor(options: EndingOptions, command: (command: Asked) => void) {
    this.#options = options;
    this.#command = command;
  }

  get isBusy(): boolean {
    return this.#countUnanswered() >= UNANSWERED_MAX;
  }

  /** There is a line of input, whether or not something is asked by it. */
  handleInput(): void {
    this.#hasInput = true;
  }

  /** Every command that a face gives passes here. */
  handleCommand(command: Asked): void {
    if (isAnswered(command) && "req" in command) this.#expect(command.req);
  }

  /** True where the event answers a question of this class's own, which nobody else asked. */
  handleEvent(event: PeerEvent): boolean {
    const isOwn = "req" in event && event.req?.startsWith(OWN_REQ) === true;
    if (event.type === "status") this.#receipts.handleStatus(event);
    const isAway =
      event.type === "peer" && (event.state === "gone" || event.state === "unreachable");
    if (isAway) this.#receipts.excuse(event.who.id);
    if (isOwn) this.#expectPresent(event.req?.slice(OWN_REQ.length) ?? "", event);
    const req = answeredBy(event);
    if (req !== undefined) this.#settle(req);
    this.#advance();
    return isOwn;
  }

  handleEnd(now: number): void {
    if (this.#step !== "open" || this.#options.stay) return;
    if (this.#options.isTyped) return this.#leave();
    if (!this.#hasInput) return;
    this.#step = "answers";
    this.#deadline = now + ENDING_MS;
    this.#advance();
  }

  handleTimeout(now: number): void {
    if (now >= this.#deadline) this.#leave();
  }

  pollTimeout(): number {
    return this.#deadline;
  }

  #advance(): void {
    if (this.#unanswered.size > 0) return;
    if (this.#step === "answers") {
      this.#step = "receipts";
      const rooms = new Set(this.#receipts.open.map(({ room }) => room));
      for (const room of rooms) if (room.startsWith("#")) this.#ask(room);
    }
    if (this.#step !== "receipts" || this.#unanswered.size > 0) return;
    if (this.#receipts.open.length === 0) this.#leave();
  }

  #ask(room: string): void {
    const req = `${OWN_REQ}${room}`;
    this.#expect(req);
    this.#command({ type: "who", req, room });
  }

  #countUnanswered(): number {
    return this.#unanswered.values().reduce((sum, count) => sum + count, 0);
  }

  #expect(req: Req): void {
    this.#unanswered.set(req, (this.#unanswered.get(req) ?? 0) + 1);
  }

  #settle(req: Req): void {
    const count = this.#unanswered.get(req) ?? 0;
    if (count > 1) this.#unanswered.set(req, count - 1);
    else this.#unanswered.delete(req);
  }

  /** A room that was left has nobody to wait for. */
  #expectPresent(room: string, answer: PeerEvent): void {
    const members = answer.type === "reply" && answer.command === "who" ? answer.members : [];
    const present = members.filter((one) => one.state === "connected" && !isBarred(one));
    this.#receipts.expect(room, new Set(present.map(({ id }) => id)));
  }

  #leave(): void {
    this.#step = "over";
    this.#deadline = Infinity;
    this.#command({ type: "quit" });
  }
}

/** To what is being written nothing is said unless it is wrong. */
export function isAnswered({ type }: Asked): boolean {
  return type !== "quit" && type !== "stop" && type !== "typing" && type !== "draft";
}

/** Which command this answers, if any. */
export function answeredBy(event: PeerEvent): Req | undefined {
  switch (event.type) {
    case "reply":
    case "error":
      return event.req;
    case "status": {
      const isFirst = event.state === "queued" && event.was === undefined;
      return isFirst || isLost(event) ? event.req : undefined;
    }
    case "ready":
    case "server":
    case "nat":
    case "peer":
    case "namesake":
    case "renamed":
    case "trust":
    case "verify":
    case "presence":
    case "typing":
    case "message":
    case "edited":
    case "deleted":
    case "reaction":
    case "topic":
    case "sync":
    case "equivocation":
    case "disk":
    case "unread":
    case "held":
    case "draft":
    case "log":
    case "bye":
      return undefined;
    default:
      return event satisfies never;
  }
}
