import { isLost } from "../../contract/receipts.ts";
import type { PeerEvent, ReplyEvent, StatusEvent, Who } from "../../node/events.ts";
import type { HeardEvent, MessageEvent } from "../../node/sayings.ts";
import { equivocationWords } from "../equivocationwords.ts";
import { topicWords } from "../amendlines.ts";
import { diskWords, unkeptWords } from "../diskwords.ts";
import { leftWords } from "../replylines.ts";
import { alikeWords } from "../roomlines.ts";
import { Seen } from "../seen.ts";
import { blockedLines, personLine, verifyLines } from "../trustlines.ts";
import { quoted } from "../words.ts";
import { cellSafe, clipCells } from "./cells.ts";
import type { Conversation } from "./conversation.ts";
import type { Model } from "./model.ts";
import { comparisonPage, replyPage } from "./replypages.ts";
import { amended, heard, withHolder, withReaction, withStatus } from "./sayings.ts";
import type { Saying } from "./timeline.ts";

type PersonEvent = Extract<PeerEvent, { type: "trust" | "renamed" }>;

/** What an event of the node changes of the screen. */
export function fold(model: Model, now: number, event: PeerEvent): void {
  model.view.handleEvent(event);
  model.standing.handleEvent(event);
  model.steps.handleEvent(event);
  switch (event.type) {
    case "ready":
      model.isReady = true;
      model.seen.onReady(now);
      begin(model, now, event);
      for (const line of blockedLines(model.view, event)) model.note(now, told(line));
      break;
    case "peer":
      if (event.state !== "connected") forgetTyping(model, event.who.id);
      break;
    case "trust":
    case "renamed":
      onPerson(model, now, event);
      break;
    case "verify":
      onVerify(model, now, event);
      break;
    case "typing":
      onTyping(model, event);
      break;
    case "message":
    case "edited":
    case "deleted":
    case "reaction":
    case "topic":
      onHeard(model, now, event);
      break;
    case "sync":
      model.conversations.at(event.room).sync = event.state === "complete" ? undefined : event;
      break;
    case "equivocation":
      onEquivocation(model, now, event);
      break;
    case "disk":
      model.note(now, told(diskWords(event)), event.state === "refusing");
      break;
    case "status":
      onStatus(model, now, event);
      break;
    case "held":
      change(model, event.id, (saying) => withHolder(saying, event.by));
      break;
    case "reply":
      if (!model.asking.handleAnswer(event)) onReply(model, now, event);
      break;
    case "error":
      if (!model.asking.handleAnswer(event)) onError(model, now, event);
      break;
    case "bye":
      model.isLeaving = true;
      break;
    case "unread":
      onUnread(model, event);
      break;
    case "server":
    case "nat":
      onNetwork(model, now, event);
      break;
    case "namesake":
    case "presence":
    case "log":
      break;
    default:
      event satisfies never;
  }
}

type NetworkEvent = Extract<PeerEvent, { type: "server" | "nat" }>;

/** How one stands has a word in the last line; why no server is heard takes a sentence. */
function onNetwork(model: Model, now: number, event: NetworkEvent): void {
  if (event.type === "server") {
    if (event.state === "replaced") model.note(now, event.reason ?? "", true);
  } else if (model.standing.server !== "connected") model.note(now, event.text, true);
}

function onTyping(model: Model, event: Extract<PeerEvent, { type: "typing" }>): void {
  const { typing } = model.conversations.at(placeOf(event.room, event.who));
  if (event.isTyping) typing.set(event.who.id, event.who);
  else typing.delete(event.who.id);
}

function onHeard(model: Model, now: number, event: HeardEvent): void {
  switch (event.type) {
    case "message":
      onMessage(model, now, event);
      break;
    case "edited":
      change(model, event.id, (saying) => ({ ...saying, text: event.text, isEdited: true }));
      toldIn(model, event).requote(event.id, event.text);
      break;
    case "deleted":
      change(model, event.id, (saying) => ({ ...saying, isDeleted: true }));
      toldIn(model, event).requote(event.id, null);
      break;
    case "reaction": {
      const { emoji, from, isOn } = event;
      change(model, event.id, (saying) => withReaction(saying, emoji, from, isOn));
      break;
    }
    case "topic": {
      const where = model.conversations.at(event.room);
      where.topic = event.topic;
      const words = topicWords(event, model.view.nameOf(event.from));
      model.note(now, told(words), false, where);
      break;
    }
    default:
      event satisfies never;
  }
}

