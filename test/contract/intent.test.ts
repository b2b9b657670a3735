import { expect, test } from "bun:test";
import { COMMAND_HELP, helpOn, parseIntent } from "../../lib/contract/intent.ts";
import { Recent } from "../../lib/contract/recent.ts";
import { Namesakes } from "../../lib/node/namesakes.ts";
import { parsePrompt } from "../../lib/contract/prompt.ts";
import { ALICE, BOB, ME, message } from "./events.ts";

const page = { room: "#dev", firstId: "m-first", lastId: "m-last" };
const context = { req: "7", room: "#lobby", recent: seen(), page };

const NOWHERE = { room: null, with: null, before: null, after: null, around: null };
const PAGE = { type: "history", req: "7", ...NOWHERE } as const;
const RETAIN = { type: "retain", req: "7", room: null, with: null } as const;
const SEARCH = { type: "search", req: "7", room: null, with: null, limit: 20 } as const;

const ACTION = { type: "send", req: "7", to: "#lobby", action: true } as const;
const TOPIC = { type: "topic", req: "7", room: "#lobby" } as const;

/** One of Bob's, one of Alice's, an own one, and one of Bob's to oneself alone. */
function seen(): Recent {
  const names = new Namesakes(10);
  for (const who of [ME, ALICE, BOB]) names.note(who);
  const recent = new Recent(names, ME);
  recent.onMessage(message(BOB, "#lobby", "one"));
  recent.onMessage(message(ALICE, "#lobby", "two"));
  recent.onOwn("own", "#lobby", "mine", false);
  recent.onMessage(message(BOB, "@bob", "aside"));
  return recent;
}

