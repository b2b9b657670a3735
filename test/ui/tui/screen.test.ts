import { expect, test } from "bun:test";
import { cellWidth } from "../../../lib/ui/tui/cells.ts";
import {
  ALICE,
  BOB,
  ME,
  member,
  message,
  NOW,
  peer,
  peerId,
  ready,
  SERVER,
  status,
} from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

const SIZES = [
  [80, 24],
  [120, 40],
  [50, 16],
  [30, 10],
  [20, 5],
  [10, 3],
  [200, 60],
] as const;

function members(stage: Stage, ...people: Parameters<typeof member>[]): void {
  const { req, room } = stage.asked("who");
  const all = [member(ME, "me"), ...people.map((one) => member(...one))];
  stage.tell({ type: "reply", req, command: "who", room, members: all });
}

test("a message is shown with when and who, and one's own with what became of it", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"));
  members(stage, [BOB, "connected"], [ALICE, "gone"]);
  stage.tell(message(BOB, "#lobby", "morning"));
  stage.say("yes, 212 tests");
  const { req } = stage.asked("send");

  expect(stage.text).toMatch(/14:02 bob +morning\n/);
  expect(stage.text).toMatch(/14:02 me +yes, 212 tests +…\n/);
  stage.tell(status("sent", { req, id: "x", room: "#lobby" }));
  expect(stage.text).toMatch(/yes, 212 tests +✓ 0\/2/);
  stage.tell(status("delivered", { id: "x", room: "#lobby", by: BOB }));
  expect(stage.text).toMatch(/yes, 212 tests +✓ 1\/2/);
  stage.tell(status("delivered", { id: "x", room: "#lobby", by: ALICE }));
  expect(stage.text).toMatch(/yes, 212 tests +✓✓ 2\/2/);
});

test("what is said to an empty room waits for nobody, and is kept for whoever comes", () => {
  const stage = Stage.ready();
  members(stage);
  for (const id of ["x", "y"]) {
    stage.say(`word ${id}`);
    const { req } = stage.asked("send");
    stage.tell(status("queued", { req, id, room: "#lobby" }));
  }

  expect(stage.text).toMatch(/14:02 me +word x\n.* {5}kept for whoever comes later\n.*word y\n/);
  expect(stage.text).not.toContain("…");
  stage.press("alt+m", "i");
  expect(stage.text).toContain("state      kept for whoever comes later");
  expect(stage.text).not.toContain("nobody yet");

  const later = new Stage();
  later.tell(ready());
  later.answerHistory([kept(1, "hello", { states: [] })]);
  expect(later.text).toMatch(/hello\n.*kept for whoever comes later/);
  expect(later.text).not.toContain("…");
});

test("who is replaced by another client of theirs reads so, and sees it from then on", () => {
  const stage = Stage.ready();
  const server = { type: "server", address: SERVER, id: BOB.id } as const;

  stage.tell({ ...server, state: "replaced", reason: "another client of yours; /register" });
  expect(stage.text).toContain("another client of yours; /register");
  expect(stage.text).toContain("another client of yours is registered");
  stage.tell({ ...server, state: "connected", reason: undefined });

  expect(stage.text).not.toContain("another client of yours is registered");
});

test("what somebody holds for another says so until it is there", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "@bob", "here"));
  stage.say("/msg bob hello");
  const { req } = stage.asked("send");
  stage.tell(status("queued", { req, id: "x", room: "@bob" }));
  stage.tell({ type: "held", req, id: "x", room: "@bob", by: ALICE });

  expect(stage.text).toContain("held by alice");
  stage.tell(status("delivered", { id: "x", room: "@bob", by: BOB }));
  expect(stage.text).not.toContain("held by alice");
});

test("of a message from the disk it is shown, too, who holds it", () => {
  const stage = new Stage();
  const state = { state: "queued" as const, by: BOB, reason: null, heldBy: [ALICE] };
  stage.tell(ready());
  stage.answerHistory([kept(1, "hello", { states: [state] })]);

  expect(stage.text).toContain("held by alice");
});

