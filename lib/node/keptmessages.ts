import type { KeptMessage } from "../chat/history.ts";
import type { KeptMessageEvent } from "./events.ts";
import type { Roster } from "./roster.ts";

/** A message on disk as faces are told of it. */
export function keptMessageEvent(message: KeptMessage, roster: Roster): KeptMessageEvent {
  const { id, where, author, seq, text, time, states } = message;
  return {
    id,
    room: where.kind === "room" ? where.name : `@${roster.label(where.peer)}`,
    from: roster.who(author),
    text,
    sentAtMs: time.wallMs,
    tick: time.tick,
    seq,
    states: states?.map(({ state, by, reason }) => ({ state, by: roster.who(by), reason })) ?? null,
  };
}