test.each([
  ["hello there", { type: "send", req: "7", to: "#lobby", text: "hello there" }],
  ["//etc/passwd", { type: "send", req: "7", to: "#lobby", text: "/etc/passwd" }],
  [" /list", { type: "send", req: "7", to: "#lobby", text: " /list" }],
  ["/list\nof two lines", { type: "send", req: "7", to: "#lobby", text: "/list\nof two lines" }],
  ["@bob hi", { type: "send", req: "7", to: "#lobby", text: "@bob hi" }],
  ["/list", { type: "list", req: "7" }],
  ["/peer 12", { type: "peer", req: "7", number: 12 }],
  ["/punch", { type: "punch", req: "7", to: null }],
  ["/punch bob", { type: "punch", req: "7", to: "@bob" }],
  ["/register", { type: "register", req: "7" }],
  ["/web", { type: "web", req: "7" }],
  ["/why bob", { type: "why", req: "7", to: "@bob" }],
  ["/whois bob", { type: "whois", req: "7", to: "@bob" }],
  ["/retry @bob~91c0aa17", { type: "retry", req: "7", to: "@bob~91c0aa17" }],
  ["/away", { type: "presence", req: "7", state: "away" }],
  ["/back", { type: "presence", req: "7", state: "online" }],
  ["/back  ", { type: "presence", req: "7", state: "online" }],
  ["/verify bob", { type: "verify", req: "7", to: "@bob", answer: null }],
  ["/verify bob match", { type: "verify", req: "7", to: "@bob", answer: "match" }],
  ["/trust bob~91c0aa17", { type: "trust", req: "7", to: "@bob~91c0aa17" }],
  ["/block bob", { type: "block", req: "7", to: "@bob" }],
  ["/hide @bob", { type: "block", req: "7", to: "@bob" }],
  ["/unblock bob", { type: "unblock", req: "7", to: "@bob" }],
  ["/punch @bob~91c0aa17", { type: "punch", req: "7", to: "@bob~91c0aa17" }],
  ["/msg bob  two  spaces", { type: "send", req: "7", to: "@bob", text: " two  spaces" }],
  ["/msg #dev hi", { type: "send", req: "7", to: "#dev", text: "hi" }],
  ["/dm @bob hi", { type: "send", req: "7", to: "@bob", text: "hi" }],
  ["/w bob hi", { type: "send", req: "7", to: "@bob", text: "hi" }],
  ["/join #dev", { type: "join", req: "7", room: "#dev" }],
  ["/j dev", { type: "join", req: "7", room: "#dev" }],
  [
    "/join --private dev @/run/secret",
    { type: "join", req: "7", room: "#dev", secretFile: "/run/secret" },
  ],
  ["/new #dev", { type: "new", req: "7", room: "#dev" }],
  ["/invite", { type: "invite", req: "7", room: "#lobby" }],
  ["/invite dev", { type: "invite", req: "7", room: "#dev" }],
  ["/rooms", { type: "rooms", req: "7" }],
  ["/leave", { type: "leave", req: "7", room: "#lobby" }],
  ["/part #dev", { type: "leave", req: "7", room: "#dev" }],
  ["/who", { type: "who", req: "7", room: "#lobby" }],
  ["/names #dev", { type: "who", req: "7", room: "#dev" }],
  ["/outbox", { type: "outbox", req: "7", limit: 50 }],
  [`/cancel ${"a1".repeat(16)}`, { type: "cancel", req: "7", id: "a1".repeat(16) }],
  ["/history", { ...PAGE, room: "#lobby", limit: 50 }],
  ["/retain 30d", { ...RETAIN, room: "#lobby", keep: "30d" }],
  ["/retain #dev 1000", { ...RETAIN, room: "#dev", keep: "1000" }],
  ["/retain", { ...RETAIN, room: "#lobby", keep: null }],
  ["/retain #dev", { ...RETAIN, room: "#dev", keep: null }],
  ["/retain #dev~0a1b 30d", { ...RETAIN, room: "#dev~0a1b", keep: "30d" }],
  ["/retain @bob forever", { ...RETAIN, with: "@bob", keep: "forever" }],
  ["/search boat  on tuesday", { ...SEARCH, text: "boat  on tuesday" }],
  ["/find boa*", { ...SEARCH, text: "boa*" }],
  ["/hist 20", { ...PAGE, room: "#lobby", limit: 20 }],
  ["/me waves  twice", { ...ACTION, text: "waves  twice" }],
  ["/reply alice yes", { type: "send", req: "7", to: "#lobby", text: "yes", replyTo: "m-two" }],
  ["/reply ^1 yes", { type: "send", req: "7", to: "#lobby", text: "yes", replyTo: "m-one" }],
  ["/r 4 so", { type: "send", req: "7", to: "@bob", text: "so", replyTo: "m-aside" }],
  ["/edit 1 more", { type: "edit", req: "7", id: "own", text: "1 more" }],
  ["/edit ^3 better", { type: "edit", req: "7", id: "own", text: "better" }],
  ["/delete", { type: "delete", req: "7", id: "own" }],
  ["/del 3", { type: "delete", req: "7", id: "own" }],
  ["/react @bob +1", { type: "react", req: "7", id: "m-one", emoji: "👍", on: true }],
  ["/react ^1 ❤", { type: "react", req: "7", id: "m-one", emoji: "❤️", on: true }],
  ["/react ^1 👍️", { type: "react", req: "7", id: "m-one", emoji: "👍", on: true }],
  ["/unreact ^1 👍", { type: "react", req: "7", id: "m-one", emoji: "👍", on: false }],
  ["/topic", { type: "topic", req: "7", room: "#lobby", topic: null }],
  ["/topic boats and  ships", { ...TOPIC, topic: "boats and  ships" }],
  ["/topic -", { ...TOPIC, topic: "" }],
  ["/history @bob", { ...PAGE, with: "@bob", limit: 50 }],
  ["/history @bob~0a1b2c3d  7", { ...PAGE, with: "@bob~0a1b2c3d", limit: 7 }],
  ["/history #dev~0a1b 5", { ...PAGE, room: "#dev~0a1b", limit: 5 }],
  ["/history ^1", { ...PAGE, room: "#lobby", around: "m-one", limit: 20 }],
  ["/history ^4", { ...PAGE, with: "@bob", around: "m-aside", limit: 20 }],
  ["/older", { ...PAGE, room: "#dev", before: "m-first", limit: 50 }],
  ["/older 20", { ...PAGE, room: "#dev", before: "m-first", limit: 20 }],
  ["/newer", { ...PAGE, room: "#dev", after: "m-last", limit: 50 }],
  ["/unread", { type: "unread", req: "7" }],
  ["/read ^1", { type: "read", req: "7", id: "m-one" }],
  ["/quit", { type: "quit" }],
  ["/q", { type: "quit" }],
] as const)("%j is a command", (line, command) => {
  const intent: unknown = parseIntent(line, context);

  expect(intent).toEqual({ kind: "command", command });
});

