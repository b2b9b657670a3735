import type { Address } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import type { PathKind } from "../paths/pathset.ts";
import type { PresenceState } from "../wire/aside.ts";
import type { Decided, DiskEvent } from "./diskevents.ts";
import type { EquivocationEvent, SyncEvent } from "./syncevents.ts";
import type { OutboxReply, WaitingFor } from "./outboxevents.ts";
import type { Equivocation } from "./equivocations.ts";
import type { Member } from "./member.ts";
import type { HistoryEvent, SearchEvent } from "./pastevents.ts";
import type { ReadReply, UnreadEvent } from "./readevents.ts";
import type { ShellEvent, ShellReply } from "./shellevents.ts";
import type { WhyEvent } from "./whyevents.ts";
import type { ListingEntry } from "../wire/rendezvous.ts";
import type { SaidPlace } from "./saidplace.ts";
import type { HeardEvent } from "./sayings.ts";

/** What a client's node tells its faces and its log. Names come as their owners wrote them. */
export type PeerEvent =
  | ReadyEvent
  | ServerStateEvent
  | NatEvent
  | PeerStateEvent
  /** Somebody is not the only one of that name who is known here: told of all who have it. */
  | { readonly type: "namesake"; readonly who: Who }
  /** Somebody has taken another name than the one by which they were known here. */
  | { readonly type: "renamed"; readonly who: Who; readonly was: string }
  | TrustEvent
  | VerifyEvent
  | PresenceEvent
  | TypingEvent
  | HeardEvent
  | StatusEvent
  | UnreadEvent
  | HeldEvent
  | SyncEvent
  | EquivocationEvent
  | DiskEvent
  | ReplyEvent
  | {
      readonly type: "error";
      readonly req: Req;
      readonly code: ErrorCode;
      readonly text: string;
    }
  /** For the log alone: what a face need not show. */
  | LogEvent
  | { readonly type: "bye"; readonly waiting: readonly WaitingFor[] }
  /** Told by who runs the node: the node itself has nothing to say of it. */
  | ShellEvent;

/** A command's own mark, repeated in its answers. */
export type Req = string | null;

/** A person as others name them. */
export interface Who {
  readonly name: string;
  readonly id: PeerId;
}

export interface ReadyEvent {
  readonly type: "ready";
  readonly me: Who;
  readonly server: {
    readonly address: Address;
    readonly id: PeerId;
    readonly rttMs: number;
  } | null;
  /** As the server sees this client. */
  readonly address: Address | null;
  /** What NAT it is behind, in one word, where that is known so soon. */
  readonly nat: string | null;
  /** Those that one is in. */
  readonly rooms: readonly Pick<RoomSummary, "room" | "isPrivate">[];
  /** Of whom nothing is taken; where there is anybody. */
  readonly blocked?: readonly Who[];
  /** What one has said of oneself; where that is anything but `online`. */
  readonly presence?: PresenceState;
}

/** `replaced`: another client of this identity is registered there, and this one no more. */
export interface ServerStateEvent {
  readonly type: "server";
  readonly state: "connected" | "lost" | "replaced";
  readonly address: Address;
  readonly id: PeerId;
  /** Of `replaced` what has happened and what to do, for people. */
  readonly reason: string | undefined;
  /** Where the other client is, as the server says. */
  readonly by?: Address | undefined;
  /** Of `connected`: as it was measured when the server was reached. */
  readonly rttMs?: number | undefined;
}

/** What this client has found out of its own network: when it is known, and when it changes. */
export interface NatEvent {
  readonly type: "nat";
  /** In one word; null where none can be given. */
  readonly nat: string | null;
  /** A sentence for people. */
  readonly text: string;
}

export type Trust = "new" | "known" | "verified" | "changed";

/** What is thought of somebody: it changed, or needs a decision of the person here. */
export interface TrustEvent {
  readonly type: "trust";
  readonly who: Who;
  readonly trust: Trust;
  readonly isBlocked: boolean;
  /** Of who is blocked: messages of one's own that others hold for them, and bring. */
  readonly held?: Held | undefined;
}

export interface Held {
  readonly count: number;
  readonly by: readonly Who[];
}

/** One of the seven that two people compare. */
export interface Picture {
  readonly picture: string;
  readonly name: string;
  /** Its place in the table, from 0. */
  readonly number: number;
}

/** A comparison of keys with somebody goes on. */
export interface VerifyEvent {
  readonly type: "verify";
  readonly who: Who;
  /**
   * `asked`: they want to; `compare`: here is what both see; `match` and `differs`: what they say
   * came of it; `broken`: they showed something else than they had committed to.
   */
  readonly state: "asked" | "compare" | "match" | "differs" | "broken";
  readonly pictures: readonly Picture[] | null;
}

/** Somebody who is connected says whether they are at hand; they are until they say more. */
export interface PresenceEvent {
  readonly type: "presence";
  readonly who: Who;
  readonly state: PresenceState;
}

/** Somebody types in a room of ours, or to us alone; or does so no more. */
export interface TypingEvent {
  readonly type: "typing";
  readonly who: Who;
  readonly room: string;
  readonly isTyping: boolean;
}

export interface PeerPath {
  readonly kind: PathKind;
  /** Who carries what is said, of a path of kind `relay`. */
  readonly via: Who | null;
  readonly local: Address | null;
  /** Where what goes there is sent: of a relay, the carrier's. */
  readonly remote: Address;
  readonly rttMs: number;
}