test("a message to somebody who cannot be told apart leaves no conversation behind", () => {
  const stage = Stage.ready();
  stage.say("/msg bob x");
  const { req } = stage.asked("send");
  expect(stage.text).toContain("@bob");

  const text = "bob is ambiguous: say one of bob~11111111, bob~22222222";
  stage.tell({ type: "error", req, code: "AMBIGUOUS", text });

  expect(stage.text).not.toContain("@bob");
  expect(stage.lines[0]).toContain("#lobby");
  expect(stage.text).toContain("! bob is ambiguous: say one of");
});

test("what failed says why, and a refused command gives its words", () => {
  const stage = Stage.ready();
  stage.say("hello");
  const { req } = stage.asked("send");
  stage.tell(status("failed", { req, id: "x", room: "#lobby", by: BOB, reason: "refused" }));
  stage.say("/frob");

  expect(stage.text).toContain("not delivered to bob: refused");
  expect(stage.text).toContain("! Unknown command /frob");
  expect(stage.count("send")).toBe(1);
});

test("what comes elsewhere is counted until it is looked at, with a line above it", () => {
  const stage = Stage.ready({ rooms: ["#dev", "#lobby"] });
  stage.tell(message(BOB, "#dev", "one"), message(BOB, "#dev", "two"));
  expect(stage.text).toMatch(/^ #dev +2 │/m);

  stage.press("alt+a");
  stage.answerHistory([]);
  expect(stage.text).not.toMatch(/^ #dev +2 │/m);
  expect(stage.text).toMatch(/─ new ─+\n.*bob +one/);
  stage.press("alt+a");
  expect(stage.text).toContain("nothing is unread elsewhere");
});

test("what was left unread before is counted, with a line above it, and told to be read", () => {
  const stage = Stage.ready({ rooms: ["#dev", "#lobby"] });
  stage.pass(1000);
  const { req } = stage.asked("unread");
  const rooms = [
    { room: "#dev", unread: 2, upTo: "kept 1" },
    { room: "@carol", unread: 1, upTo: null },
  ];
  stage.tell({ type: "reply", req, command: "unread", rooms });
  expect(stage.text).toMatch(/^ #dev +2 │/m);
  expect(stage.text).toMatch(/^ @carol +1 │/m);

  stage.press("alt+up");
  const from = BOB;
  stage.answerHistory([kept(1, "one"), kept(2, "two", { from }), kept(3, "three", { from })]);
  expect(stage.text).toMatch(/one\n.*─ new ─+\n.*bob +two/);
  stage.press("down");
  stage.pass(1000);
  expect(stage.asked("read")).toMatchObject({ id: "kept 3" });
  expect(stage.text).not.toMatch(/^ #dev +2 │/m);
  stage.tell({ type: "unread", room: "@carol", unread: 0, upTo: "x" });
  expect(stage.text).not.toMatch(/^ @carol +1 │/m);
});

test("one's own message is marked as read by those who share that", () => {
  const stage = Stage.ready();
  stage.say("hello");
  const { req } = stage.asked("send");
  const about = { id: "x", room: "#lobby", by: BOB };
  stage.tell(status("delivered", { ...about, req }));
  expect(stage.text).toMatch(/hello +✓✓\n/);
  stage.tell(status("read", about));
  expect(stage.text).toMatch(/hello +✓✓r\n/);
});

test("two people of one name are two conversations", () => {
  const other = { name: "bob", id: peerId("b0b2") };
  const stage = Stage.ready();
  stage.tell(message(BOB, "@bob", "it is me"), message(other, "@bob", "no, me"));

  const names = stage.lines.map((line) => line.slice(0, 15)).join("\n");
  expect(names.match(/@bob~b0b/g)).toHaveLength(2);
});

test("who shares a name with somebody who is away is called by name and digits, whole", () => {
  const other = { name: "bob", id: peerId("b0b2") };
  const stage = Stage.ready({ columns: 120, lines: 40 });
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "it is me"));
  const before = stage.text;

  stage.tell({ type: "namesake", who: BOB }, { type: "namesake", who: other });

  expect(before).toMatch(/14:02 bob +it is me/);
  expect(stage.text).toMatch(/14:02 bob~b0b00000\s[^]*\n[^\n]* it is me/);
  expect(stage.text).toMatch(/\* bob~b0b00000$/m);
  stage.say("/reply bob no");
  expect(stage.text).toContain("bob is ambiguous: say one of bob~b0b00000, bob~b0b20000");
  expect(stage.count("send")).toBe(0);
});

test("the roster says of each how they are reached, and whether keys were compared", () => {
  const stage = Stage.ready({ columns: 120, lines: 40 });
  stage.tell(
    { ...peer(BOB, "connected"), trust: "verified" },
    peer(ALICE, "unreachable", "no path"),
    { type: "presence", who: BOB, state: "away" },
  );

  expect(stage.text).toMatch(/ - bob away +direct +41ms =/);
  expect(stage.text).toMatch(/ ! alice +no path/);
  expect(stage.text).toMatch(/path +direct, 41 ms/);
  expect(stage.text).toMatch(/keys compared/);
});

test("the status line is never empty, and says how one stands", () => {
  const stage = new Stage();
  expect(stage.lines.at(-1)).toMatch(/^ me {2}looking for the server · 0 direct/);

  const connected = Stage.ready();
  connected.tell(peer(BOB, "connected"), peer(ALICE, "connecting"));
  expect(connected.lines.at(-1)).toMatch(
    /^ me {2}server ok 12 ms · 1 direct · 1 trying · NAT port-restricted +F1 help$/,
  );
});

test.each(SIZES)(
  "at %d columns and %d lines every row fits, and the cursor is on it",
  (columns, lines) => {
    const stage = Stage.ready({ columns, lines });
    stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "漢字 and a long line, ".repeat(9)));
    stage.type("hello");
    for (const keys of [[], ["ctrl+b"], ["escape", "ctrl+k"], ["escape", "f1"]]) {
      stage.press(...keys);
      const frame = stage.face.frame(stage.now);
      expect(
        frame.panes.every(({ x, y, width, height, rows }) => {
          const isInside = x >= 0 && y >= 0 && x + width <= columns && y + height <= lines;
          const isFull = rows.every(
            (row) => row.reduce((sum, one) => sum + cellWidth(one.text), 0) === width,
          );
          return isInside && isFull && rows.length === height;
        }),
      ).toBe(true);
      const { cursor } = frame;
      if (cursor !== undefined) expect(cursor.x < columns && cursor.y < lines).toBe(true);
    }
  },
);

