import { Backfill } from "../lib/contract/backfill.ts";
import type { ShownMarks } from "../lib/io/stdio.ts";
import type { PeerEvent, Req } from "../lib/node/events.ts";
import type { HeardEvent } from "../lib/node/sayings.ts";
import type { SeatedFace } from "../lib/node/shellevents.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { examiner } from "./examiner.ts";
import { HubSeat } from "./hubseat.ts";
import { Missed } from "./missed.ts";
import { NodeHost, type NodeParts } from "./nodehost.ts";
import type { FaceKind, Seat, Sitter } from "./seat.ts";
import { Shell, type ShellOptions } from "./shell.ts";

/** How long the farewells may take. */
const LEAVING_MS = 2000;

export interface SittingDown {
  /** Null for who only asks, and is told nothing but answers and complaints. */
  readonly kind: FaceKind | null;
  /** With it the node ends; with others only they do. */
  readonly isMain: boolean;
}

/**
 * A node and the faces that sit at it: each asks for itself and is answered alone, and what happens
 * is told to all of them.
 */
export class Hub {
  readonly #node: NodeHost;
  readonly #shell: Shell;
  readonly #seats = new Map<number, HubSeat>();
  readonly #backfill = new Backfill();
  readonly #missed = new Missed();
  readonly #end = Promise.withResolvers<void>();
  #lastSeat = 0;
  #isLeaving = false;
  #isBehind = false;

  constructor(
    options: ChatOptions,
    parts: NodeParts,
    { openPage }: Pick<ShellOptions, "openPage">,
  ) {
    const complain = (text: string): void =>
      this.#seats.forEach(({ sitter }) => sitter.complain(text));
    this.#node = new NodeHost(options, parts, {
      onEvent: (event) => this.#handleEvent(event),
      onEcho: (req, event) => this.#tellBesides(req, event),
      onShown: (shown) => this.#onShown(shown),
      onTended: (isMore) => this.#seats.forEach(({ sitter }) => sitter.onTended?.(isMore)),
      onTurnEnd: () => this.#seats.forEach(({ sitter }) => sitter.onTurnEnd()),
      complain,
    });
    this.#shell = new Shell({
      me: { name: options.name, id: parts.identity.peerId },
      profile: options.paths.profile,
      dataDirectory: options.paths.dataDirectory,
      server: options.server,
      isMapped: options.isMapped,
      draftsFile: parts.profile.draftsFile,
      faces: () => this.faces,
      openPage,
      examine: examiner(options),
      quit: () => this.quit(),
      complain,
    });
  }

  get faces(): readonly SeatedFace[] {
    return [...this.#seats.values()].flatMap(({ kind, sinceMs }) => {
      return kind === null ? [] : [{ kind, sinceMs }];
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
      askShell: (asked) =>
        this.#shell.handle(asked, {
          answer: (event) => seat.answer(event),
          tellOthers: (event) => this.#tellOthers(seat, event),
        }),
      endsToo: () => (isMain ? this.faces.length - 1 : 0),
      onBehind: () => this.#tellPace(),
      onQuit: () => (isMain ? this.quit() : seat.answer({ type: "bye", waiting: [] })),
      onLeft: () => {
        this.#seats.delete(number);
        this.#tellPace();
      },
    });
    this.#seats.set(number, seat);
    if (kind !== null) queueMicrotask(() => this.#tellPast(seat));
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
    this.#shell.close();
  }

  #handleEvent(event: PeerEvent): void {
    if (event.type === "log") return;
    this.#backfill.handleEvent(event);
    this.#shell.handleEvent(event);
    if (isHeard(event) && !this.#isSeen) this.#missed.add(event);
    this.#tell(event);
    if (event.type === "ready") for (const draft of this.#shell.drafts) this.#tell(draft);
    if (event.type === "bye") this.#finish();
  }

  /** What was said in one face is told the others. */
  #tellBesides(req: Req, event: PeerEvent): void {
    for (const seat of this.#seats.values()) {
      if (req === null || !seat.owns(req)) seat.handleEvent(event);
    }
  }

  #tell(event: PeerEvent): void {
    for (const seat of this.#seats.values()) seat.handleEvent(event);
  }

  /** Somebody is told what happens. */
  get #isSeen(): boolean {
    return this.#seats.values().some(({ isTold }) => isTold);
  }

  /** It is the node's own process that knows best when something is out. */
  #onShown(shown: ShownMarks): void {
    if (!this.#isSeen) return this.#missed.onShown(shown);
    const own = this.#seats.values().find(({ sitter }) => sitter.onShown !== undefined);
    if (own?.sitter.onShown === undefined) shown.one();
    else own.sitter.onShown(shown);
  }

  /** How things are, and what nobody has been told yet. */
  #tellPast(seat: HubSeat): void {
    const missed = this.#isSeen ? undefined : this.#missed.take();
    seat.isTold = true;
    const events = this.#backfill.events();
    // Until the node is ready there is nothing to be told.
    if (events.length === 0) return;
    for (const event of [...events, ...this.#shell.drafts]) seat.handleEvent(event);
    for (let item = missed?.shift(); item !== undefined; item = missed?.shift()) {
      if (item.kind === "heard") seat.handleEvent(item.event);
      else this.#onShown(item.shown);
    }
    seat.sitter.onTurnEnd();
  }

  #tellOthers(asker: HubSeat, event: PeerEvent): void {
    for (const seat of this.#seats.values()) {
      if (seat !== asker && seat.isTold) seat.answer(event);
    }
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

const HEARD: ReadonlySet<string> = new Set<HeardEvent["type"]>([
  "message",
  "edited",
  "deleted",
  "reaction",
  "topic",
]);

function isHeard(event: PeerEvent): event is HeardEvent {
  return HEARD.has(event.type);
}
