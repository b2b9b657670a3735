import type { Asked } from "../../contract/asked.ts";
import { parseIntent } from "../../contract/intent.ts";
import type { NoticeLevel } from "../../contract/notices.ts";
import { parseSecretAnswer } from "../../contract/secretanswer.ts";
import type { Intent, IntentContext } from "../../contract/verb.ts";
import { lastLines } from "../amendlines.ts";
import { amendAlone, isToBuiltIn } from "./builtin.ts";
import { type BuiltInEcho, type EchoSigns, echoWords } from "./builtinecho.ts";
import { BUILT_IN, type Conversation } from "./conversation.ts";
import type { NoticeBook } from "./noticebook.ts";
import type { Pages } from "./pages.ts";
import { asked } from "./sayings.ts";
import type { Talk } from "./talk.ts";
import type { Saying } from "./timeline.ts";

/** A face in which one types: what is common to how each does what is meant. */
export interface Typed extends Talk {
  readonly notices: NoticeBook;
  readonly pages: Pages;
  readonly echo: BuiltInEcho;
  readonly command: (command: Asked) => void;
  /** One line that is shown for a moment. */
  flash: string | undefined;
  /** The mark of a command whose answer is shown. */
  nextReq(): string;
  copy(text: string): void;
}

type Command<Type extends Asked["type"]> = Extract<Asked, { type: Type }>;

/** What each does in a way of its own. */
export interface Ways<Face extends Typed> {
  readonly signs: (face: Face) => EchoSigns;
  readonly showHelp: (face: Face, now: number, topic: string) => void;
  readonly showSelf: (face: Face) => void;
  readonly showLines: (face: Face, title: string, lines: readonly string[]) => void;
  readonly showDoctor: (face: Face, now: number) => void;
  readonly exportTo: (face: Face, now: number, what: Extract<Intent, { kind: "export" }>) => void;
  readonly search: (face: Face, now: number, command: Command<"search">) => void;
  readonly quit: (face: Face, now: number, command: Command<"quit">) => void;
  /** What was just said stands at the end, and is looked at. */
  readonly showOwn: (face: Face, now: number, where: Conversation, saying: Saying) => void;
  readonly askSecret: (face: Face, room: string) => void;
  readonly endSecret: (face: Face) => void;
  /** There is to be none. */
  readonly leaveSecret: (face: Face, now: number) => void;
  /** What was typed cannot be one; it is asked for still. */
  readonly refuseSecret: (face: Face, now: number) => void;
}

/** Does what is meant by something that was typed, and gives commands of the contract. */
export class Interpreter<Face extends Typed> {
  readonly #ways: Ways<Face>;

  constructor(ways: Ways<Face>) {
    this.#ways = ways;
  }

  /** Does what a text that was sent off means. */
  handleTyped(face: Face, now: number, text: string): void {
    this.#obey(face, now, parseIntent(text, contextOf(face)));
  }

  /** Gives a command, and shows at once what it will come to. */
  give(face: Face, now: number, command: Asked): void {
    const { me, view, conversations } = face;
    if (command.type !== "send" && isToBuiltIn(command)) {
      return face.note(now, "echo is a part of this program: there is nothing more to it");
    }
    if (command.type === "search") return this.#ways.search(face, now, command);
    if (command.type === "quit") return this.#ways.quit(face, now, command);
    if (command.type === "send") {
      const where = conversations.at(command.to);
      if (where !== face.current) face.enter(where, now);
      const saying = sayingOf(face, where, command, now);
      this.#ways.showOwn(face, now, where, saying);
      if (where.isBuiltIn) return face.echo.hear(now, saying);
    }
    const about = "id" in command ? conversations.holding(command.id) : undefined;
    if ("id" in command && about?.isBuiltIn === true) return amendAlone(me, about, command);
    view.handleCommand(command);
    face.command(command);
  }

