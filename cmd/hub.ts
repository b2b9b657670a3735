import type { ShownMarks } from "../lib/io/stdio.ts";
import type { PeerEvent } from "../lib/node/events.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { HubSeat } from "./hubseat.ts";
import { NodeHost, type NodeParts } from "./nodehost.ts";
import type { FaceKind, Seat, Sitter } from "./seat.ts";

/** How long the farewells may take. */
const LEAVING_MS = 2000;

export interface SittingDown {
  readonly kind: FaceKind;
  /** With it the node ends; with others only they do. */
  readonly isMain: boolean;
}

/**
 * A node and the faces that sit at it: each asks for itself and is answered alone, and what happens
 * is told to all of them.
 */
export class Hub {
  readonly #node: NodeHost;
  readonly #seats = new Map<number, HubSeat>();
  readonly #end = Promise.withResolvers<void>();
  #lastSeat = 0;
  #isLeaving = false;
  #isBehind = false;

  constructor(options: ChatOptions, parts: NodeParts) {
    this.#node = new NodeHost(options, parts, {
      onEvent: (event) => this.#handleEvent(event),
      onShown: (shown) => this.#onShown(shown),
      onTended: (isMore) => this.#seats.forEach(({ sitter }) => sitter.onTended?.(isMore)),
      onTurnEnd: () => this.#seats.forEach(({ sitter }) => sitter.onTurnEnd()),
      complain: (text) => this.#seats.forEach(({ sitter }) => sitter.complain(text)),
    });
  }

  /** Whoever sits down is told nothing before this returns. The doors bound how many there are. */
  sit({ kind, isMain }: SittingDown, sitter: Sitter): Seat {
    this.#lastSeat += 1;
    const number = this.#lastSeat;
    const seat = new HubSeat({
      number,
      kind,
      sitter,
      command: (command) => this.#node.command(command),
      onBehind: () => this.#tellPace(),
      onQuit: () => (isMain ? this.quit() : seat.tell({ type: "bye", waiting: [] })),
      onLeft: () => {
        this.#seats.delete(number);
        this.#tellPace();
      },
    });
    this.#seats.set(number, seat);
    return seat;
  }

  start(): void {
    this.#node.start();
  }

  /** Says farewell to everybody, and ends. */
  quit(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    void this.#node.withdraw();
    this.#node.command({ type: "quit" });
    setTimeout(() => this.#finish(), LEAVING_MS);
  }

  /** The node's last turn is over. */
  async ended(): Promise<void> {
    await this.#end.promise;
    await this.#node.withdraw();
  }

  #handleEvent(event: PeerEvent): void {
    if (event.type === "log") return;
    for (const seat of this.#seats.values()) seat.handleEvent(event);
    if (event.type === "bye") this.#finish();
  }

  /** It is the node's own process that knows best when something is out. */
  #onShown(shown: ShownMarks): void {
    for (const { sitter } of this.#seats.values()) {
      if (sitter.onShown !== undefined) return sitter.onShown(shown);
    }
    if (this.#seats.size > 0) shown.one();
  }

  #tellPace(): void {
    const isBehind = this.#seats.values().some((seat) => seat.isBehind);
    if (isBehind === this.#isBehind) return;
    this.#isBehind = isBehind;
    this.#node.command({ type: "pace", isBehind });
  }

  #finish(): void {
    this.#node.close();
    // The turn in which the farewells left is still to be carried to its end.
    setImmediate(() => this.#end.resolve());
  }
}
