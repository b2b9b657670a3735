/** Every key of the table, pressed in a terminal, does what the help says. */
import { test } from "bun:test";
import { type Action, KEY_TABLE } from "../../lib/ui/tui/keytable.ts";
import { say } from "../support/chat.ts";
import type { Terminal } from "../support/terminal.ts";
import { Rig } from "./rig.ts";
import { sitDown } from "./seats.ts";

/** Alice's rooms, in their order. */
const ROOMS = ["#lobby", ...Array.from({ length: 8 }, (_, i) => `#r${i + 2}`)];

/** What is pressed or typed, and what is seen then, or no longer. */
interface Move {
  readonly press?: readonly string[];
  readonly type?: string;
  /** What another program writes there. */
  readonly scribble?: string;
  readonly sees?: RegExp;
  readonly hides?: RegExp;
}

interface Case {
  readonly before?: readonly Move[];
  /** After the key, the `at`th of its action: what it has brought, and back to where all begins. */
  readonly after: (at: number) => readonly Move[];
}

/** Where all begins: in the lobby, with nothing written. */
const HOME = / #lobby ›\n/;

const HELP: Move = { press: ["F1"], sees: /Anywhere/ };
const LISTED: Move = { press: ["C-k"], sees: /Go to ›/ };
const PEOPLE: Move = { press: ["C-b"], sees: /Enter talk/ };
const MESSAGES: Move = { press: ["M-m"], sees: /r answer/ };
const OLDER: Move = { press: ["PPage"], sees: /more below/ };
const TO_HOME: Move = { press: ["M-1"], sees: HOME };
const CLEAR: Move = { press: ["C-e", "C-u"], sees: HOME };
const INFO: Move = { press: ["i"], sees: /This message/ };

function left(what: RegExp): Move {
  return { press: ["Escape"], hides: what };
}

const LEFT_PAGE = left(/Esc leaves/);
const LEFT_PEOPLE = left(/Enter talk/);
const LEFT_MESSAGES = left(/r answer/);

function after(...moves: readonly Move[]): () => readonly Move[] {
  return () => moves;
}

/** Something is open in place of the conversation, and left again. */
function opens(what: RegExp, ...then: readonly Move[]): Case {
  return { after: after({ sees: what }, left(what), ...then) };
}

/** A text, the key, and a letter where the cursor is then. */
function edits(text: string, toStart: boolean, seen: RegExp): Case {
  const typed: Move = { type: text, sees: new RegExp(`› ${text}\n`) };
  const before = toStart ? [typed, { press: ["C-a"] }] : [typed];
  return { before, after: after({ type: "X", sees: seen }, CLEAR) };
}

function among(start: Move, seen: RegExp, ...then: readonly Move[]): Case {
  return { before: [start], after: after({ sees: seen }, ...then) };
}