test("where there is no place beside the conversation, a key shows the people in its place", () => {
  const stage = Stage.ready({ columns: 50, lines: 16 });
  stage.tell(peer(BOB, "connected"));
  expect(stage.text).not.toContain("People");

  stage.press("ctrl+b");
  expect(stage.text).toMatch(/^ People$/m);
  stage.press("ctrl+b");
  expect(stage.text).not.toContain("People");
});

test("unread elsewhere is told in the title where the rooms have no place", () => {
  const stage = Stage.ready({ columns: 50, lines: 16, rooms: ["#dev", "#lobby"] });
  stage.tell(message(BOB, "#dev", "one"));

  expect(stage.lines[0]).toMatch(/#lobby .*1 unread elsewhere$/);
});

test("a few letters go to a room or a person", () => {
  const stage = Stage.ready({ rooms: ["#dev", "#lobby"] });
  stage.tell(peer(ALICE, "connected"));
  stage.press("ctrl+k");
  stage.type("al");
  expect(stage.text).toContain("Go to › al");
  stage.press("return");

  expect(stage.text).toMatch(/^ @alice ›$/m);
  expect(stage.asked("history")).toMatchObject({ with: "@alice" });
});

test("a search shows what was found, and goes there", () => {
  const stage = Stage.ready();
  stage.press("ctrl+f");
  stage.type("boat");
  const { req } = stage.asked("search");
  const found = kept(1, "the boat leaves", { from: BOB });
  stage.tell({
    type: "reply",
    req,
    command: "search",
    text: "boat",
    messages: [found],
    hasMore: false,
    unsearched: 0,
    damaged: 0,
  });
  expect(stage.text).toMatch(/bob: the boat leaves +#lobby 14:01/);

  stage.press("return");
  expect(stage.asked("history")).toMatchObject({ around: "kept 1" });
  stage.answerHistory([kept(0, "before"), found, kept(2, "after")]);
  expect(stage.text).toContain("the boat leaves");
  expect(stage.text).toContain("before");
});

test("the palette does what a key would, and begins commands", () => {
  const stage = Stage.ready();
  stage.press("ctrl+p");
  stage.type("every key");
  stage.press("return");
  expect(stage.text).toContain("Keys and commands");

  stage.press("escape", "ctrl+p");
  stage.type("/nick");
  stage.press("escape", "ctrl+p");
  stage.type("/verify");
  stage.press("return");
  expect(stage.lines.at(-2)).toBe(" #lobby › /verify");
});

test("what there is to choose and what is said of it stand apart, also where that is long", () => {
  const stage = Stage.ready();
  stage.press("ctrl+p");
  stage.type("/msg");

  expect(stage.text).toContain("/msg WHO TEXT  say something");
});

test("words are completed, one after the other", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"));
  stage.type("/ver");
  stage.press("tab");
  stage.type("b");
  stage.press("tab");
  expect(stage.lines.at(-2)).toBe(" #lobby › /verify bob");

  stage.press("ctrl+u");
  stage.type("/un");
  stage.press("tab");
  expect(stage.lines.at(-3)).toContain("/unblock  /unreact");
  stage.press("tab");
  expect(stage.lines.at(-2)).toBe(" #lobby › /unreact");
  stage.press("shift+tab");
  expect(stage.lines.at(-2)).toBe(" #lobby › /unblock");
  stage.press("shift+tab");
  expect(stage.lines.at(-2)).toBe(" #lobby › /unread");

  stage.type("x");
  stage.press("shift+tab");
  expect(stage.lines.at(-2)).toBe(" #lobby › /unread x");
});

test("a message is chosen, answered, changed and taken back", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "#lobby", "one"));
  stage.press("alt+m", "return");
  stage.say("two");
  expect(stage.asked("send")).toMatchObject({ text: "two", replyTo: "m-one" });
  expect(stage.text).toMatch(/↳ bob: one\n.*me +two/);

  const { req } = stage.asked("send");
  stage.tell(status("queued", { req, id: "x", room: "#lobby" }));
  stage.press("alt+m", "e");
  stage.say("!");
  const edit = stage.asked("edit");
  expect(edit).toMatchObject({ id: "x", text: "two!" });
  stage.tell(status("queued", { req: edit.req, id: "y", room: "#lobby" }));
  expect(stage.text).toMatch(/me +two! \(edited\)/);
  stage.press("alt+m", "d");
  const taken = stage.asked("delete");
  expect(taken).toMatchObject({ id: "x" });
  stage.tell(status("queued", { req: taken.req, id: "z", room: "#lobby" }));
  expect(stage.text).toMatch(/me +taken back/);
});

