import * as v from "valibot";
import { PAGE_MESSAGES_MAX, SEARCH_CHARS_MAX } from "../chat/history.ts";
import { encodeUtf8, parseRoomName } from "../base/text.ts";
import { formatKeep, KEEP_RULE, parseKeep } from "../node/keep.ts";
import { TEXT_BYTES_MAX, TOPIC_TEXT_BYTES_MAX } from "../wire/limits.ts";
import { parseEmoji } from "./emoji.ts";
import { INVITATION_CHARS_MAX } from "./invitation.ts";
import { parseRoomSecret, SECRET_RULE } from "./roomsecret.ts";
import { normalKeptRoom, normalPerson, normalTarget } from "./target.ts";

export const REQ_CHARS_MAX = 128;
const ID_CHARS_MAX = 128;

/** Messages of a page where it is not said how many. */
export const PAGE_MESSAGES = 50;

/** A code of two ids has 144. */
export const ANSWER_CHARS_MAX = 256;

const asked = {
  req: v.nullish(
    v.pipe(
      v.string('"req" must be a string'),
      v.maxLength(REQ_CHARS_MAX, `"req" must be at most ${REQ_CHARS_MAX} characters long`),
    ),
    null,
  ),
};

const target = parsedBy(normalTarget, '"to" must be "#room", "@name" or "@name~id"');
const person = parsedBy(normalPerson, '"to" must be "@name" or "@name~id"');
const room = parsedBy(parseRoomName, '"room" must be "#" and a name');

const secret = parsedBy(parseRoomSecret, SECRET_RULE);

const FILE = '"secretFile" must be the path of a file';
const secretFile = v.pipe(v.string(FILE), v.minLength(1, FILE), v.maxLength(4096, FILE));

const LINK = '"link" must be an invitation, p2pchat://…';
const link = v.pipe(v.string(LINK), v.maxLength(INVITATION_CHARS_MAX, LINK));

const text = words("text", 1, TEXT_BYTES_MAX);
const topic = v.nullish(words("topic", 0, TOPIC_TEXT_BYTES_MAX), null);

const ID = '"id" must be a message\'s id';
const id = v.pipe(v.string(ID), v.maxLength(ID_CHARS_MAX, ID));
const emoji = parsedBy(parseEmoji, '"emoji" must be one emoji');

const WHOLE = '"number" must be a whole number from 1';
const number = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(1, WHOLE));

const answer = v.nullish(
  v.pipe(
    v.string('"answer" must be a string'),
    v.maxLength(ANSWER_CHARS_MAX, `"answer" must be at most ${ANSWER_CHARS_MAX} characters long`),
  ),
  null,
);

const PAGE = `"limit" must be a whole number from 1 to ${PAGE_MESSAGES_MAX}`;
const limit = v.nullish(
  v.pipe(
    v.number(PAGE),
    v.safeInteger(PAGE),
    v.minValue(1, PAGE),
    v.maxValue(PAGE_MESSAGES_MAX, PAGE),
  ),
  PAGE_MESSAGES,
);
const presence = v.picklist(
  ["online", "away", "busy"],
  '"state" must be "online", "away" or "busy"',
);
const typing = v.boolean('"typing" must be true or false');

const keep = parsedBy((typed) => {
  const parsed = parseKeep(typed);
  return parsed && formatKeep(parsed);
}, KEEP_RULE);

const namedMessage = v.pipe(
  v.string('"id" must be a string'),
  v.maxLength(ID_CHARS_MAX, `"id" must be at most ${ID_CHARS_MAX} characters long`),
);

/** A room, or the conversation with somebody. */
const place = {
  room: v.nullish(parsedBy(normalKeptRoom, '"room" must be "#name" or "#name~id"'), null),
  with: v.nullish(parsedBy(normalPerson, '"with" must be "@name" or "@name~id"'), null),
};

const list = v.object({ ...asked, type: v.literal("list") });
const peerOf = v.object({ ...asked, type: v.literal("peer"), number });
const quit = v.object({ ...asked, type: v.literal("quit") });