export interface PeerStateEvent extends Equivocation {
  readonly type: "peer";
  readonly number: number | null;
  readonly who: Who;
  readonly state: "connecting" | "connected" | "unreachable" | "gone";
  readonly trust: Trust;
  readonly path: PeerPath | null;
  /** Why, in words, for `unreachable` and `gone`; and for `connecting` what may take its time. */
  readonly reason: string | null;
}

export interface StatusEvent {
  readonly type: "status";
  readonly req: Req;
  readonly id: string;
  readonly room: string;
  readonly state: "queued" | "sent" | "delivered" | "read" | "failed";
  readonly by: Who | null;
  readonly reason: string | null;
  /**
   * With `queued`: the id that it had before, under which others hold another message. Whatever was
   * told of it holds under its new one.
   */
  readonly was?: string | undefined;
  /** With `queued`: where it stands in the order of its room. */
  readonly place?: SaidPlace;
  /** With the `req` of an edit that took the message's place: beside what is told without. */
  readonly isReworded?: true;
}

/** A message of one's own is held for somebody who is away, sealed, until they come. */
export interface HeldEvent {
  readonly type: "held";
  readonly req: Req;
  readonly id: string;
  readonly room: string;
  /** Who holds it. */
  readonly by: Who;
}

export interface Listed extends Equivocation {
  readonly number: number;
  readonly name: string;
  readonly id: PeerId;
  readonly address: Address;
}

/** An entry of the directory, as faces are told of it. */
export function listedOf({ number, name, peerId, address }: ListingEntry): Listed {
  return { number, name, id: peerId, address };
}

/** A duration as faces are told of it, in ms with two decimals. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** What lets others into a room: asked for, or of a room just made. */
export interface InvitationEvent extends Decided {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "invite" | "new";
  readonly room: string;
  /** Of a private room. */
  readonly secret: string | undefined;
  /** Who introduces its members: none where none was met, as on a local network. */
  readonly server: { readonly name: string; readonly noiseKey: Uint8Array } | undefined;
}

/** A room that one is in. */
export interface RoomSummary {
  readonly room: string;
  readonly isPrivate: boolean;
  /** Null where nobody has said one. */
  readonly topic: string | null;
  /** Oneself not counted. */
  readonly members: number;
  readonly connected: number;
}

/** Who somebody is, as far as that is known here. */
export interface WhoisEvent {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "whois";
  readonly member: Member;
  readonly path: PeerPath | null;
  /** Those that both are in. */
  readonly rooms: readonly string[];
}

export type ReplyEvent =
  | WhyEvent
  | WhoisEvent
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "retry";
      readonly who: Who;
      /** They are there already; else they are looked for. */
      readonly isConnected: boolean;
    }
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "presence";
      readonly state: PresenceState;
    }
  | (Decided & {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "verify";
      readonly who: Who;
      readonly trust: Trust;
      /** 60 digits in 12 groups, the same on both sides. */
      readonly number: string;
      /** The same for a QR code: whoever reads it gives it to their own p2pchat. */
      readonly code: string;
      readonly pictures: readonly Picture[] | null;
    })
  | (Decided & {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "trust" | "block" | "unblock";
      readonly who: Who;
      readonly trust: Trust;
      readonly isBlocked: boolean;
      readonly held?: Held | undefined;
    })
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "list";
      readonly clients: readonly Listed[];
    }
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "peer";
      readonly client: Listed;
    }
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "punch";
      readonly who: Who;
      readonly rttMs: number;
    }
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "register";
      /** It is already; else the server is asked. */
      readonly isRegistered: boolean;
    }
  | (Decided & {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "join" | "leave";
      readonly room: string;
      readonly isPrivate: boolean;
      /** Of a join: rooms that one is in as well, and may take for this one by their names. */
      readonly alike?: readonly string[];
    })
  | InvitationEvent
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "rooms";
      readonly rooms: readonly RoomSummary[];
    }
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "who";
      readonly room: string;
      readonly members: readonly Member[];
    }
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "topic";
      readonly room: string;
      /** Null where nobody has said one. */
      readonly topic: string | null;
      readonly from: Who | null;
    }
  | HistoryEvent
  | SearchEvent
  | OutboxReply
  | ReadReply
  /** As of `ShellEvent`. */
  | ShellReply
  | (Decided & {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "retain";
      readonly room: string;
      readonly keep: string;
    });

export type ErrorCode =
  | "USAGE"
  | "NO_SERVER"
  | "NO_PEER"
  | "AMBIGUOUS"
  | "NO_PATH"
  | "UNTRUSTED"
  | "REFUSED"
  | "QUEUED"
  | "INTERNAL";

/** One line of the log: a level, a fixed text, and typed fields. Never keys, never message text. */
export interface LogEvent {
  readonly type: "log";
  readonly level: "error" | "warn" | "info" | "debug" | "trace";
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** What the server's node tells its face and its log. */
export type ServerEvent =
  | Extract<ReplyEvent, { command: "list" | "peer" | "punch" }>
  | {
      readonly type: "error";
      readonly req: Req;
      readonly code: ErrorCode;
      readonly text: string;
    }
  | LogEvent
  | { readonly type: "bye" };