test("what came before what was shown is asked for once something was", () => {
  const intent = parseIntent("/older", { ...context, page: undefined });

  expect(intent.kind === "wrong" && intent.text).toContain("/history shows the end");
});

test("an invitation is followed, and what is wrong with one is said without repeating it", () => {
  const link = "p2pchat:///dev/AAECAwQFBgcICQoLDA0ODw";
  const broken = [`/join ${link.slice(0, -1)}`, `/join ${link} now`, "/join p2pchat://x/dev"];

  expect(parseIntent(`/join ${link}`, context)).toEqual({
    kind: "command",
    command: { type: "follow", req: "7", link },
  });
  for (const line of broken) {
    const intent = parseIntent(line, context);
    expect(intent.kind).toBe("wrong");
    expect(JSON.stringify(intent)).not.toContain("AAECAwQFBgcICQoLDA0OD");
  }
});

test("a private room's secret is asked for, and never taken from the line", () => {
  expect(parseIntent("/join --private #dev", context)).toEqual({ kind: "secret", room: "#dev" });
  const typed = parseIntent("/join --private #dev hunter2hunter2", context);
  expect(typed.kind === "wrong" && typed.text).toContain("@FILE");
});

test.each(["/join --private #dev", "/join --private #dev @secret"])(
  "before a secret is typed for %j it is said that one is in a room of that name",
  (line) => {
    const intent = parseIntent(line, { ...context, rooms: ["#dev"] });

    expect(intent.kind === "wrong" && intent.text).toStartWith("You are in a room #dev");
  },
);

test.each([
  ["/join #dev --private", "/join --private #dev"],
  ["/join private #dev", "/join --private #dev"],
  ["/join --privat #dev", "/join --private #dev"],
  ["/join -private #dev", "/join --private #dev"],
  ["/join #dev hunter2hunter2", "nothing more"],
  ["/join --private #dev\nhunter2hunter2", "Nothing is said of this"],
  ["/j --private #dev\n\nhunter2hunter2", "Nothing is said of this"],
])("%j enters no open room, and says nothing", (line, words) => {
  const intent = parseIntent(line, context);

  expect(intent.kind === "wrong" && intent.text).toContain(words);
});