/** A line that a client takes. */
export const peerCommandSchema = v.variant("type", [
  v.object({
    ...asked,
    type: v.literal("send"),
    to: target,
    text,
    replyTo: v.optional(v.pipe(v.string('"replyTo" must be a string'), v.maxLength(ID_CHARS_MAX))),
    action: v.optional(v.boolean('"action" must be true or false')),
  }),
  v.object({ ...asked, type: v.literal("edit"), id, text }),
  v.object({ ...asked, type: v.literal("delete"), id }),
  v.object({
    ...asked,
    type: v.literal("react"),
    id,
    emoji,
    on: v.optional(v.boolean('"on" must be true or false'), true),
  }),
  v.object({ ...asked, type: v.literal("topic"), room, topic }),
  list,
  peerOf,
  v.object({ ...asked, type: v.literal("punch"), to: v.nullish(target, null) }),
  v.object({ ...asked, type: v.literal("register") }),
  v.object({
    ...asked,
    type: v.literal("join"),
    room,
    secret: v.optional(secret),
    secretFile: v.optional(secretFile),
  }),
  v.object({ ...asked, type: v.literal("follow"), link }),
  v.object({ ...asked, type: v.literal("new"), room }),
  v.object({ ...asked, type: v.literal("invite"), room }),
  v.object({ ...asked, type: v.literal("rooms") }),
  v.object({ ...asked, type: v.literal("leave"), room }),
  v.object({ ...asked, type: v.literal("who"), room }),
  v.object({ ...asked, type: v.literal("why"), to: person }),
  v.object({ ...asked, type: v.literal("whois"), to: person }),
  v.object({ ...asked, type: v.literal("retry"), to: person }),
  v.object({ ...asked, type: v.literal("verify"), to: person, answer }),
  v.object({ ...asked, type: v.literal("trust"), to: person }),
  v.object({ ...asked, type: v.literal("block"), to: person }),
  v.object({ ...asked, type: v.literal("unblock"), to: person }),
  v.object({
    ...asked,
    type: v.literal("history"),
    ...place,
    before: messageId("before"),
    after: messageId("after"),
    around: messageId("around"),
    beginning: v.optional(v.boolean('"beginning" must be true or false')),
    limit,
  }),
  v.object({ ...asked, type: v.literal("outbox"), limit }),
  v.object({ ...asked, type: v.literal("cancel"), id: namedMessage }),
  v.object({ ...asked, type: v.literal("read"), id: namedMessage }),
  v.object({ ...asked, type: v.literal("unread") }),
  v.object({ ...asked, type: v.literal("presence"), state: presence }),
  v.object({ ...asked, type: v.literal("typing"), to: target, typing }),
  v.object({ ...asked, type: v.literal("retain"), ...place, keep: v.nullish(keep, null) }),
  v.object({
    ...asked,
    type: v.literal("search"),
    text: v.pipe(
      v.string('"text" must be a string'),
      v.maxLength(SEARCH_CHARS_MAX, `"text" must be at most ${SEARCH_CHARS_MAX} characters long`),
    ),
    ...place,
    limit,
  }),
  v.object({
    ...asked,
    type: v.literal("draft"),
    to: target,
    text: words("text", 0, TEXT_BYTES_MAX),
    replyTo: messageId("replyTo"),
    ageMs: v.optional(
      v.pipe(v.number('"ageMs" must be a number'), v.minValue(0, '"ageMs" must be at least 0')),
    ),
  }),
  v.object({ ...asked, type: v.literal("node") }),
  v.object({ ...asked, type: v.literal("web") }),
  v.object({ ...asked, type: v.literal("doctor") }),
  v.object({ ...asked, type: v.literal("stop") }),
  quit,
]);

/** A line that the server takes. */
export const serverCommandSchema = v.variant("type", [
  list,
  peerOf,
  v.object({ ...asked, type: v.literal("punch") }),
  quit,
]);

/** A text for others, whose bytes are counted as they are sent. */
function words(field: string, charsMin: number, bytesMax: number) {
  return v.pipe(
    v.string(`"${field}" must be a string`),
    v.minLength(charsMin, `"${field}" must not be empty`),
    v.check((value) => value.isWellFormed(), `"${field}" must not hold half a surrogate pair`),
    v.check(
      (value) => encodeUtf8(value).length <= bytesMax,
      `"${field}" must be at most ${bytesMax} bytes long`,
    ),
  );
}

function messageId(field: string) {
  return v.nullish(
    v.pipe(v.string(`"${field}" must be a string`), v.maxLength(ID_CHARS_MAX)),
    null,
  );
}

/** A string in its normal form, or the words of what is wrong. */
function parsedBy(parse: (text: string) => string | undefined, otherwise: string) {
  return v.pipe(
    v.string(otherwise),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(dataset.value);
      if (parsed !== undefined) return parsed;
      addIssue({ message: otherwise });
      return NEVER;
    }),
  );
}
