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
import type { Conversation } from "./conversation.ts";
import { countUnread } from "./countunread.ts";
import { leaveRoom } from "./leaveroom.ts";
import { takeDraft } from "./takedraft.ts";
import type { Talk } from "./talk.ts";
import { amended, heard, saidElsewhere, withHolder, withReaction, withStatus } from "./sayings.ts";
import type { Saying } from "./timeline.ts";

type PersonEvent = Extract<PeerEvent, { type: "trust" | "renamed" }>;

/** What an event of the node changes of what is to be seen. */
export function foldTalk(talk: Talk, now: number, event: PeerEvent): void {
  talk.view.handleEvent(event);
  talk.standing.handleEvent(event);
  switch (event.type) {
    case "ready":
      begin(talk, now, event);
      break;
    case "peer":
      if (event.state !== "connected") forgetTyping(talk, event.who.id);
      break;
    case "trust":
    case "renamed":
      onPerson(talk, now, event);
      break;
    case "verify":
      onVerify(talk, now, event);
      break;
    case "typing":
      onTyping(talk, event);
      break;
    case "message":
    case "edited":
    case "deleted":
    case "reaction":
    case "topic":
      onHeard(talk, now, event);
      break;
    case "sync":
      talk.conversations.at(event.room).sync = event.state === "complete" ? undefined : event;
      break;
    case "equivocation":
      onEquivocation(talk, now, event);
      break;
    case "disk":
      talk.note(now, told(diskWords(event)), event.state === "refusing");
      break;
    case "status":
      onStatus(talk, now, event);
      break;
    case "held":
      change(talk, event.id, (saying) => withHolder(saying, event.by));
      break;
    case "reply":
      if (!talk.asking.handleAnswer(event)) onReply(talk, now, event);
      break;
    case "error":
      if (!talk.asking.handleAnswer(event)) onError(talk, now, event);
      break;
    case "bye":
      talk.isLeaving = true;
      break;
    case "unread":
      onUnread(talk, event);
      break;
    case "server":
    case "nat":
      onNetwork(talk, now, event);
      break;
    case "draft":
      takeDraft(talk, now, event);
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
function onNetwork(talk: Talk, now: number, event: NetworkEvent): void {
  if (event.type === "server") {
    if (event.state === "replaced") talk.note(now, event.reason ?? "", true);
  } else if (talk.standing.server !== "connected") talk.note(now, event.text, true);
}

function onTyping(talk: Talk, event: Extract<PeerEvent, { type: "typing" }>): void {
  const { typing } = talk.conversations.at(placeOf(event.room, event.who));
  if (event.isTyping) typing.set(event.who.id, event.who);
  else typing.delete(event.who.id);
}

function onHeard(talk: Talk, now: number, event: HeardEvent): void {
  switch (event.type) {
    case "message":
      onMessage(talk, now, event);
      break;
    case "edited":
      // Who had not heard yet that it is deleted has changed it all the same.
      if (isDeleted(talk, event.id)) break;
      change(talk, event.id, (saying) => {
        const isEdited = saying.isEdited || event.isReworded !== true;
        return { ...saying, text: event.text, isEdited };
      });
      toldIn(talk, event).requote(event.id, event.text);
      break;
    case "deleted":
      change(talk, event.id, (saying) => ({ ...saying, isDeleted: true }));
      toldIn(talk, event).requote(event.id, null);
      break;
    case "reaction": {
      const { emoji, from, isOn } = event;
      change(talk, event.id, (saying) => withReaction(saying, emoji, from, isOn));
      break;
    }
    case "topic": {
      const where = talk.conversations.at(event.room);
      where.topic = event.topic;
      talk.note(now, told(topicWords(event, talk.view.nameOf(event.from))), false, where);
      break;
    }
    default:
      event satisfies never;
  }
}

function onMessage(talk: Talk, now: number, event: MessageEvent): void {
  if (event.from.id === talk.me.id) return onSaidElsewhere(talk, now, event);
  const where = talk.conversations.at(placeOf(event.room, event.from));
  where.typing.delete(event.from.id);
  const saying = heard(event, now);
  if (where.timeline.has(saying.id)) return;
  talk.onPlaced(where, { from: undefined, to: where.timeline.add(saying) });
  const isMissed = saying.sentAtMs < talk.begunAtMs;
  where.unread.onMessage(saying, { isSeen: talk.isSeen(where), isMissed });
  talk.onCame(now, where, event);
}

/** One's own, from another face of the same node. */
function onSaidElsewhere(talk: Talk, now: number, event: MessageEvent): void {
  const where = talk.conversations.at(event.room);
  if (where.timeline.has(event.id)) return;
  const { othersCount: of, isLonely: isForNobody } = where;
  const to = where.timeline.add(saidElsewhere(event, { of, isForNobody }, now));
  talk.onPlaced(where, { from: undefined, to });
}

function toldIn(talk: Talk, event: Pick<MessageEvent, "room" | "from">) {
  return talk.conversations.at(toldAt(talk, event)).timeline;
}

/** Where one said something oneself, that is called by who it was said to. */
function toldAt({ me }: Talk, { room, from }: Pick<MessageEvent, "room" | "from">): string {
  return from.id === me.id ? room : placeOf(room, from);
}

/** A direct message's room is its writer's name, which several may bear. */
function placeOf(room: string, from: Who): string {
  return room.startsWith("@") ? `@${from.name}~${from.id}` : room;
}

function onStatus(talk: Talk, now: number, event: StatusEvent): void {
  const { req, id, reason, was } = event;
  if (was !== undefined) return talk.onMoved(was, id);
  if (event.isReworded === true) {
    // What becomes of it is told of the message itself.
    const { text } = talk.view.said(id) ?? {};
    if (text !== undefined) change(talk, id, (saying) => ({ ...saying, text }));
    return;
  }
  const key = `req ${req ?? ""}`;
  const isAsked = req !== null && talk.conversations.holding(key) !== undefined;
  const where = change(talk, isAsked ? key : id, (saying) => withStatus(saying, event, now));
  const moved = event.place && where?.timeline.settle(id);
  if (where !== undefined && moved !== undefined) talk.onPlaced(where, moved);
  if (req !== null && event.state === "queued") onKept(talk, now, id);
  if (isAsked || !isLost(event)) return;
  // What was to change a message has no line of its own that could say so.
  const { what = "message", text = "" } = talk.view.said(id) ?? {};
  const lost = what === "reaction off" ? "reaction" : what;
  talk.note(now, `your ${lost} is not kept: ${reason ?? "refused"}: ${quoted(text)}`, true);
}

/** What changes something is shown once it is kept: it may be refused. */
function onKept(talk: Talk, now: number, id: string): void {
  const said = talk.view.said(id);
  if (said === undefined) return;
  change(talk, said.of ?? "", (saying) => amended(saying, said, talk.me));
  if (said.what !== "topic") return;
  const { room, text } = said;
  const where = talk.conversations.at(room);
  where.topic = text;
  talk.note(now, `you say what ${room} is about: ${text || "nothing"}`, false, where);
}

/** Who takes another name is told of where one talks with them. */
function onPerson(talk: Talk, now: number, event: PersonEvent): void {
  const isRenamed = event.type === "renamed";
  const where = isRenamed ? talk.conversations.onRenamed(event.who, event.was) : undefined;
  const isWarning = !isRenamed && (event.trust === "changed" || event.isBlocked);
  talk.note(now, told(personLine(talk.view, event)), isWarning, where);
}

function onEquivocation(
  talk: Talk,
  now: number,
  { who, room }: Extract<PeerEvent, { type: "equivocation" }>,
): void {
  const words = equivocationWords(talk.view, who, room);
  talk.note(now, told(words), true, talk.conversations.at(room));
}

function onVerify(talk: Talk, now: number, event: Extract<PeerEvent, { type: "verify" }>): void {
  const lines = verifyLines(event, talk.view.nameOf(event.who));
  if (talk.showComparison(event)) return;
  const [first = "", ...others] = lines;
  const isWarning = event.state === "differs" || event.state === "broken";
  talk.note(now, [told(first), ...others].join("\n"), isWarning);
}

function onReply(talk: Talk, now: number, event: ReplyEvent): void {
  const { conversations } = talk;
  if (event.req === null) return onElsewhere(talk, now, event);
  switch (event.command) {
    case "join":
      talk.enter(conversations.room(event.room), now);
      if (event.alike !== undefined) talk.note(now, alikeWords(event.alike));
      break;
    case "new":
      talk.enter(conversations.room(event.room), now);
      talk.showReply(now, event);
      break;
    case "leave":
      leaveRoom(talk, now, event.room);
      talk.note(now, leftWords(event));
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
    case "node":
    case "web":
    case "doctor":
      break;
    case "unread":
      countUnread(talk, event);
      break;
    default:
      event satisfies never;
  }
  showReply(talk, now, event);
  const but = unkeptWords(event);
  if (but !== undefined) talk.note(now, told(but), true);
}

/** Something that was asked in another face of the same node, and is so for all of them. */
function onElsewhere(talk: Talk, now: number, event: ReplyEvent): void {
  const { conversations } = talk;
  if (event.command === "join" || event.command === "new") conversations.room(event.room);
  if (event.command !== "leave") return;
  const wasThere = talk.current?.key === event.room;
  leaveRoom(talk, now, event.room);
  // Whoever was writing there goes on in another room.
  if (wasThere) talk.note(now, `in another window ${leftWords(event)}`, true);
}

function onUnread(talk: Talk, event: Extract<PeerEvent, { type: "unread" }>): void {
  const where = talk.conversations.at(event.room);
  where.unread.onTold(event, talk.isSeen(where));
}

/** What another event says, or is to be seen anyway, is not shown as an answer. */
function showReply(talk: Talk, now: number, event: ReplyEvent): void {
  if (event.command === "new" || event.command === "join" || event.command === "leave") return;
  if (event.command === "read" || Seen.isFirst(event.req)) return;
  if (event.command === "cancel") return noteCancelled(talk, now, event.id);
  // The event of the same change has said it.
  if (event.command === "trust" || event.command === "block" || event.command === "unblock") return;
  talk.showReply(now, event);
}

/** The message itself may be of another conversation, or of an earlier run. */
function noteCancelled(talk: Talk, now: number, id: string): void {
  const said = talk.conversations.holding(id)?.timeline.get(id);
  const words = said?.kind === "saying" ? `: ${quoted(said.text)}` : "";
  talk.note(now, `cancelled, not sent${words}`);
}

/** Where it was said to, or in a room of an earlier run: who left the lobby has others. */
function begin(talk: Talk, now: number, event: Extract<PeerEvent, { type: "ready" }>): void {
  if (talk.isReady) onNewNode(talk, now, event);
  talk.isLeaving = false;
  talk.isReady = true;
  talk.seen.onReady(now);
  talk.drafting.onReady(now);
  const rooms = event.rooms.map(({ room }) => talk.conversations.room(room));
  const where = talk.current ?? rooms.at(-1);
  if (where !== undefined) talk.enter(where, now);
  for (const line of blockedLines(talk.view, event)) talk.note(now, told(line));
}

/** What was said while no node was there to tell of it is on its disk. */
function onNewNode(
  talk: Talk,
  now: number,
  { rooms }: Extract<PeerEvent, { type: "ready" }>,
): void {
  const { conversations } = talk;
  const left = conversations.rooms.filter(({ key }) => rooms.every(({ room }) => room !== key));
  talk.isCounted = false;
  for (const one of conversations.all) one.onNewNode();
  for (const { key } of left) leaveRoom(talk, now, key);
}

function onError(talk: Talk, now: number, event: Extract<PeerEvent, { type: "error" }>): void {
  if (Seen.isFirst(event.req)) talk.isCounted = true;
  talk.drafting.handleError(event);
  if (Seen.isOwn(event.req) || Seen.isFirst(event.req)) return;
  const key = `req ${event.req ?? ""}`;
  const where = talk.conversations.holding(key);
  const by = null;
  change(talk, key, (saying) => {
    const fate = saying.fate ?? { of: 0, delivered: [], read: [], held: [], failed: [] };
    const failed = [...fate.failed, { by, reason: event.text }];
    return { ...saying, fate: { ...fate, state: "failed", failed } };
  });
  if (where === undefined) return talk.note(now, event.text, true);
  const said = where.timeline.get(key);
  if (said?.kind !== "saying" || !isGhost(where)) return;
  const next = talk.conversations.drop(where);
  if (next !== undefined) talk.enter(next, now);
  talk.note(now, `${event.text}: ${quoted(said.text)}`, true);
}

/** It was made to write to somebody who is nobody, or not just one, and nothing has been taken. */
function isGhost({ key, who, isBuiltIn, timeline }: Conversation): boolean {
  if (!key.startsWith("@") || who !== undefined || isBuiltIn) return false;
  return timeline.items.every((item) => item.kind !== "saying" || item.fate?.state === "failed");
}

function change(talk: Talk, id: string, how: (saying: Saying) => Saying): Conversation | undefined {
  const where = talk.conversations.holding(id);
  where?.timeline.change(id, how);
  return where;
}

function isDeleted(talk: Talk, id: string): boolean {
  const item = talk.conversations.holding(id)?.timeline.get(id);
  return item?.kind === "saying" && item.isDeleted;
}

function forgetTyping(talk: Talk, id: string): void {
  for (const { typing } of talk.conversations.all) {
    for (const who of typing.values()) if (who.id === id) typing.delete(who.id);
  }
}

/** Without the sign that a line of the plain face begins with. */
function told(line: string): string {
  return line.replace(/^[*!] /, "");
}
