import type { Address } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import type { RetentionWrite } from "../chat/retention.ts";
import type {
  CountsLoaded,
  CountsQuery,
  HistoryLoaded,
  HistoryQuery,
  PlaceLoaded,
  PlaceQuery,
  SearchLoaded,
  SearchQuery,
  WaitingLoaded,
  WaitingQuery,
} from "../chat/history.ts";
import type { QuotesLoaded, QuotesQuery, TopicsLoaded, TopicsQuery } from "../chat/quotes.ts";
import type {
  ChainFloor,
  ChatLoaded,
  ChatQuery,
  ChatWrite,
  RestoredChat,
} from "../chat/records.ts";
import type { Forecast } from "../paths/forecastwords.ts";
import type { MeetingOutcome } from "../paths/grades.ts";
import type { Card } from "../wire/card.ts";
import type { Trust } from "./events.ts";

/**
 * The machine that the shell drives, and that knows no clock, socket or disk. The laws:
 *
 * 1. A *turn* is any number of inputs, then `pollOutput` to its end. Small messages are packed into
 *    datagrams while polling, so that a turn's sends share datagrams.
 * 2. `now` is in ms since the Unix epoch and never goes back; it jumps only over sleep.
 * 3. The shell carries out a turn's outputs, each kind in its order: it sends, it tells events, it
 *    commits all stores in one transaction and answers each with `handleStored`, and it answers
 *    loads, each with an answer of its query's kind. That begins the next turn.
 * 4. **Only `handleStored(ok)` lets a receipt leave**: a full disk never yields a *delivered*.
 */
export interface NodeMachine<Event, Command> {
  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void;
  handleTimeout(now: number): void;
  /** The answer to `open`, and a socket's change of state. */
  handleSocket(now: number, socket: SocketId, state: SocketState): void;
  /** The size is that of the datagram, where the shell knows it. */
  handleSendError(
    now: number,
    socket: SocketId,
    to: Address,
    error: SendError,
    sizeBytes?: number,
  ): void;
  /** All addresses of interfaces that are up; again whenever they change, and after sleep. */
  handleNetwork(now: number, interfaces: readonly Interface[]): void;
  /** What the shell learnt besides: where a server is, or who is on the local network. */
  handleFound(now: number, hint: Hint): void;
  handleStored(now: number, token: number, ok: boolean): void;
  handleLoaded(now: number, token: number, loaded: Loaded): void;
  handleCommand(now: number, command: Command): void;
  pollOutput(): Output<Event> | undefined;
  /** When `handleTimeout` is due, Infinity for never. It may change with every call above. */
  pollTimeout(): number;
}

/** A UDP socket of this node. The shell opens `MAIN_SOCKET` before the first turn. */
export type SocketId = number;
export const MAIN_SOCKET: SocketId = 0;
/** No socket of the shell's: what is sent there goes into the session with a carrier. */
export const RELAY_SOCKET: SocketId = -1;

export type SocketState =
  | { readonly step: "opened"; readonly port: number }
  | { readonly step: "failed" }
  | { readonly step: "blocked" }
  | { readonly step: "writable" };

export type SendError = "too-big" | "refused" | "unreachable";

/** One address of one network interface. */
export interface Interface {
  readonly name: string;
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly prefixBits: number;
}

export type Hint = ServerHint | PeerHint | MappingHint | DroppedHint;

/** So much of these chains has left the disk, as a room keeps no more. */
export interface DroppedHint {
  readonly kind: "dropped";
  readonly floors: readonly ChainFloor[];
}

/** A server to register with; `name` is what the person typed, and what its key is pinned under. */
export interface ServerHint {
  readonly kind: "server";
  readonly name: string;
  readonly address: Address;
  /** Where it may be as well: it is asked everywhere at once, and met where it answers first. */
  readonly others?: readonly Address[];
  /** The server's Noise key where it is known beforehand. */
  readonly noiseKey: Uint8Array | undefined;
}

/** Somebody whom the local network announces; whether it is true, only a handshake tells. */
export interface PeerHint {
  readonly kind: "peer";
  readonly card: Card;
  readonly address: Address;
}

/** A router passes on what comes to `address`, its own, or does so no more. */
export interface MappingHint {
  readonly kind: "mapped" | "unmapped";
  readonly address: Address;
}

/** What a client's node knew when the program last ended. */
export interface Restored {
  readonly chat: RestoredChat;
  /** Everybody ever met or judged; those met longest ago first, the judged last. */
  readonly people: readonly KeptPerson[];
  /** Those learnt longest ago first. */
  readonly networks: readonly KnownNetwork[];
  /** Those longest ago first. */
  readonly encounters: readonly KnownEncounter[];
}

