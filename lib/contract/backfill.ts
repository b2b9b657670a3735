import type {
  NatEvent,
  PeerEvent,
  ReadyEvent,
  ReplyEvent,
  ServerStateEvent,
} from "../node/events.ts";
import type { DiskEvent } from "../node/diskevents.ts";
import type { PresenceState } from "../wire/aside.ts";
import type { SyncEvent } from "../node/syncevents.ts";
import { BackfillPeople } from "./backfillpeople.ts";

/** Rooms whose history is not complete; of more, those told of first are forgotten. */
const SYNCS_MAX = 64;

type Room = ReadyEvent["rooms"][number];

/**
 * What a face is to be told that comes to a node late, so that it sees what one sees that was there
 * from the start: how everything is by now. What was said is not part of it: that is looked up.
 */
export class Backfill {
  #ready: ReadyEvent | undefined;
  #server: ServerStateEvent | undefined;
  #nat: NatEvent | undefined;
  #disk: DiskEvent | undefined;
  /** As one has said of oneself. */
  #presence: PresenceState = "online";
  /** In the order in which they were entered. */
  readonly #rooms = new Map<string, Room>();
  readonly #people = new BackfillPeople();
  readonly #syncs = new Map<string, SyncEvent>();

  /** Answers to commands tell of rooms that are entered and left, whoever has asked for it. */
  handleEvent(event: PeerEvent): void {
    this.#people.handleEvent(event);
    switch (event.type) {
      case "ready":
        this.#ready = event;
        for (const room of event.rooms) this.#rooms.set(room.room, room);
        break;
      case "server":
        this.#server = event;
        break;
      case "nat":
        this.#nat = event;
        break;
      case "disk":
        this.#disk = event.state === "refusing" ? event : undefined;
        break;
      case "sync":
        this.#onSync(event);
        break;
      case "reply":
        this.#onReply(event);
        break;
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
      case "status":
      case "unread":
      case "held":
      case "equivocation":
      case "error":
      case "draft":
      case "log":
      case "bye":
        break;
      default:
        event satisfies never;
    }
  }

  /** In the order in which they are to be told; none before the node is ready. */
  events(): readonly PeerEvent[] {
    if (this.#ready === undefined) return [];
    const isServerGone = this.#server !== undefined && this.#server.state !== "connected";
    return [
      this.#readyNow(this.#ready),
      ...(isServerGone ? [this.#server] : []),
      ...(this.#nat === undefined ? [] : [this.#nat]),
      ...(this.#disk === undefined ? [] : [this.#disk]),
      ...this.#people.events(),
      ...this.#syncs.values(),
    ].filter((event) => event !== undefined);
  }

  #readyNow(ready: ReadyEvent): ReadyEvent {
    const { blocked: _, ...first } = ready;
    const blocked = this.#people.blocked();
    const server = this.#serverNow(ready);
    const presence = this.#presence;
    return {
      ...first,
      server,
      // How a server sees this client is told by the first one alone.
      address: server?.id === ready.server?.id ? ready.address : null,
      nat: this.#nat === undefined ? ready.nat : this.#nat.nat,
      rooms: [...this.#rooms.values()],
      ...(blocked.length === 0 ? {} : { blocked }),
      ...(presence === "online" ? {} : { presence }),
    };
  }

  #serverNow(ready: ReadyEvent): ReadyEvent["server"] {
    if (this.#server === undefined) return ready.server;
    const { state, address, id, rttMs = 0 } = this.#server;
    return state === "connected" ? { address, id, rttMs } : null;
  }

  #onSync(event: SyncEvent): void {
    this.#syncs.delete(event.room);
    if (event.state === "complete") return;
    this.#syncs.set(event.room, event);
    for (const oldest of this.#syncs.keys()) {
      if (this.#syncs.size <= SYNCS_MAX) return;
      this.#syncs.delete(oldest);
    }
  }

  #onReply(event: ReplyEvent): void {
    const { command } = event;
    if (command === "join") this.#enter({ room: event.room, isPrivate: event.isPrivate });
    if (command === "new") this.#enter({ room: event.room, isPrivate: true });
    if (command === "presence") this.#presence = event.state;
    if (command !== "leave") return;
    this.#rooms.delete(event.room);
    this.#syncs.delete(event.room);
  }

  /** The room that was entered last is where one talks. */
  #enter(room: Room): void {
    this.#rooms.delete(room.room);
    this.#rooms.set(room.room, room);
  }
}
