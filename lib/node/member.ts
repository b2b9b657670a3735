import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { PresenceState } from "../wire/aside.ts";
import { type Equivocation, equivocationOf } from "./equivocations.ts";
import type { Trust } from "./events.ts";
import type { Presence } from "./presence.ts";
import type { Roster } from "./roster.ts";

/** Somebody in a room, as faces are told of them. */
export interface Member extends Equivocation {
  readonly name: string;
  readonly id: PeerId;
  readonly state: "me" | "connecting" | "connected" | "unreachable" | "gone";
  /** Null for who is not here to say so. */
  readonly presence: PresenceState | null;
  /** When the session with them was last open; null while it is, and where it never was. */
  readonly lastSeenMs: number | null;
  /** Null of oneself. */
  readonly trust: Trust | null;
  readonly isBlocked: boolean;
}

/** Somebody else, whether met in this run or only known of. */
export function memberOf(
  peerId: PeerId,
  parts: { readonly chat: Chat; readonly roster: Roster; readonly presence: Presence },
): Member {
  const { roster, presence } = parts;
  const { state = "known", lastSeenMs = null, trust = "new" } = roster.get(peerId) ?? {};
  const said = presence.of(peerId);
  return {
    ...roster.who(peerId),
    state: state === "known" ? "gone" : state,
    presence: said ?? null,
    lastSeenMs: said === undefined ? lastSeenMs : null,
    trust,
    isBlocked: roster.isBlocked(peerId),
    ...equivocationOf(peerId, parts),
  };
}

/** Whether nothing that is said goes to them, before the person here has decided. */
export function isBarred({ trust, isBlocked }: Pick<Member, "trust" | "isBlocked">): boolean {
  return isBlocked || trust === "changed";
}