/** Somebody whose card is kept. */
export interface KeptPerson {
  /** Of the highest serial, as `encodeCard` writes it. */
  readonly card: Uint8Array;
  readonly trust: Trust;
  readonly isBlocked: boolean;
  readonly lastSeenMs: number;
}

/** What the person here has decided of somebody; the card is kept with it if it is not yet. */
export interface TrustWrite {
  readonly kind: "trust";
  readonly peer: PeerId;
  readonly card: Uint8Array;
  readonly trust: Trust;
  readonly isBlocked: boolean;
  readonly wallMs: number;
}

/** What was found out of the NAT of a network that this node was in. */
export interface KnownNetwork {
  /** How it is known again. */
  readonly place: string;
  /** As `encodeNatReport` writes it. */
  readonly nat: Uint8Array;
  readonly wallMs: number;
}

/** Where and how somebody was last met, from one network of this node's. */
export interface KnownEncounter {
  readonly peer: PeerId;
  /** How the network is known again. */
  readonly place: string;
  /** Where the session with it was: it has answered there. */
  readonly remote: Address;
  /** What was done besides calling, and led to it; `call` where nothing did. */
  readonly technique: string;
  readonly wallMs: number;
}

/** Something to send. */
export interface Datagram {
  readonly socket: SocketId;
  readonly to: Address;
  readonly bytes: Uint8Array;
  /** Hops after which it is dropped; the system's own where not given. */
  readonly ttl?: number;
}

export type Output<Event> =
  | ({ readonly kind: "send" } & Datagram)
  /** One more socket, on this port or one of the system's choice: answered by `handleSocket`. */
  | { readonly kind: "open"; readonly socket: SocketId; readonly port: number | undefined }
  /** What was sent from it has left; nothing is heard from it any more. */
  | { readonly kind: "close"; readonly socket: SocketId }
  | {
      readonly kind: "store";
      readonly token: number;
      readonly writes: readonly Write[];
    }
  | {
      readonly kind: "load";
      readonly token: number;
      readonly query: Query;
    }
  | { readonly kind: "event"; readonly event: Event }
  /** What was said or done here, for whoever else is to know it than who asked by this mark. */
  | { readonly kind: "echo"; readonly req: string | null; readonly event: Event }
  /**
   * Of what others have said and was stored, the next entry has been told with the events so far,
   * or nothing is to be told of it: once for each, in the order in which they were stored.
   */
  | { readonly kind: "shown" };

/** One meeting of two who were introduced, whether it came about or not. */
export interface MeetingRecord {
  /** What the other was called then. */
  readonly name: string;
  readonly wallMs: number;
  readonly expected: Forecast;
  readonly outcome: MeetingOutcome;
  readonly tookMs: number;
  /** What was done besides calling; `call` where nothing was. */
  readonly technique: string;
  /** Both NATs in one word each; empty where not known. */
  readonly mine: string;
  readonly theirs: string;
}

export type Write =
  ChatWrite | PersonWrite | NetworkWrite | EncounterWrite | ServerWrite | RetentionWrite;

/** What is learnt of somebody, and of meeting them. */
export type PersonWrite =
  | TrustWrite
  /** The highest serial of this identity's card; this trust counts unless it was more than new. */
  | {
      readonly kind: "card";
      readonly peer: PeerId;
      readonly card: Uint8Array;
      readonly trust: Trust;
      readonly wallMs: number;
    }
  /** What somebody says of its NAT, as it came: kept only where its card is. */
  | {
      readonly kind: "nat";
      readonly peer: PeerId;
      readonly nat: Uint8Array;
      readonly wallMs: number;
    }
  /** How somebody was expected to be met, and what came of it. */
  | ({ readonly kind: "meeting"; readonly peer: PeerId } & MeetingRecord);

/** The last word on this network counts; beyond some, those learnt first are forgotten. */
export type NetworkWrite = { readonly kind: "network" } & KnownNetwork;

/** The last one of this person and network counts; beyond some, the oldest are forgotten. */
export type EncounterWrite = { readonly kind: "encounter" } & KnownEncounter;

/** The Noise key that a server has proved to have. */
export interface ServerWrite {
  readonly kind: "server";
  readonly name: string;
  readonly noiseKey: Uint8Array;
  /** It was known beforehand and takes another's place; one that was learnt never does. */
  readonly isGiven: boolean;
}

/** What is read of the disk, and the answer: of the same kind. */
export type Query =
  | ChatQuery
  | HistoryQuery
  | SearchQuery
  | WaitingQuery
  | CountsQuery
  | PlaceQuery
  | QuotesQuery
  | TopicsQuery;
export type Loaded =
  | ChatLoaded
  | HistoryLoaded
  | SearchLoaded
  | WaitingLoaded
  | CountsLoaded
  | PlaceLoaded
  | QuotesLoaded
  | TopicsLoaded;
