import type { PeerId } from "../base/ids.ts";
import type { KeptMessage, KeptReply, KeptState } from "../chat/history.ts";
import { beginningOf } from "./hearing.ts";
import { isMentioned } from "./mention.ts";
import type { Roster } from "./roster.ts";
import { saidPlaceOf } from "./saidplace.ts";
import type { KeptMessageEvent, KeptStateEvent, ReplyTo } from "./sayings.ts";

/** A message on disk as the faces of `me` are told of it. */
export function keptMessageEvent(
  message: KeptMessage,
  roster: Roster,
  me: PeerId,
): KeptMessageEvent {
  const { id, where, author, seq, text, time, states, isAction, isEdited } = message;
  const replyTo = message.replyTo && replyOf(message.replyTo, roster);
  const reactions = message.reactions.map(({ emoji, by }) => {
    return { emoji, by: by.map((peer) => roster.who(peer)) };
  });
  const isMention = author !== me && isMentioned(roster.who(me), text);
  return {
    id,
    room: where.kind === "room" ? where.name : `@${roster.label(where.peer)}`,
    from: roster.who(author),
    text,
    ...saidPlaceOf({ time, seq }),
    states: states?.map((one) => stateOf(one, roster)) ?? null,
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(message.hasMoreReactions === true ? { moreReactions: true } : {}),
    ...(isAction ? { action: true } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(isMention ? { mention: true } : {}),
    ...(isEdited ? { edited: true } : {}),
    ...(message.isForked === true ? { equivocated: true } : {}),
  };
}

function stateOf({ state, by, reason, heldBy }: KeptState, roster: Roster): KeptStateEvent {
  const holders = heldBy?.map((holder) => roster.who(holder));
  return {
    state,
    by: roster.who(by),
    reason,
    ...(holders === undefined ? {} : { heldBy: holders }),
  };
}

function replyOf({ id, author, text }: KeptReply, roster: Roster): ReplyTo {
  return { id, from: roster.who(author), text: text === undefined ? null : beginningOf(text) };
}
