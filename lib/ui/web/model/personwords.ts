import type { PeerId } from "../../../base/ids.ts";
import type { Person } from "../../../contract/people.ts";
import type { PeerStateEvent, Trust } from "../../../node/events.ts";
import { lastSeen } from "../../talk/lastseen.ts";
import type { Talk } from "../../talk/talk.ts";
import { milliseconds } from "../../words.ts";

/** Digits of an id that stand together. */
const ID_GROUP = /.{1,8}/g;

/** An id in groups, so that people can read it to one another. */
export function idGroups(id: PeerId): string {
  return id.match(ID_GROUP)?.join(" ") ?? "";
}

/** How somebody is reached, for a small sign and the words beside it. */
export type Reach = "connected" | "away" | "busy" | "connecting" | "unreachable" | "gone";

export function reachOf({ state, presence }: Person): Reach {
  if (state === undefined) return "gone";
  if (state !== "connected" || presence === "online") return state;
  return presence;
}

export function stateWords(state: PeerStateEvent["state"]): string {
  return STATES[state];
}

const STATES: Readonly<Record<PeerStateEvent["state"], string>> = {
  connected: "connected",
  connecting: "trying",
  unreachable: "not reached",
  gone: "gone",
};

/** Such as "lan", "direct, away", "via carol" or "seen 13:20". */
export function howWords(talk: Talk, person: Person, now: number): string {
  const { who, state, path, presence, isBlocked } = person;
  if (isBlocked) return "blocked";
  if (state === "gone" || state === undefined) {
    const seen = lastSeen(talk, who, now);
    return seen === undefined ? STATES.gone : `seen ${seen}`;
  }
  if (state !== "connected") return STATES[state];
  const via = path?.via;
  const how = via ? `via ${talk.view.nameOf(via)}` : (path?.kind ?? "connected");
  return presence === "online" ? how : `${how}, ${presence}`;
}

/** Empty where nobody has measured it. */
export function rttWords({ state, path }: Person): string {
  const rttMs = path?.rttMs ?? 0;
  return state === "connected" && rttMs > 0 ? milliseconds(rttMs) : "";
}

export const TRUST_WORDS: Readonly<Record<Trust, string>> = {
  new: "met for the first time",
  known: "known, keys not compared",
  verified: "verified: you have compared keys",
  changed: "perhaps somebody else than you think",
};
