import type { Asked, AskedShell } from "../lib/contract/asked.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Doorkeeper } from "../lib/io/doorkeeper.ts";
import { systemRandom } from "../lib/io/random.ts";
import type { PeerCommand } from "../lib/node/commands.ts";
import type { PeerEvent, Req } from "../lib/node/events.ts";
import type { FaceKind, Seat, Sitter } from "./seat.ts";

export interface HubSeatOptions {
  /** No other seat of this node has had it. */
  readonly number: number;
  /** Null for who only asks. */
  readonly kind: FaceKind | null;
  readonly sitter: Sitter;
  readonly command: (command: PeerCommand) => void;
  readonly askShell: (asked: AskedShell) => void;
  /** How many other faces end with this one. */
  readonly endsToo: () => number;
  readonly onBehind: () => void;
  readonly onQuit: () => void;
  readonly onLeft: () => void;
}

/** A seat at a node of this process, whose commands' marks are its own. */
export class HubSeat implements Seat {
  readonly kind: FaceKind | null;
  readonly sinceMs = systemClock.now();
  readonly sitter: Sitter;
  readonly #options: HubSeatOptions;
  readonly #doorkeeper: Doorkeeper;
  readonly #mark: string;
  #isBehind = false;
  /** It knows by now how things are, and is told what happens. */
  isTold = false;

  constructor(options: HubSeatOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.sitter = options.sitter;
    this.#mark = `${options.number}`;
    this.#doorkeeper = new Doorkeeper({
      random: systemRandom,
      command: (command) => options.command(this.#marked(command)),
      shell: (asked) => options.askShell(asked),
      refuse: (req, text) => this.answer({ type: "error", req, code: "USAGE", text }),
      onFree: () => this.sitter.onFree(),
    });
  }

  get isBusy(): boolean {
    return this.#doorkeeper.isBusy;
  }

  get isBehind(): boolean {
    return this.#isBehind;
  }

  get endsToo(): number {
    return this.#options.endsToo();
  }

  command(asked: Asked): void {
    if (asked.type === "quit") this.#options.onQuit();
    else this.#doorkeeper.handle(asked);
  }

  setBehind(isBehind: boolean): void {
    this.#isBehind = isBehind;
    this.#options.onBehind();
  }

  leave(): void {
    this.#options.onLeft();
  }

  /** What the node tells: to this seat as its own, or as everybody is to know it. */
  handleEvent(event: PeerEvent): void {
    const told = this.#toldOf(event);
    if (told !== undefined) this.sitter.onEvent(told);
  }

  /** Something beside what the node's turn tells. */
  answer(event: PeerEvent): void {
    this.sitter.onEvent(event);
    this.sitter.onTurnEnd();
  }

  /** Whether this seat has asked what that answers. */
  owns(marked: string): boolean {
    return marked === this.#mark || marked.startsWith(`${this.#mark} `);
  }

  #toldOf(event: PeerEvent): PeerEvent | undefined {
    const isForAll = this.isTold || event.type === "bye";
    if (!("req" in event) || event.req === null) return isForAll ? event : undefined;
    if (this.owns(event.req)) return { ...event, req: this.#ownReq(event.req) };
    if (!isForAll) return undefined;
    switch (event.type) {
      case "status":
        // It has no other words than these, which are told as an edit.
        return event.isReworded === true ? undefined : { ...event, req: null };
      case "held":
      case "draft":
        return { ...event, req: null };
      case "reply":
        return concernsAll(event) ? { ...event, req: null } : undefined;
      case "error":
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #marked(command: PeerCommand): PeerCommand {
    if (!("req" in command)) return command;
    const { req } = command;
    return { ...command, req: req === null ? this.#mark : `${this.#mark} ${req}` };
  }

  #ownReq(marked: string): Req {
    return marked === this.#mark ? null : marked.slice(this.#mark.length + 1);
  }
}

/** What one has asked changes something for everybody. */
function concernsAll({ command }: Extract<PeerEvent, { type: "reply" }>): boolean {
  const isMove = command === "join" || command === "new" || command === "leave";
  return isMove || command === "presence";
}