test.each([
  ["/join --private", "/join --private #dev"],
  ["/join p2pchat://192.0.2.1:3478/dev", "copy the whole link"],
  ["/lsit", "did you mean /list?"],
  ["/jion #dev", "did you mean /join?"],
  ["/hlep", "did you mean /help?"],
  ["/verfiy bob", "did you mean /verify?"],
  ["/send x", "Unknown command /send: see /help"],
  ["/HELP x", "Unknown command /HELP: did you mean /help?"],
  ["/nick zed", "start p2pchat client --name zed --profile PROFILE, and all"],
  ["/nick not a name\u0007", "--name not --profile"],
  ["/nick", "Say which name"],
  ["/away lunch", "/away takes nothing more"],
  ["/id bob", "/id takes nothing more"],
  ["/q now", "/quit takes nothing more"],
  ["/whois", "as in /whois bob"],
  ["/retry #dev", "as in /retry bob"],
  ["/export", "as in /export lobby.md"],
  ["/export @bob", "Say into which file"],
  [`/export ${"x".repeat(4097)}`, "that long"],
  ["/frobnicate", "see /help"],
  ["/", "see /help"],
  ["/constructor", "see /help"],
  ["/peer", "/peer 2"],
  ["/peer two", "/peer 2"],
  ["/peer 0", "/peer 2"],
  ["/msg bob", "/msg bob hello"],
  ["/msg a/b hi", "/msg bob hello"],
  ["/punch #dev", "/punch bob"],
  ["/why", "/why bob"],
  ["/why #dev", "/why bob"],
  ["/verify", "/verify bob"],
  ["/block #dev", "/block bob"],
  [`/verify bob ${"x".repeat(300)}`, "no code"],
  ["/retain some", "/retain #dev 30d"],
  ["/search", "/search boat"],
  [`/search ${"x".repeat(513)}`, "at most 512 characters"],
  ["/history 0", "/history 20"],
  ["/history 501", "/history 20"],
  ["/history all", "/history 20"],
  ["/history #", "/history 20"],
  ["/history @bob all", "/history 20"],
  ["/history ^99", "No message here is called ^99"],
  ["/older 0", "/history 20"],
  ["/join", "/join #dev"],
  ["/join @bob", "/join #dev"],
  [`/msg bob ${"x".repeat(65_537)}`, "at most 65536 bytes"],
  [`/me ${"x".repeat(65_537)}`, "at most 65536 bytes"],
  [`/edit ${"x".repeat(65_537)}`, "at most 65536 bytes"],
  [`/topic ${"é".repeat(513)}`, "at most 1024 bytes"],
  ["/me", "as in /me waves"],
  ["/reply bob", "Say to which message"],
  ["/reply dave hello", "No message here is called dave"],
  ["/read ^99", "No message here is called ^99"],
  ["/edit", "Say what it is to be"],
  ["/edit ^1 not mine", "You have said nothing here"],
  ["/delete ^1", "You have said nothing here"],
  ["/react bob", "which emoji"],
  ["/react bob thanks", "which emoji"],
  ["/react ^9 +1", "No message here is called ^9"],
  ["/notify some", "all, mentions or none"],
  ["/notify none a/b", "of which room or person"],
  ["/copy ^99", "No message here is called ^99"],
  ["/recent 101", "from 1 to 100"],
])("%j goes nowhere and says what to do", (line, words) => {
  const intent = parseIntent(line, context);

  expect(intent.kind === "wrong" && intent.text).toContain(words);
});

test.each([
  ["/notify", "#lobby", undefined],
  ["/notify mentions", "#lobby", "mentions"],
  ["/notify all bob", "@bob", "all"],
  ["/mute", "#lobby", "none"],
  ["/mute #dev", "#dev", "none"],
] as const)("%s is about what calls one", (line, place, level) => {
  expect(parseIntent(line, context)).toEqual({ kind: "notify", place, level });
});

test("what is said to the built-in echo is no command to anybody", () => {
  expect(parseIntent("/echo hi  there", context)).toEqual({ kind: "echo", text: "hi  there" });
  expect(parseIntent("/echo", context)).toEqual({ kind: "echo", text: "" });
});

test.each([
  ["/copy", undefined],
  ["/copy ^1", "one"],
  ["/copy alice", "two"],
])("%s copies %j", (line, text) => {
  expect(parseIntent(line, context)).toEqual({ kind: "copy", text });
});

test("the history asked for where one talks to somebody is that of the two", () => {
  const intent = parseIntent("/history 5", { req: "7", room: "@bob" });

  expect(intent).toEqual({ kind: "command", command: { ...PAGE, with: "@bob", limit: 5 } });
});

