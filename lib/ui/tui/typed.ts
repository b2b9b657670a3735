import type { Asked } from "../../contract/asked.ts";
import { parseIntent } from "../../contract/intent.ts";
import type { NoticeLevel } from "../../contract/notices.ts";
import { SECRET_RULE } from "../../contract/roomsecret.ts";
import { parseSecretAnswer } from "../../contract/secretanswer.ts";
import type { Intent, IntentContext } from "../../contract/verb.ts";
import type { Who } from "../../node/events.ts";
import { lastLines } from "../amendlines.ts";
import { noHelpWords } from "../helplines.ts";
import { exportWords } from "../historywords.ts";
import { amendAlone, isToBuiltIn } from "../talk/builtin.ts";
import { echoWords } from "../talk/builtinecho.ts";
import { BUILT_IN, type Conversation } from "../talk/conversation.ts";
import { showDoctor } from "./doctorpage.ts";
import { finder } from "./finding.ts";
import type { Model } from "./model.ts";
import { page, type SecretEntry } from "./overlay.ts";
import { helpPage, selfPage, topicPage } from "./replypages.ts";
import { span } from "./rows.ts";
import { asked } from "../talk/sayings.ts";
import type { Saying } from "../talk/timeline.ts";

/** Does what a text that was sent off means. */
export function handleTyped(model: Model, now: number, text: string): void {
  obey(model, now, parseIntent(text, contextOf(model)));
}

function contextOf(model: Model): IntentContext {
  const { view, current } = model;
  const room = current === undefined ? undefined : model.conversations.placeOf(current);
  const { rooms, recent, waiting, page: shown, profileFlag } = view;
  return { req: model.nextReq(), room, rooms, recent, waiting, page: shown, profileFlag };
}

function obey(model: Model, now: number, intent: Intent): void {
  switch (intent.kind) {
    case "command":
      give(model, now, intent.command);
      break;
    case "help":
      showHelp(model, now, intent.topic);
      break;
    case "self":
      model.overlays.show(selfPage(model.me));
      break;
    case "export":
      exportTo(model, now, intent.place, intent.file);
      break;
    case "last": {
      const { view } = model;
      const [title = "", ...lines] = lastLines(view, view.recent, intent.room, intent.count);
      const rows = lines.map((line) => span(line.trim()));
      model.overlays.show(page(title.replace(/^\* /, ""), rows));
      break;
    }
    case "secret":
      model.overlays.ask(intent.room);
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
    case "clear":
      clear(model, now);
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

function showHelp(model: Model, now: number, topic: string): void {
  const shown = topic === "" ? helpPage(model.keys) : topicPage(model.keys, topic);
  if (shown === undefined) model.note(now, noHelpWords(topic), true);
  else model.overlays.show(shown);
}

function exportTo(model: Model, now: number, place: string, file: string): void {
  model.exportTo?.({ place, file }, (result) => {
    model.note(now, exportWords(place, file, result), "fault" in result);
  });
}

function talkToEcho(model: Model, now: number, text: string): void {
  const where = model.conversations.at(BUILT_IN);
  model.enter(where, now);
  if (where.timeline.items.length === 0) model.note(now, echoWords(model.signs));
  if (text !== "") give(model, now, { type: "send", req: model.nextReq(), to: BUILT_IN, text });
}

function clear(model: Model, now: number): void {
  const { current } = model;
  if (current === undefined) return;
  current.timeline.clear();
  model.pages.toEnd(current, now);
  model.flash = "nothing is deleted: scroll back and it is here again";
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
    model.overlays.show(finder(model, now, command.text));
    return;
  }
  if (command.type === "send") {
    const where = conversations.at(command.to);
    if (where !== model.current) model.enter(where, now);
    const saying = sayingOf(me, where, command, now);
    add(model, where, saying);
    if (where.isBuiltIn) return model.echo.hear(now, saying);
  }
  const about = "id" in command ? conversations.holding(command.id) : undefined;
  if ("id" in command && about?.isBuiltIn === true) return amendAlone(model.me, about, command);
  if (command.type === "quit") model.onLeaving(now);
  view.handleCommand(command);
  model.command(command);
}

/** Until there is a secret, or is to be none, it is asked for: what is typed must not be said. */
export function enterSecret(model: Model, now: number, { room, typed }: SecretEntry): void {
  const context = contextOf(model);
  const answer = parseSecretAnswer(typed.text, context);
  typed.set("");
  switch (answer.kind) {
    case "secret":
      model.overlays.endSecret();
      give(model, now, { type: "join", req: context.req, room, secret: answer.secret });
      break;
    case "refused":
      model.note(now, SECRET_RULE, true);
      break;
    case "none":
      leaveSecret(model, now);
      break;
    case "command":
      if (answer.intent.kind !== "wrong") model.overlays.endSecret();
      obey(model, now, answer.intent);
      break;
    default:
      answer satisfies never;
  }
}

/** Whoever types on is to know that it is shown, and said. */
export function leaveSecret(model: Model, now: number): void {
  model.overlays.endSecret();
  model.note(now, "no secret, no room");
}

function sayingOf(
  me: Who,
  where: Conversation,
  command: Extract<Asked, { type: "send" }>,
  now: number,
): Saying {
  const { req, text, action, replyTo } = command;
  const { othersCount: of, isLonely: isForNobody } = where;
  const said = { text, isAction: action === true, of, isForNobody };
  const answered = replyTo === undefined ? undefined : where.timeline.get(replyTo);
  const saying = answered?.kind === "saying" ? answered : undefined;
  return asked(`req ${req}`, me, said, now, saying);
}

function add(model: Model, where: Conversation, saying: Saying): void {
  model.viewports.of(where).toEnd();
  where.timeline.add(saying);
}