test("what is copied is the last message, or one that is named, without what may do harm", () => {
  const stage = Stage.ready();
  stage.say("/copy");
  expect(stage.text).toContain("nothing was said here");
  stage.tell(
    message(BOB, "#lobby", "one\u001b[2J\nand\ttwo\u202e"),
    message(BOB, "#lobby", "three"),
  );
  stage.say("/copy");
  stage.say("/copy ^1");

  expect(stage.face.takeWishes()).toEqual([
    { kind: "copy", text: "three" },
    { kind: "copy", text: "one[2J\nand\ttwo" },
  ]);
  expect(stage.text).toContain("copied");
});

test("what was said before comes page by page, as it is scrolled to", () => {
  const stage = new Stage();
  stage.answerHistory(
    Array.from({ length: 100 }, (_, i) => kept(100 + i, `line ${100 + i}`)),
    { hasBefore: true },
  );
  expect(stage.text).toContain("line 199");
  for (let i = 0; i < 8; i++) stage.press("pageup");
  expect(stage.asked("history")).toMatchObject({ before: "kept 100" });
  const before = stage.lines.slice(3);
  stage.answerHistory(
    Array.from({ length: 100 }, (_, i) => kept(i, `line ${i}`)),
    { hasBefore: false },
  );
  expect(stage.lines.slice(3)).toEqual(before);
  expect(stage.text).toContain("more below");
  stage.press("pageup");
  expect(stage.text).toContain("line 9");
  stage.press("ctrl+end");
  expect(stage.text).toContain("line 199");
});