test("in no room, text has nowhere to go", () => {
  const nowhere = { req: "1", room: undefined };

  expect(parseIntent("hello", nowhere).kind).toBe("wrong");
  expect(parseIntent("/leave", nowhere).kind).toBe("wrong");
  expect(parseIntent("/msg bob hi", nowhere).kind).toBe("command");
});

test("an unknown command cannot bring control characters back to the screen", () => {
  const intent = parseIntent("/\u001b[2J\u202eevil", context);

  expect(intent.kind === "wrong" && intent.text).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test("blank lines say nothing", () => {
  expect(parseIntent("", context)).toEqual({ kind: "nothing" });
  expect(parseIntent("   ", context)).toEqual({ kind: "nothing" });
});

test.each([
  ["/id", { kind: "self" }],
  ["/fingerprint", { kind: "self" }],
  ["/help", { kind: "help", topic: "" }],
  ["/? private  rooms", { kind: "help", topic: "private  rooms" }],
  ["/export all of it.md", { kind: "export", place: "#lobby", file: "all of it.md" }],
  ["/export #dev~0a1b  dev.jsonl", { kind: "export", place: "#dev~0a1b", file: "dev.jsonl" }],
  ["/export @bob bob.md", { kind: "export", place: "@bob", file: "bob.md" }],
] as const)("%j is for the face", (line, intent) => {
  expect(parseIntent(line, context)).toEqual(intent);
});

test("help on a command is its line, with its other names; on a word, all that it is about", () => {
  const names = (topic: string) => helpOn(topic, true).map(([usage]) => usage.split(" ")[0]);

  expect(helpOn("/dm", true)).toEqual([
    ["/msg WHO TEXT", "say something to one person, or to #room; also /dm, /w"],
  ]);
  expect(names("REACT")).toEqual(["/react"]);
  expect(names("clipboard")).toEqual(["/copy"]);
  expect(names("invit")).toContain("/new");
  expect(names("")).toEqual([]);
  expect(names("frobnicate")).toEqual([]);
  expect(helpOn("notify", false)[0]?.[1]).toEndWith("; in the full screen");
  expect(helpOn("notify", true)[0]?.[1]).not.toContain("full screen");
});

test("every command is in the help, and is what its help says", () => {
  const names = COMMAND_HELP.map(([usage]) => usage.split(" ")[0] ?? "");

  expect(names[0]).toBe("/help");
  expect(names.at(-1)).toBe("/quit");
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(JSON.stringify(parseIntent(name, context))).not.toContain("Unknown command");
  }
});

test.each([
  ["list", { kind: "command", command: { type: "list", req: null } }],
  ["  /list ", { kind: "command", command: { type: "list", req: null } }],
  ["peer 3", { kind: "command", command: { type: "peer", req: null, number: 3 } }],
  ["punch", { kind: "command", command: { type: "punch", req: null } }],
  ["quit", { kind: "command", command: { type: "quit" } }],
  ["help", { kind: "help" }],
  ["", { kind: "nothing" }],
  ["peer", { kind: "wrong", text: "Say whose number, as in peer 2" }],
  ["lisst", { kind: "wrong", text: "Unknown command lisst: did you mean list?" }],
  ["frobnicate it", { kind: "wrong", text: "Unknown command frobnicate: see help" }],
] as const)("at the server's prompt %j is understood", (line, intent) => {
  const understood: unknown = parsePrompt(line);

  expect(understood).toEqual(intent);
});

test("what waits is cancelled by the number that it was shown with", () => {
  const shown = { req: "7", room: "#lobby", waiting: ["m1", "m2"] };

  const second = parseIntent("/cancel 2", shown);
  const others = ["/cancel", "/cancel 0", "/cancel 3", "/cancel x"].map((line) => {
    return parseIntent(line, shown).kind;
  });

  expect(second).toEqual({ kind: "command", command: { type: "cancel", req: "7", id: "m2" } });
  expect(others).toEqual(["wrong", "wrong", "wrong", "wrong"]);
});
