import type { Asked } from "../../../contract/asked.ts";
import { helpOn, COMMAND_HELP, parseIntent } from "../../../contract/intent.ts";
import type { NoticeLevel } from "../../../contract/notices.ts";
import { SECRET_RULE } from "../../../contract/roomsecret.ts";
import { parseSecretAnswer } from "../../../contract/secretanswer.ts";
import type { Intent, IntentContext } from "../../../contract/verb.ts";
import type { Who } from "../../../node/events.ts";
import { lastLines } from "../../amendlines.ts";
import { noHelpWords } from "../../helplines.ts";
import { selfLines } from "../../personlines.ts";
import { amendAlone, isToBuiltIn } from "../../talk/builtin.ts";
import { echoWords } from "../../talk/builtinecho.ts";
import { BUILT_IN, type Conversation } from "../../talk/conversation.ts";
import { isStored } from "../../talk/pages.ts";
import { asked } from "../../talk/sayings.ts";
import type { Saying } from "../../talk/timeline.ts";
import { MARKS } from "./marks.ts";
import type { PageModel } from "./pagemodel.ts";

/** What a browser cannot do for a program. */
const NOT_HERE = "the page cannot do that: it is there in the terminal";

/** Does what a text that was sent off means. */
export function handleTyped(model: PageModel, now: number, text: string): void {
  obey(model, now, parseIntent(text, contextOf(model)));
}

function contextOf(model: PageModel): IntentContext {
  const { view, current } = model;
  const room = current === undefined ? undefined : model.conversations.placeOf(current);
  const { rooms, recent, waiting, page } = view;
  return { req: model.nextReq(), room, rooms, recent, waiting, page };
}

function obey(model: PageModel, now: number, intent: Intent): void {
  switch (intent.kind) {
    case "command":
      give(model, now, intent.command);
      break;
    case "help":
      showHelp(model, now, intent.topic);
      break;
    case "self": {
      const [, ...lines] = selfLines(model.me);
      model.show({ kind: "lines", title: "You", lines: trimmed(lines), copied: model.me.id });
      break;
    }
    case "last": {
      const [title = "", ...lines] = lastLines(
        model.view,
        model.view.recent,
        intent.room,
        intent.count,
      );
      model.show({ kind: "lines", title: title.replace(/^\* /, ""), lines: trimmed(lines) });
      break;
    }
    case "secret":
      model.secretFor = intent.room;
      break;
    case "notify":
      setNotice(model, now, intent.place, intent.level);
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
    case "export":
    case "doctor":
      model.note(now, NOT_HERE, true);
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

function trimmed(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim());
}

function showHelp(model: PageModel, now: number, topic: string): void {
  const rows = topic === "" ? COMMAND_HELP : helpOn(topic, true);
  if (rows.length === 0) return model.note(now, noHelpWords(topic), true);
  const lines = rows.map(([usage, about]) => `${usage}: ${about}`);
  model.show({ kind: "lines", title: topic === "" ? "Commands" : `Help on ${topic}`, lines });
}

function talkToEcho(model: PageModel, now: number, text: string): void {
  const where = model.conversations.at(BUILT_IN);
  model.enter(where, now);
  if (where.timeline.items.length === 0) model.note(now, echoWords(MARKS));
  if (text !== "") give(model, now, { type: "send", req: model.nextReq(), to: BUILT_IN, text });
}

function clear(model: PageModel, now: number): void {
  const { current } = model;
  if (current === undefined) return;
  current.timeline.clear();
  model.pages.toEnd(current, now);
  model.flash = "Nothing is deleted: scroll back and it is here again";
}

const CALLS: Readonly<Record<NoticeLevel, string>> = {
  all: "everything said there calls you",
  mentions: "what names you there calls you",
  none: "nothing said there calls you",
};

/** The node knows nothing of it: it is a matter of this browser. */
function setNotice(model: PageModel, now: number, place: string, level?: NoticeLevel): void {
  const { conversations, notices } = model;
  const where = conversations.find(place);
  if (where === undefined) return model.note(now, `You talk nowhere that is called ${place}`, true);
  const fault = level === undefined ? undefined : notices.set(where, level);
  if (fault !== undefined) model.note(now, fault, true);
  const name = conversations.placeOf(where);
  model.note(now, `${name}: ${CALLS[notices.levelOf(where)]} when you look elsewhere`);
}

/** This text, or what was said last where one is. */
function copyLast(model: PageModel, named: string | undefined): void {
  const items = model.current?.timeline.items ?? [];
  const said = items.findLast((item) => item.kind === "saying" && !item.isDeleted);
  const text = named ?? said?.text;
  if (text === undefined) model.flash = "Nothing was said here";
  else model.copy(text);
}

/** Gives a command, and shows at once what it will come to. */
export function give(model: PageModel, now: number, command: Asked): void {
  const { me, view, conversations } = model;
  if (command.type !== "send" && isToBuiltIn(command)) {
    return model.note(now, "echo is a part of this program: there is nothing more to it");
  }
  if (command.type === "search") return model.show({ kind: "search", text: command.text });
  if (command.type === "quit") return model.note(now, "To end this page, close its window");
  if (command.type === "send") {
    const where = conversations.at(command.to);
    if (where !== model.current) model.enter(where, now);
    const saying = sayingOf(me, where, command, now);
    where.timeline.add(saying);
    model.toEnd(now);
    if (where.isBuiltIn) return model.echo.hear(now, saying);
  }
  const about = "id" in command ? conversations.holding(command.id) : undefined;
  if ("id" in command && about?.isBuiltIn === true) return amendAlone(model.me, about, command);
  view.handleCommand(command);
  model.command(command);
}

/** Until there is a secret, or is to be none, it is asked for: what is typed must not be said. */
export function enterSecret(model: PageModel, now: number, room: string, typed: string): void {
  const context = contextOf(model);
  const answer = parseSecretAnswer(typed, context);
  switch (answer.kind) {
    case "secret":
      model.secretFor = undefined;
      give(model, now, { type: "join", req: context.req, room, secret: answer.secret });
      break;
    case "refused":
      model.flash = SECRET_RULE;
      break;
    case "none":
      model.secretFor = undefined;
      break;
    case "command":
      if (answer.intent.kind !== "wrong") model.secretFor = undefined;
      obey(model, now, answer.intent);
      break;
    default:
      answer satisfies never;
  }
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

/** Whether anything can be said of it: the disk has it, or nobody but this page ever will. */
export function isSettled(model: PageModel, { id }: Saying): boolean {
  return isStored(id) || model.conversations.holding(id)?.isBuiltIn === true;
}