function onMessage(model: Model, now: number, event: MessageEvent): void {
  const where = model.conversations.at(placeOf(event.room, event.from));
  where.typing.delete(event.from.id);
  const saying = heard(event, now);
  if (where.timeline.has(saying.id)) return;
  const place = where.timeline.add(saying);
  if (place >= 0) where.viewport.onInserted(place);
  const isMissed = saying.sentAtMs < model.begunAtMs;
  where.unread.onMessage(saying, { isSeen: model.isSeen(where), isMissed });
  if (!model.isLookedAt && model.notices.calls(where, event.mention === true)) {
    model.wish({ kind: "ring", text: noticeOf(model, where, event) });
  }
}

/** Of what was said, this much is in a notice. */
const NOTICE_COLUMNS = 120;

/** One line for whoever looks elsewhere: who wrote, and what, unless nobody beside is to see it. */
function noticeOf(
  { view, notices, signs }: Model,
  where: Conversation,
  { from, text, action }: MessageEvent,
): string {
  const name = cellSafe(view.nameOf(from));
  const room = where.isRoom ? ` in ${cellSafe(where.key)}` : "";
  if (notices.isHiding) return `${name} wrote to you${room}`;
  const said = clipCells(cellSafe(text), NOTICE_COLUMNS, signs.more);
  return action === true ? `${name}${room} ${said}` : `${name}${room}: ${said}`;
}

function toldIn({ conversations }: Model, { room, from }: Pick<MessageEvent, "room" | "from">) {
  return conversations.at(placeOf(room, from)).timeline;
}

/** A direct message's room is its writer's name, which several may bear. */
function placeOf(room: string, from: Who): string {
  return room.startsWith("@") ? `@${from.name}~${from.id}` : room;
}

function onStatus(model: Model, now: number, event: StatusEvent): void {
  const { req, id, reason, was } = event;
  if (was !== undefined) return model.onMoved(was, id);
  if (event.isReworded === true) {
    // What becomes of it is told of the message itself.
    const { text } = model.view.said(id) ?? {};
    if (text !== undefined) change(model, id, (saying) => ({ ...saying, text }));
    return;
  }
  const key = `req ${req ?? ""}`;
  const isAsked = req !== null && model.conversations.holding(key) !== undefined;
  change(model, isAsked ? key : id, (saying) => withStatus(saying, event));
  if (req !== null && event.state === "queued") onKept(model, now, id);
  if (isAsked || !isLost(event)) return;
  // What was to change a message has no line of its own that could say so.
  const { what = "message", text = "" } = model.view.said(id) ?? {};
  const lost = what === "reaction off" ? "reaction" : what;
  model.note(now, `your ${lost} is not kept: ${reason ?? "refused"}: ${quoted(text)}`, true);
}

/** What changes something is shown once it is kept: it may be refused. */
function onKept(model: Model, now: number, id: string): void {
  const said = model.view.said(id);
  if (said === undefined) return;
  change(model, said.of ?? "", (saying) => amended(saying, said, model.me));
  if (said.what !== "topic") return;
  const { room, text } = said;
  const where = model.conversations.at(room);
  where.topic = text;
  model.note(now, `you say what ${room} is about: ${text || "nothing"}`, false, where);
}

/** Who takes another name is told of where one talks with them. */
function onPerson(model: Model, now: number, event: PersonEvent): void {
  const isRenamed = event.type === "renamed";
  const where = isRenamed ? model.conversations.onRenamed(event.who, event.was) : undefined;
  const isWarning = !isRenamed && (event.trust === "changed" || event.isBlocked);
  model.note(now, told(personLine(model.view, event)), isWarning, where);
}

function onEquivocation(
  model: Model,
  now: number,
  { who, room }: Extract<PeerEvent, { type: "equivocation" }>,
): void {
  const words = equivocationWords(model.view, who, room);
  model.note(now, told(words), true, model.conversations.at(room));
}

function onVerify(model: Model, now: number, event: Extract<PeerEvent, { type: "verify" }>): void {
  const lines = verifyLines(event, model.view.nameOf(event.who));
  const { overlay } = model;
  if (event.state === "compare" && overlay?.kind === "page") {
    if (overlay.compares?.id === event.who.id) {
      model.overlays.show(comparisonPage(overlay, event.pictures ?? []));
      return;
    }
  }
  const [first = "", ...others] = lines;
  const isWarning = event.state === "differs" || event.state === "broken";
  model.note(now, [told(first), ...others].join("\n"), isWarning);
}

