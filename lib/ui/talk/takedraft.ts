import type { DraftEvent } from "../../node/shellevents.ts";
import type { Talk } from "./talk.ts";

/** The node has told what is being written somewhere. */
export function takeDraft(talk: Talk, now: number, event: DraftEvent): void {
  const where = talk.conversations.at(event.room);
  if (talk.drafting.takes(now, where.key, event)) talk.onDraft(where, event);
}

/** What was put off stands here, if nobody has begun to type there meanwhile. */
export function takeLateDraft(talk: Talk, now: number): void {
  const late = talk.drafting.handleTimeout(now);
  const where = talk.conversations.all.find(({ key }) => key === late?.key);
  if (late === undefined || where === undefined) return;
  if (talk.drafting.takes(now, where.key, late.event)) talk.onDraft(where, late.event);
}
