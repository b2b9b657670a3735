import { expect, test } from "bun:test";
import { type Action, KEY_TABLE } from "../../../lib/ui/tui/keytable.ts";
import { BOB, message, peer, status } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

/** Two rooms, somebody in them, and a message of each side. */
function talking(): Stage {
  const stage = Stage.ready({ rooms: ["#dev", "#lobby"] });
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "theirs"));
  stage.say("mine");
  const { req } = stage.asked("send");
  stage.tell(status("sent", { req, id: "own", room: "#lobby" }));
  return stage;
}

/** With this text before the cursor, and this one after it. */
function writing(before: string, after = ""): Stage {
  const stage = talking();
  stage.face.handlePaste(stage.now, before + after);
  for (const _ of after) stage.press("left");
  return stage;
}

function withKeys(...keys: readonly string[]): Stage {
  const stage = talking();
  stage.press(...keys);
  return stage;
}

/** What is written by now, and where the cursor stands in it. */
function written(stage: Stage): string {
  const { x = 0, y = 0 } = stage.cursor ?? {};
  const line = stage.lines[y]?.padEnd(x) ?? "";
  return `${line.slice(0, x)}|${line.slice(x)}`.replace(/^.*› /, "");
}

interface Case {
  readonly before: () => Stage;
  readonly after: (stage: Stage) => unknown;
  readonly wanted: unknown;
}

function shows(before: () => Stage, text: string): Case {
  return { before, after: (stage) => stage.text.includes(text), wanted: true };
}

function writes(before: () => Stage, wanted: string): Case {
  return { before, after: written, wanted };
}

function asks(before: () => Stage, type: "why" | "verify" | "retry" | "delete"): Case {
  return { before, after: (stage) => stage.count(type), wanted: 1 };
}

const page = (): Stage => withKeys("f1");
const people = (): Stage => withKeys("ctrl+b");
const chosen = (): Stage => withKeys("alt+m");
const jumping = (): Stage => withKeys("ctrl+k");

/** One for each action: what its first key does. */
const CASES: Readonly<Record<Action, Case>> = {
  jump: shows(talking, "Go to ›"),
  palette: shows(talking, "Commands ›"),
  unread: shows(talking, "nothing is unread elsewhere"),
  previous: shows(talking, " #dev ›"),
  next: shows(talking, " #dev ›"),
  number: shows(talking, " #dev ›"),
  find: shows(talking, "Search ›"),
  people: shows(talking, "People"),
  messages: shows(talking, "r answer"),
  help: shows(talking, "Keys and commands"),
  older: shows(page, "Alt+A"),
  newer: { before: page, after: (stage) => stage.text.includes("Anywhere"), wanted: false },
  newest: shows(talking, "mine"),
  mouse: {
    before: talking,
    after: (stage) => [stage.face.takeWishes(), stage.text.includes("the mouse selects text")],
    wanted: [[{ kind: "mouse", isTaken: false }], true],
  },
  redraw: {
    before: talking,
    after: (stage) => stage.face.takeWishes(),
    wanted: [{ kind: "redraw" }],
  },
  stop: {
    before: talking,
    after: (stage) => stage.face.takeWishes(),
    wanted: [{ kind: "stop" }],
  },
  leave: { before: page, after: (stage) => stage.text.includes("Keys and"), wanted: false },
  quit: shows(() => writing("half"), "Ctrl+C again ends p2pchat"),
  send: { before: () => writing("hi"), after: (stage) => stage.count("send"), wanted: 2 },
  "new-line": writes(() => writing("one"), "          |"),
  complete: writes(() => writing("/verify b"), "/verify bob |"),
  "complete-back": writes(() => {
    const stage = writing("/un");
    stage.press("tab", "tab");
    return stage;
  }, "/unblock |"),
  editor: {
    before: () => writing("hi"),
    after: (stage) => stage.face.takeWishes(),
    wanted: [{ kind: "edit", text: "hi" }],
  },
  up: writes(talking, "mine|"),
  down: writes(() => withKeys("up"), "|"),
  left: writes(() => writing("ab"), "a|b"),
  right: writes(() => writing("", "ab"), "a|b"),
  "word-left": writes(() => writing("one two"), "one |two"),
  "word-right": writes(() => writing("", "one two"), "one| two"),
  "line-start": writes(() => writing("one"), "|one"),
  "line-end": writes(() => writing("", "one"), "one|"),
  erase: writes(() => writing("ab"), "a|"),
  "erase-after": writes(() => writing("", "ab"), "|b"),
  "erase-word": writes(() => writing("one two"), "one |"),
  "erase-line": writes(() => writing("one two"), "|"),
  "choosing-help": shows(people, "Keys and commands"),
  "choosing-find": shows(people, "Search ›"),
  "person-up": shows(people, "path direct"),
  "person-down": shows(people, "path direct"),
  "person-talk": shows(people, " @bob ›"),
  "person-why": asks(people, "why"),
  "person-verify": asks(people, "verify"),
  "person-retry": asks(people, "retry"),
  "message-up": shows(() => withKeys("alt+m"), "r answer"),
  "message-down": shows(() => withKeys("alt+m", "up"), "r answer"),
  "message-answer": shows(chosen, "you answer me"),
  "message-edit": writes(chosen, "mine|"),
  "message-delete": asks(chosen, "delete"),
  "message-react": shows(chosen, "React with ›"),
  "message-info": shows(chosen, "This message"),
  "message-copy": {
    before: chosen,
    after: (stage) => stage.face.takeWishes(),
    wanted: [{ kind: "copy", text: "mine" }],
  },
  "choice-up": shows(() => withKeys("ctrl+k", "down"), "Go to ›"),
  "choice-down": shows(jumping, "Go to ›"),
  choose: shows(jumping, " #dev ›"),
  "page-up": shows(() => withKeys("f1", "down"), "Anywhere"),
  "page-down": { before: page, after: (stage) => stage.text.includes("Anywhere"), wanted: false },
  "page-copy": {
    before: () => {
      const stage = talking();
      stage.say("/invite");
      const { req, room } = stage.asked("invite");
      const secret = undefined;
      stage.tell({ type: "reply", req, command: "invite", room, secret, server: undefined });
      return stage;
    },
    after: (stage) => stage.face.takeWishes().map(({ kind }) => kind),
    wanted: ["copy"],
  },
  "page-command": writes(page, "/|"),
};

test.each(KEY_TABLE.map(({ action, keys, about }) => [keys[0] ?? "", about, action] as const))(
  "%s: %s",
  (keys, _, action) => {
    const { before, after, wanted } = CASES[action];
    const stage = before();
    stage.press(...keys.split(" "));

    expect(after(stage)).toEqual(wanted);
  },
);