test("what comes late stands where it belongs, and says so", () => {
  const stage = new Stage();
  stage.answerHistory([kept(10, "first"), kept(30, "third")]);
  stage.tell({
    ...message(BOB, "#lobby", "second"),
    tick: 20,
    isLate: true,
    sentAtMs: NOW - 60_000,
  });

  expect(stage.text).toMatch(/first[^]*second \(came late\)[^]*third/);
});

test("Ctrl+C clears what is written, and once more in time ends the program", () => {
  const stage = Stage.ready();
  stage.type("half a thought");
  stage.press("ctrl+c");
  expect(stage.lines.at(-2)).toBe(" #lobby ›");
  expect(stage.text).toContain("Ctrl+C again ends p2pchat");
  stage.pass(5000);
  stage.press("ctrl+c");
  expect(stage.count("quit")).toBe(0);
  stage.press("ctrl+c");
  expect(stage.count("quit")).toBe(1);
});

test("several lines are written, pasted and shown as such", () => {
  const stage = Stage.ready();
  stage.type("one");
  stage.press("ctrl+j");
  stage.face.handlePaste(stage.now, "two\r\nthree");
  expect(stage.lines.slice(-4, -1)).toEqual([" #lobby › one", "          two", "          three"]);

  stage.press("return");
  expect(stage.asked("send")).toMatchObject({ text: "one\ntwo\nthree" });
});

test("a secret is asked for, and not shown", () => {
  const stage = Stage.ready();
  stage.say("/join --private #den");
  stage.type("correct horse battery");
  expect(stage.text).not.toContain("correct");
  expect(stage.lines.at(-2)).toMatch(/^ the secret of #den › \*{21}$/);

  stage.press("return");
  expect(stage.asked("join")).toMatchObject({ room: "#den", secret: "correct horse battery" });
});

test("hostile names and texts stay in their cells", () => {
  const evil = { name: `e${"\u0301".repeat(500)}`, id: peerId("e1") };
  const stage = Stage.ready();
  stage.tell(
    peer(evil, "connected"),
    message(evil, "#lobby", "\u001b[2J\u202eabc\u0007\u009b31m\ttab\u200b漢"),
    message(evil, "@e", "x".repeat(65_536)),
    { type: "topic", room: "#lobby", from: evil, topic: "\u001b]0;title\u0007" },
  );

  // oxlint-disable-next-line no-control-regex
  expect(stage.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
  expect(stage.text).not.toMatch(/\u0301{5}/);
});

test("in ASCII there is nothing but ASCII", () => {
  const stage = Stage.ascii();
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "hi"));
  stage.say("hello");
  stage.press("ctrl+b");

  expect(stage.text).toMatch(/^[\n -~]*$/);
});

test("an answer of one line is told in the conversation, a longer one on a page", () => {
  const stage = Stage.ready();
  stage.say("/punch bob");
  const { req } = stage.asked("punch");
  stage.tell({ type: "reply", req, command: "punch", who: BOB, rttMs: 3 });
  expect(stage.text).toContain("* punched: bob answered in 3 ms");

  stage.say("/verify bob");
  const number = Array.from({ length: 12 }, () => "12345").join(" ");
  const verify = { type: "reply", req: "2", command: "verify", who: BOB, trust: "new" } as const;
  stage.tell({ ...verify, number, code: "p2pchat-verify:x", pictures: null });
  expect(stage.lines[0]).toContain("you and bob (new)");
  expect(stage.text).toContain("compare by voice or in person, not in this chat");
  const pictures = [{ picture: "🐶", name: "Dog", number: 0 }];
  stage.tell({ type: "verify", who: BOB, state: "compare", pictures });
  expect(stage.text).toContain("🐶 Dog (0)");
  expect(stage.text).toContain("by camera: they type what it reads, /verify me CODE");
  stage.press("escape");
  expect(stage.text).not.toContain("compare by voice");

  stage.tell({ ...verify, trust: "verified", number, code: "p2pchat-verify:x", pictures });
  expect(stage.text).toContain("not the same any more? /verify bob differs");
  expect(stage.text).not.toMatch(/camera|[▀▄█]/);
});

