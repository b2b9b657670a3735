import type { Asked } from "../../contract/asked.ts";
import { parseIntent } from "../../contract/intent.ts";
import type { NoticeLevel } from "../../contract/notices.ts";
import { parseRoomSecret, SECRET_RULE } from "../../contract/roomsecret.ts";
import type { Who } from "../../node/events.ts";
import { lastLines } from "../amendlines.ts";
import { Composer } from "./composer.ts";
import { echoWords } from "./builtinecho.ts";
import { BUILT_IN, type Conversation } from "./conversation.ts";
import { showDoctor } from "./doctorpage.ts";
import { finder } from "./finding.ts";
import { isToBuiltIn, type Model } from "./model.ts";
import { page } from "./overlay.ts";
import { helpPage } from "./replypages.ts";
import { span } from "./rows.ts";
import { asked, withReaction } from "./sayings.ts";
import type { Saying } from "./timeline.ts";

/** Does what a text that was sent off means. */
export function handleTyped(model: Model, now: number, text: string): void {
  const { view, current } = model;
  const room = current === undefined ? undefined : model.conversations.placeOf(current);
  const { recent, waiting } = view;
  const intent = parseIntent(text, {
    req: model.nextReq(),
    room,
    recent,
    waiting,
    page: view.page,
  });
  switch (intent.kind) {
    case "command":
      give(model, now, intent.command);
      break;
    case "help":
      model.overlay = helpPage(model.keys);
      break;
    case "last": {
      const [title = "", ...lines] = lastLines(view, recent, intent.room, intent.count);
      model.overlay = page(
        title.replace(/^\* /, ""),
        lines.map((line) => span(line.trim())),
      );
      break;
    }
    case "secret":
      model.overlay = { kind: "secret", room: intent.room, typed: new Composer() };
      break;
    case "notify":
      setNotice(model, now, intent.place, intent.level);
      break;
    case "doctor":
      showDoctor(model);
      break;
    case "echo":
      talkToEcho(model, now, intent.text);
      break;
    case "copy":
      copyLast(model, intent.text);
      break;
    case "wrong":
      model.note(now, intent.text, true);
      break;
    case "nothing":
      break;
    default:
      intent satisfies never;
  }
}

function talkToEcho(model: Model, now: number, text: string): void {
  const where = model.conversations.at(BUILT_IN);
  model.enter(where, now);
  if (where.timeline.items.length === 0) model.note(now, echoWords(model.signs));
  if (text !== "") give(model, now, { type: "send", req: model.nextReq(), to: BUILT_IN, text });
}

const CALLS: Readonly<Record<NoticeLevel, string>> = {
  all: "everything said there calls you",
  mentions: "what names you there calls you",
  none: "nothing said there calls you",
};

/** The node knows nothing of it: it is a matter of this screen. */
function setNotice(model: Model, now: number, place: string, level?: NoticeLevel): void {
  const { conversations, notices } = model;
  const where = conversations.find(place);
  if (where === undefined) return model.note(now, `You talk nowhere that is called ${place}`, true);
  const fault = level === undefined ? undefined : notices.set(where, level);
  if (fault !== undefined) model.note(now, fault, true);
  const name = conversations.placeOf(where);
  model.note(now, `${name}: ${CALLS[notices.levelOf(where)]} when you look elsewhere`);
}

/** This text, or what was said last where one is. */
function copyLast(model: Model, named: string | undefined): void {
  const items = model.current?.timeline.items ?? [];
  const said = items.findLast((item) => item.kind === "saying" && !item.isDeleted);
  const text = named ?? said?.text;
  if (text === undefined) model.flash = "nothing was said here";
  else model.copy(text);
}

/** Gives a command, and shows at once what it will come to. */
export function give(model: Model, now: number, command: Asked): void {
  const { me, view, conversations } = model;
  if (command.type !== "send" && isToBuiltIn(command)) {
    model.note(now, "echo is a part of this program: there is nothing more to it");
    return;
  }
  if (command.type === "search") {
    model.overlay = finder(model, now, command.text);
    return;
  }
  if (command.type === "send") {
    const where = conversations.at(command.to);
    if (where !== model.current) model.enter(where, now);
    const saying = sayingOf(me, where, command, now);
    add(where, saying);
    if (where.isBuiltIn) return model.echo.hear(now, saying);
  }
  if (command.type === "edit") {
    change(model, command.id, (one) => ({ ...one, text: command.text, isEdited: true }));
  }
  if (command.type === "delete") {
    change(model, command.id, (one) => ({ ...one, isDeleted: true }));
  }
  if (command.type === "topic" && command.topic !== null) {
    conversations.at(command.room).topic = command.topic;
    model.note(now, `you say what ${command.room} is about: ${command.topic || "nothing"}`);
  }
  if (command.type === "react") {
    const { id, emoji, on } = command;
    change(model, id, (one) => withReaction(one, emoji, me, on));
  }
  if ("id" in command && conversations.holding(command.id)?.isBuiltIn === true) return;
  if (command.type === "quit") model.onLeaving(now);
  view.handleCommand(command);
  model.command(command);
}

export function enterSecret(model: Model, now: number, room: string, typed: string): void {
  const secret = parseRoomSecret(typed);
  model.overlay = undefined;
  if (typed === "") return;
  if (secret === undefined) model.note(now, SECRET_RULE, true);
  else give(model, now, { type: "join", req: model.nextReq(), room, secret });
}

function sayingOf(
  me: Who,
  where: Conversation,
  command: Extract<Asked, { type: "send" }>,
  now: number,
): Saying {
  const { req, text, action, replyTo } = command;
  const said = { text, isAction: action === true, of: where.othersCount };
  const answered = replyTo === undefined ? undefined : where.timeline.get(replyTo);
  const saying = answered?.kind === "saying" ? answered : undefined;
  return asked(`req ${req}`, me, said, now, saying);
}

function add(where: Conversation, saying: Saying): void {
  where.viewport.toEnd();
  where.timeline.add(saying);
}

function change(model: Model, id: string, how: (saying: Saying) => Saying): void {
  model.conversations.holding(id)?.timeline.change(id, how);
}