/** One for each action; two that change what the others are about come last. */
const CASES: Readonly<Record<Action, Case>> = {
  jump: opens(/Go to ›/),
  palette: opens(/Commands ›/),
  unread: { after: after({ sees: / @bob ›\n/ }, TO_HOME) },
  previous: { before: [{ press: ["M-2"], sees: / #r2 ›\n/ }], after: after({ sees: HOME }) },
  next: { after: after({ sees: / #r2 ›\n/ }, TO_HOME) },
  number: { after: (at) => [{ sees: new RegExp(` ${ROOMS[at]} ›\n`) }, TO_HOME] },
  find: opens(/Search ›/),
  people: opens(/Enter talk/),
  messages: opens(/r answer/),
  help: opens(/Keys and commands/),
  older: { after: after({ sees: /more below/ }, { press: ["C-End"], hides: /more below/ }) },
  newer: { before: [OLDER], after: after({ hides: /more below/ }) },
  newest: { before: [OLDER], after: after({ hides: /more below/ }) },
  mouse: {
    after: after({ sees: /the mouse selects text/ }, { press: ["F2"], sees: /clicks and scrolls/ }),
  },
  redraw: {
    before: [{ scribble: "\u001b[5;30Hnot of the program", sees: /not of the program/ }],
    after: after({ hides: /not of the program/ }, { sees: HOME }),
  },
  stop: { after: after({ sees: /Stopped[^]*ready>\s*$/ }, { type: "fg\n", sees: HOME }) },
  leave: { before: [HELP], after: after({ hides: /Esc leaves/ }) },

  send: {
    before: [{ type: "/frob", sees: /› \/frob\n/ }],
    after: after({ sees: /Unknown command \/frob[^]* #lobby ›\n/ }),
  },
  "new-line": {
    before: [{ type: "one", sees: /› one\n/ }],
    after: after({ type: "two", sees: /› one\n +two\n/ }, { press: ["C-u", "BSpace"] }, CLEAR),
  },
  complete: edits("/verify bo", false, /› \/verify bob X\n/),
  "complete-back": {
    before: [
      { type: "/un", sees: /› \/un\n/ },
      { press: ["Tab", "Tab"], sees: /› \/unreact\n/ },
    ],
    after: after({ type: "X", sees: /› \/unblock X\n/ }, CLEAR),
  },
  editor: { after: after({ sees: /› from the editor\n/ }, CLEAR) },
  up: { after: after({ sees: /› \/frob\n/ }, { press: ["Down"], sees: HOME }) },
  down: { before: [{ press: ["Up"], sees: /› \/frob\n/ }], after: after({ sees: HOME }) },
  left: edits("ab", false, /› aXb\n/),
  right: edits("ab", true, /› aXb\n/),
  "word-left": edits("one two", false, /› one Xtwo\n/),
  "word-right": edits("one two", true, /› oneX two\n/),
  "line-start": edits("one", false, /› Xone\n/),
  "line-end": edits("one", true, /› oneX\n/),
  erase: edits("ab", false, /› aX\n/),
  "erase-after": edits("ab", true, /› Xb\n/),
  "erase-word": edits("one two", false, /› one X\n/),
  "erase-line": edits("one two", false, /› X\n/),

  "choosing-help": among(PEOPLE, /Anywhere/, LEFT_PAGE, LEFT_PEOPLE),
  "choosing-find": among(MESSAGES, /Search ›/, left(/Search ›/), LEFT_MESSAGES),
  "person-up": {
    before: [PEOPLE, { press: ["Down"], sees: /│ carol\n.*│ path/ }],
    after: after({ sees: /│ bob\n.*│ path/ }, LEFT_PEOPLE),
  },
  "person-down": among(PEOPLE, /│ carol\n.*│ path/, { press: ["Up"] }, LEFT_PEOPLE),
  "person-talk": among(PEOPLE, / @bob ›\n/, TO_HOME),
  "person-why": among(PEOPLE, /connected/, LEFT_PAGE, LEFT_PEOPLE),
  "person-verify": among(PEOPLE, /compare by voice/, LEFT_PAGE, LEFT_PEOPLE),
  "person-retry": among(PEOPLE, /bob is connected already/, LEFT_PEOPLE),

  "message-up": {
    before: [MESSAGES],
    after: after(INFO, { sees: /from +bob/ }, LEFT_PAGE, LEFT_MESSAGES),
  },
  "message-down": {
    before: [MESSAGES, { press: ["Up"] }],
    after: after(INFO, { sees: /from +alice/ }, LEFT_PAGE, LEFT_MESSAGES),
  },
  "message-answer": among(MESSAGES, /you answer alice/, left(/you answer/)),
  "message-edit": among(MESSAGES, /you change what.*\n #lobby › mine\n/, left(/you change/)),
  "message-react": among(MESSAGES, /React with ›/, left(/React with ›/), LEFT_MESSAGES),
  "message-info": among(MESSAGES, /This message/, LEFT_PAGE, LEFT_MESSAGES),
  "message-copy": among(MESSAGES, /copied/, left(/copied/)),

  "choice-up": {
    before: [LISTED, { press: ["Down", "Down"] }],
    after: after({ press: ["Enter"], sees: / #r2 ›\n/ }, TO_HOME),
  },
  "choice-down": among(LISTED, /Go to ›/, { press: ["Enter"], sees: / #r2 ›\n/ }, TO_HOME),
  choose: {
    before: [LISTED, { type: "r5", sees: /Go to › r5 / }],
    after: after({ sees: / #r5 ›\n/ }, TO_HOME),
  },
  "page-up": {
    before: [HELP, { press: ["Down"], hides: /Anywhere/ }],
    after: after({ sees: /Anywhere/ }, LEFT_PAGE),
  },
  "page-down": { before: [HELP], after: after({ hides: /Anywhere/ }, LEFT_PAGE) },
  "page-copy": {
    before: [{ type: "/verify bob" }, { press: ["Enter"], sees: /c copies {2}Esc leaves/ }],
    after: after({ sees: /copied/ }, LEFT_PAGE),
  },
  "page-command": {
    before: [HELP],
    after: after({ sees: / #lobby › \/\n/, hides: /Anywhere/ }, CLEAR),
  },
  "message-delete": among(MESSAGES, /taken back/, LEFT_MESSAGES),
  quit: {
    before: [{ type: "half", sees: /› half\n/ }],
    after: after({ sees: /Ctrl\+C again ends p2pchat[^]* #lobby ›\n/ }, { press: ["C-c"] }),
  },
};

const LAST: readonly Action[] = ["message-delete", "quit"];

/** What tmux calls keys; it has no word for one that few terminals tell from another. */
const WORDS: Readonly<Record<string, string>> = {
  return: "Enter",
  escape: "Escape",
  tab: "Tab",
  backspace: "BSpace",
  delete: "DC",
  pageup: "PPage",
  pagedown: "NPage",
};
const UNTOLD: Readonly<Record<string, string>> = { "shift+return": "\u001b[27;2;13~" };

function tmuxKey(chord: string): string {
  if (chord === "shift+tab") return "BTab";
  const [name = "", ...modifiers] = chord.split(/\+(?=.)/).toReversed();
  const word = WORDS[name] ?? (name.length > 1 ? name[0]?.toUpperCase() + name.slice(1) : name);
  const all = modifiers.map((one) => (one === "ctrl" ? "C-" : "M-"));
  return `${all.join("")}${word}`;
}

async function press(terminal: Terminal, keys: string): Promise<void> {
  const untold = UNTOLD[keys];
  if (untold !== undefined) return await terminal.type(untold);
  const [first = "", second] = keys.split(" ");
  await terminal.press(tmuxKey(first));
  if (second === undefined) return;
  await terminal.shows("and then?");
  await terminal.press(tmuxKey(second));
}

async function make(terminal: Terminal, moves: readonly Move[]): Promise<void> {
  for (const move of moves) {
    if (move.scribble !== undefined) await terminal.scribble(move.scribble);
    if (move.type !== undefined) await terminal.type(move.type);
    if (move.press !== undefined) await terminal.press(...move.press);
    if (move.sees !== undefined) await terminal.shows(move.sees);
    if (move.hides !== undefined) await terminal.hides(move.hides);
  }
}

test("every key does in a terminal what the help says of it", async () => {
  await using rig = await Rig.start();
  const env = { VISUAL: "printf 'from the editor' >" };
  const rooms = ROOMS.slice(1).map((room) => `--room '${room}'`);
  await using alice = await sitDown(rig, "alice", { columns: 110, lines: 30, env }, rooms);
  const [bob, carol] = await Promise.all([rig.client("bob"), rig.client("carol")]);
  for (const one of [bob, carol]) {
    await one.line({ type: "peer", state: "connected", who: { name: "alice" } });
  }
  await alice.press("M-1");
  await alice.shows(/#lobby {2}2 others, 2 here/);
  for (let i = 1; i <= 40; i++) say(bob, "#lobby", `line ${i}.`);
  await alice.shows(/line 40\./);
  await alice.run("mine");
  await alice.shows(/mine +✓✓ 2\/2/);
  say(bob, "@alice", "psst");
  await alice.shows(/ @bob +1 /);

  const order = KEY_TABLE.toSorted((a, b) => LAST.indexOf(a.action) - LAST.indexOf(b.action));
  for (const { action, keys } of order) {
    const { before = [], after: then } = CASES[action];
    for (const [at, chord] of keys.entries()) {
      await make(alice, before);
      await press(alice, chord);
      await make(alice, then(at));
    }
  }
  await alice.shows(/ready>\s*$/);
}, 120_000);
