import type { Asked } from "../lib/contract/asked.ts";
import { Doorkeeper } from "../lib/io/doorkeeper.ts";
import { systemRandom } from "../lib/io/random.ts";
import type { PeerCommand } from "../lib/node/commands.ts";
import type { PeerEvent, Req } from "../lib/node/events.ts";
import type { FaceKind, Seat, Sitter } from "./seat.ts";

export interface HubSeatOptions {
  /** No other seat of this node has had it. */
  readonly number: number;
  readonly kind: FaceKind;
  readonly sitter: Sitter;
  readonly command: (command: PeerCommand) => void;
  readonly onBehind: () => void;
  readonly onQuit: () => void;
  readonly onLeft: () => void;
}

/** A seat at a node of this process, whose commands' marks are its own. */
export class HubSeat implements Seat {
  readonly kind: FaceKind;
  readonly sitter: Sitter;
  readonly #options: HubSeatOptions;
  readonly #doorkeeper: Doorkeeper;
  readonly #mark: string;
  #isBehind = false;

  constructor(options: HubSeatOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.sitter = options.sitter;
    this.#mark = `${options.number}`;
    this.#doorkeeper = new Doorkeeper({
      random: systemRandom,
      command: (command) => options.command(this.#marked(command)),
      refuse: (req, text) => {
        this.tell({ type: "error", req, code: "USAGE", text });
        this.sitter.onTurnEnd();
      },
      onFree: () => this.sitter.onFree(),
    });
  }

  get isBusy(): boolean {
    return this.#doorkeeper.isBusy;
  }

  get isBehind(): boolean {
    return this.#isBehind;
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
    if (told !== undefined) this.tell(told);
  }

  tell(event: PeerEvent): void {
    this.sitter.onEvent(event);
  }

  #toldOf(event: PeerEvent): PeerEvent | undefined {
    if (!("req" in event) || event.req === null) return event;
    const req = this.#ownReq(event.req);
    if (req !== undefined) return { ...event, req };
    return event.type === "status" || event.type === "held" ? { ...event, req: null } : undefined;
  }

  #marked(command: PeerCommand): PeerCommand {
    if (!("req" in command)) return command;
    const { req } = command;
    return { ...command, req: req === null ? this.#mark : `${this.#mark} ${req}` };
  }

  /** Undefined where another seat has asked. */
  #ownReq(marked: string): Req | undefined {
    if (marked === this.#mark) return null;
    return marked.startsWith(`${this.#mark} `) ? marked.slice(this.#mark.length + 1) : undefined;
  }
}