test("the page of a new room has nothing of the plain face's lines", () => {
  const stage = Stage.ready({ columns: 120, lines: 40 });
  stage.say("/new #cave");
  const { req } = stage.asked("new");
  const secret = "AAECAwQFBgcICQoLDA0ODw";
  stage.tell({ type: "reply", req, command: "new", room: "#cave", secret, server: undefined });

  expect(stage.text).toMatch(/│ whoever has this is let into #cave:/);
  expect(stage.text).toMatch(/│ p2pchat:\/\/\/cave\/AAECAwQFBgcICQoLDA0ODw/);
});

/** What was noted in the conversation, each with its sign, where nothing stands beside it. */
function notes(stage: Stage): readonly string[] {
  return stage.lines.flatMap((line) => /^ ([*!](?: .*)?)$/.exec(line.trimEnd())?.[1] ?? []);
}

test.each([
  ["trust", "known", false, "* bob is known: you have not compared keys"],
  ["trust", "verified", false, "* bob is verified: you have compared keys"],
  ["block", "known", true, "! bob is blocked: nothing goes to them or comes from them"],
  ["unblock", "known", false, "* bob is known: you have not compared keys"],
] as const)("a %s that leaves bob %s is told in one line", (command, trust, isBlocked, words) => {
  const stage = Stage.ready({ columns: 59 });
  const before = notes(stage);

  stage.tell({ type: "trust", who: BOB, trust, isBlocked });
  stage.tell({ type: "reply", req: "1", command, who: BOB, trust, isBlocked });

  expect(notes(stage).slice(before.length)).toEqual([words]);
});

test("of a cancelled message it is said that it is, with its words where they are shown", () => {
  const stage = Stage.ready({ columns: 59 });
  stage.say("/msg bob hello");
  const { req } = stage.asked("send");
  stage.tell(status("queued", { req, id: "a", room: "@bob" }));
  const before = notes(stage);

  for (const id of ["a", "from an earlier run"]) {
    stage.tell({ type: "reply", req: "2", command: "cancel", id });
  }

  expect(notes(stage).slice(before.length)).toEqual([
    "* cancelled, not sent: hello",
    "* cancelled, not sent",
  ]);
});

test("a client that the server knows is told without the spaces of a list", () => {
  const stage = Stage.ready({ columns: 59 });
  const before = notes(stage);
  const client = { number: 2, ...BOB, address: SERVER };

  stage.tell({ type: "reply", req: "1", command: "peer", client });

  expect(notes(stage).slice(before.length)).toEqual([`* 2 bob ${SERVER} ${BOB.id.slice(0, 8)}`]);
});

test("while a room catches up a bar says how far it is, and elsewhere a number", () => {
  const stage = Stage.ready({ rooms: ["#dev", "#lobby"] });
  const sync = { type: "sync", state: "catching-up", missing: 30, received: 10 } as const;
  stage.tell({ ...sync, room: "#lobby" }, { ...sync, room: "#dev", received: 90 });
  expect(stage.text).toContain("catching up ███░░░░░░░░░ 10 of 40");
  expect(stage.text).toMatch(/^ #dev +75% │/m);

  stage.tell({ ...sync, room: "#lobby", state: "complete", missing: 0, received: 40 });
  stage.tell({ ...sync, room: "#dev", state: "incomplete", missing: 3, received: 117 });
  expect(stage.text).not.toMatch(/catching up|%/);
});

test("an empty room says what to do", () => {
  const stage = Stage.ready();
  expect(stage.text).toContain("Nobody else is here yet.");
  expect(stage.text).toContain("/invite");

  stage.tell(message(BOB, "#lobby", "hi"));
  expect(stage.text).not.toContain("Nobody else");
});