  /** Until there is a secret, or is to be none, it is asked for: what is typed is not said. */
  enterSecret(face: Face, now: number, room: string, typed: string): void {
    const context = contextOf(face);
    const answer = parseSecretAnswer(typed, context);
    switch (answer.kind) {
      case "secret":
        this.#ways.endSecret(face);
        this.give(face, now, { type: "join", req: context.req, room, secret: answer.secret });
        break;
      case "refused":
        this.#ways.refuseSecret(face, now);
        break;
      case "none":
        this.#ways.leaveSecret(face, now);
        break;
      case "command":
        if (answer.intent.kind !== "wrong") this.#ways.endSecret(face);
        this.#obey(face, now, answer.intent);
        break;
      default:
        answer satisfies never;
    }
  }

  leaveSecret(face: Face, now: number): void {
    this.#ways.leaveSecret(face, now);
  }

  #obey(face: Face, now: number, intent: Intent): void {
    const ways = this.#ways;
    switch (intent.kind) {
      case "command":
        return this.give(face, now, intent.command);
      case "help":
        return ways.showHelp(face, now, intent.topic);
      case "self":
        return ways.showSelf(face);
      case "last":
        return this.#showLast(face, intent.room, intent.count);
      case "secret":
        return ways.askSecret(face, intent.room);
      case "notify":
        return setNotice(face, now, intent.place, intent.level);
      case "export":
        return ways.exportTo(face, now, intent);
      case "doctor":
        return ways.showDoctor(face, now);
      case "echo":
        return this.#talkToEcho(face, now, intent.text);
      case "copy":
        return copyLast(face, intent.text);
      case "clear":
        return clear(face, now);
      case "wrong":
        return face.note(now, intent.text, true);
      case "nothing":
        return;
      default:
        intent satisfies never;
    }
  }

  #showLast(face: Face, room: string, count: number): void {
    const [title = "", ...lines] = lastLines(face.view, face.view.recent, room, count);
    const trimmed = lines.map((line) => line.trim());
    this.#ways.showLines(face, title.replace(/^\* /, ""), trimmed);
  }

  #talkToEcho(face: Face, now: number, text: string): void {
    const where = face.conversations.at(BUILT_IN);
    face.enter(where, now);
    if (where.timeline.items.length === 0) face.note(now, echoWords(this.#ways.signs(face)));
    if (text !== "")
      this.give(face, now, { type: "send", req: face.nextReq(), to: BUILT_IN, text });
  }
}

function contextOf(face: Typed): IntentContext {
  const { view, current } = face;
  const room = current === undefined ? undefined : face.conversations.placeOf(current);
  const { rooms, recent, waiting, page, profileFlag } = view;
  return { req: face.nextReq(), room, rooms, recent, waiting, page, profileFlag };
}

function clear(face: Typed, now: number): void {
  const { current } = face;
  if (current === undefined) return;
  current.timeline.clear();
  face.pages.toEnd(current, now);
  face.flash = "nothing is deleted: scroll back and it is here again";
}

const CALLS: Readonly<Record<NoticeLevel, string>> = {
  all: "everything said there calls you",
  mentions: "what names you there calls you",
  none: "nothing said there calls you",
};

/** The node knows nothing of it: it is a matter of this face. */
function setNotice(face: Typed, now: number, place: string, level?: NoticeLevel): void {
  const { conversations, notices } = face;
  const where = conversations.find(place);
  if (where === undefined) return face.note(now, `You talk nowhere that is called ${place}`, true);
  const fault = level === undefined ? undefined : notices.set(where, level);
  if (fault !== undefined) face.note(now, fault, true);
  const name = conversations.placeOf(where);
  face.note(now, `${name}: ${CALLS[notices.levelOf(where)]} when you look elsewhere`);
}

/** This text, or what was said last where one is. */
function copyLast(face: Typed, named: string | undefined): void {
  const items = face.current?.timeline.items ?? [];
  const said = items.findLast((item) => item.kind === "saying" && !item.isDeleted);
  const text = named ?? said?.text;
  if (text === undefined) face.flash = "nothing was said here";
  else face.copy(text);
}

function sayingOf(face: Typed, where: Conversation, command: Command<"send">, now: number): Saying {
  const { req, text, action, replyTo } = command;
  const { othersCount: of, isLonely: isForNobody } = where;
  const said = { text, isAction: action === true, of, isForNobody };
  const answered = replyTo === undefined ? undefined : where.timeline.get(replyTo);
  const saying = answered?.kind === "saying" ? answered : undefined;
  return asked(`req ${req}`, face.me, said, now, saying);
}
