import { parseAddress, type Address } from "../../lib/base/address.ts";
import { parsePeerId, type PeerId } from "../../lib/base/ids.ts";
import type {
  PeerPath,
  PeerStateEvent,
  ReadyEvent,
  StatusEvent,
  Who,
} from "../../lib/node/events.ts";
import type { Member } from "../../lib/node/member.ts";
import type { MessageEvent } from "../../lib/node/sayings.ts";

/** A moment of 2026-11-22, 14:02:07.113 UTC, in ms. */
export const NOW = Date.UTC(2026, 10, 22, 14, 2, 7, 113);

export function peerId(prefix: string): PeerId {
  const id = parsePeerId(prefix.padEnd(64, "0"));
  if (id === undefined) throw new Error(`Not the beginning of an id: ${prefix}`);
  return id;
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`Not an address: ${text}`);
  return parsed;
}

export const SERVER = address("192.0.2.1:3478");
export const ME: Who = { name: "me", id: peerId("4f2a91c0") };
export const ALICE: Who = { name: "alice", id: peerId("a11ce") };
export const BOB: Who = { name: "bob", id: peerId("b0b") };

export const DIRECT: PeerPath = {
  kind: "direct",
  via: null,
  local: null,
  remote: address("203.0.113.7:41002"),
  rttMs: 41.2345,
};

export function ready(hasServer = true): ReadyEvent {
  const server = { address: SERVER, id: peerId("5e"), rttMs: 12.3456 };
  return {
    type: "ready",
    me: ME,
    server: hasServer ? server : null,
    address: hasServer ? address("203.0.113.9:50112") : null,
    nat: hasServer ? "port-restricted" : null,
    rooms: [{ room: "#lobby", isPrivate: false }],
  };
}

export function peer(who: Who, state: PeerStateEvent["state"], reason?: string): PeerStateEvent {
  return {
    type: "peer",
    number: null,
    who,
    state,
    trust: "known",
    path: state === "connected" ? DIRECT : null,
    reason: reason ?? null,
  };
}

export function message(from: Who, room: string, text: string): MessageEvent {
  return {
    type: "message",
    id: `m-${text}`,
    room,
    from,
    text,
    sentAtMs: NOW,
    tick: 0,
    seq: 1,
    isLate: false,
  };
}

export function status(state: StatusEvent["state"], about: Partial<StatusEvent> = {}): StatusEvent {
  const rest = { req: null, id: "id1", room: "@bob", by: null, reason: null };
  return { type: "status", ...rest, state, ...about };
}

export function member(who: Who, state: Member["state"]): Member {
  const presence = state === "gone" ? null : "online";
  return { ...who, state, presence, lastSeenMs: null, trust: "known", isBlocked: false };
}