function onReply(model: Model, now: number, event: ReplyEvent): void {
  const { conversations } = model;
  switch (event.command) {
    case "join":
      model.enter(conversations.room(event.room), now);
      if (event.alike !== undefined) model.note(now, alikeWords(event.alike));
      break;
    case "new":
      model.enter(conversations.room(event.room), now);
      model.overlays.show(replyPage(model, now, event));
      break;
    case "leave":
      conversations.leave(event.room);
      if (model.current !== undefined) model.enter(model.current, now);
      model.note(now, leftWords(event));
      break;
    case "topic":
      conversations.at(event.room).topic = event.topic ?? undefined;
      break;
    case "who":
      conversations.at(event.room).members = event.members;
      break;
    case "list":
    case "peer":
    case "punch":
    case "register":
    case "invite":
    case "rooms":
    case "why":
    case "whois":
    case "retry":
    case "verify":
    case "trust":
    case "block":
    case "unblock":
    case "history":
    case "search":
    case "presence":
    case "outbox":
    case "cancel":
    case "read":
    case "retain":
      break;
    case "unread":
      onCounted(model, event);
      break;
    default:
      event satisfies never;
  }
  showReply(model, now, event);
  const but = unkeptWords(event);
  if (but !== undefined) model.note(now, told(but), true);
}

function onUnread(model: Model, event: Extract<PeerEvent, { type: "unread" }>): void {
  const where = model.conversations.at(event.room);
  where.unread.onTold(event, model.isSeen(where));
}

function onCounted(model: Model, { req, rooms }: Extract<ReplyEvent, { command: "unread" }>): void {
  const isFirst = Seen.isFirst(req);
  if (isFirst) model.isCounted = true;
  for (const room of rooms) {
    const where = model.conversations.at(room.room);
    if (isFirst) where.unread.onFound(room, model.isSeen(where));
    else where.unread.onTold(room, model.isSeen(where));
  }
}

/** On a page, or in the conversation where it is one line. */
function showReply(model: Model, now: number, event: ReplyEvent): void {
  if (event.command === "new" || event.command === "join" || event.command === "leave") return;
  if (event.command === "read" || Seen.isFirst(event.req)) return;
  if (event.command === "cancel") return noteCancelled(model, now, event.id);
  // The event of the same change has said it.
  if (event.command === "trust" || event.command === "block" || event.command === "unblock") return;
  const page = replyPage(model, now, event);
  if (page.lines.length === 0) model.note(now, page.title);
  else model.overlays.show(page);
}

/** The message itself may be of another conversation, or of an earlier run. */
function noteCancelled(model: Model, now: number, id: string): void {
  const said = model.conversations.holding(id)?.timeline.get(id);
  const words = said?.kind === "saying" ? `: ${quoted(said.text)}` : "";
  model.note(now, `cancelled, not sent${words}`);
}

/** Where it was said to, or in a room of an earlier run: who left the lobby has others. */
function begin(model: Model, now: number, event: Extract<PeerEvent, { type: "ready" }>): void {
  const rooms = event.rooms.map(({ room }) => model.conversations.room(room));
  const where = model.current ?? rooms.at(-1);
  if (where !== undefined) model.enter(where, now);
}

function onError(model: Model, now: number, event: Extract<PeerEvent, { type: "error" }>): void {
  if (Seen.isFirst(event.req)) model.isCounted = true;
  if (Seen.isOwn(event.req) || Seen.isFirst(event.req)) return;
  const key = `req ${event.req ?? ""}`;
  const where = model.conversations.holding(key);
  const by = null;
  change(model, key, (saying) => {
    const fate = saying.fate ?? { of: 0, delivered: [], read: [], held: [], failed: [] };
    const failed = [...fate.failed, { by, reason: event.text }];
    return { ...saying, fate: { ...fate, state: "failed", failed } };
  });
  if (where === undefined) return model.note(now, event.text, true);
  const said = where.timeline.get(key);
  if (said?.kind !== "saying" || !isGhost(where)) return;
  const next = model.conversations.drop(where);
  if (next !== undefined) model.enter(next, now);
  model.note(now, `${event.text}: ${quoted(said.text)}`, true);
}

/** It was made to write to somebody who is nobody, or not just one, and nothing has been taken. */
function isGhost({ key, who, isBuiltIn, timeline }: Conversation): boolean {
  if (!key.startsWith("@") || who !== undefined || isBuiltIn) return false;
  return timeline.items.every((item) => item.kind !== "saying" || item.fate?.state === "failed");
}

function change(
  model: Model,
  id: string,
  how: (saying: Saying) => Saying,
): Conversation | undefined {
  const where = model.conversations.holding(id);
  where?.timeline.change(id, how);
  return where;
}

function forgetTyping(model: Model, id: string): void {
  for (const { typing } of model.conversations.all) {
    for (const who of typing.values()) if (who.id === id) typing.delete(who.id);
  }
}

/** Without the sign that a line of the plain face begins with. */
function told(line: string): string {
  return line.replace(/^[*!] /, "");
}
