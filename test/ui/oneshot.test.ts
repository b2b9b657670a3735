import { expect, test } from "bun:test";
import type { Asked } from "../../lib/contract/asked.ts";
import type { ErrorCode, PeerEvent, Who } from "../../lib/node/events.ts";
import type { Member } from "../../lib/node/member.ts";
import { OneShot, type OneShotOptions } from "../../lib/ui/oneshot.ts";
import {
  ALICE,
  BOB,
  ME,
  NOW,
  member,
  message,
  peer,
  ready,
  SERVER,
  status,
} from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

const TIMEOUT_MS = 30_000;

function begin(options: Partial<OneShotOptions> = {}) {
  const door = new Recorder();
  const shown: PeerEvent[] = [];
  const complaints: string[] = [];
  const shot = new OneShot(
    { to: "@bob", timeoutMs: TIMEOUT_MS, stay: false, showsAll: false, ...options },
    {
      command: door.command,
      complain: (text) => complaints.push(text),
      show: (_now, event) => shown.push(event),
    },
  );
  return { shot, commands: door.commands, shown, complaints };
}

function tell(shot: OneShot, ...events: readonly PeerEvent[]): void {
  for (const event of events) shot.handleEvent(NOW, event);
}

/** Input of these lines, and its end. */
function feed(shot: OneShot, ...lines: readonly string[]): void {
  for (const line of lines) shot.handleLine(NOW, line);
  shot.handleEnd(NOW);
}

function sends(commands: readonly Asked[]): readonly string[] {
  return commands.flatMap((command) => (command.type === "send" ? [command.text] : []));
}

test("who cannot enter the room says nothing there", () => {
  const { shot, commands, shown } = begin({ to: "#dev" });
  feed(shot, "one");
  tell(shot, ready(), { type: "error", req: "p2pchat/enter", code: "USAGE", text: "not here" });

  expect(shot.outcome).toEqual({ exitCode: 2, text: "not here" });
  expect(sends(commands)).toEqual([]);
  expect(shown).toEqual([ready()]);
});

function whoReply(room: string, ...members: readonly (readonly [Who, "connected" | "gone"])[]) {
  return {
    type: "reply",
    req: "p2pchat/who",
    command: "who",
    room,
    members: [member(ME, "me"), ...members.map(([who, state]) => member(who, state))],
  } as const;
}

test("it is done when the peer's device has every line", () => {
  const { shot, commands } = begin();
  feed(shot, "one", "", "two");
  expect(commands).toEqual([]);

  tell(shot, ready());
  expect(sends(commands)).toEqual(["one", "two"]);
  tell(shot, status("queued", { req: "1", id: "a" }), status("queued", { req: "2", id: "b" }));
  tell(shot, status("delivered", { req: "1", id: "a", by: BOB }));
  expect(shot.outcome).toBeUndefined();
  tell(shot, status("delivered", { req: "2", id: "b", by: BOB }));

  expect(shot.outcome).toEqual({ exitCode: 0, text: undefined });
});

test.each(["@bob", `@bob~${BOB.id.slice(0, 8)}`])(
  "what is for %s goes to them under another name as well",
  (to) => {
    const { shot, commands } = begin({ to });
    tell(shot, ready(), peer(BOB, "connected"));
    shot.handleLine(NOW, "one");

    tell(shot, { type: "renamed", who: { name: "robert", id: BOB.id }, was: "bob" });
    tell(shot, { type: "renamed", who: { name: "bert", id: ALICE.id }, was: "bob" });
    shot.handleLine(NOW, "two");

    expect(commands).toMatchObject([{ to }, { to: "@robert" }]);
  },
);

test("what is for one of two of a name stays so when the other takes another", () => {
  const { shot, commands } = begin();
  tell(shot, ready(), peer(BOB, "connected"), peer({ ...ALICE, name: "bob" }, "connected"));

  tell(shot, { type: "renamed", who: { name: "robert", id: BOB.id }, was: "bob" });
  shot.handleLine(NOW, "one");

  expect(commands).toMatchObject([{ to: "@bob" }]);
});

test("an empty input is done at once", () => {
  const { shot } = begin();

  feed(shot);

  expect(shot.outcome?.exitCode).toBe(0);
});

test("it does not end while input may still come", () => {
  const { shot } = begin();
  tell(shot, ready());
  shot.handleLine(NOW, "one");

  tell(shot, status("queued", { req: "1" }), status("delivered", { req: "1", by: BOB }));
  expect(shot.outcome).toBeUndefined();
  expect(shot.pollTimeout()).toBe(Infinity);
  shot.handleEnd(NOW);

  expect(shot.outcome?.exitCode).toBe(0);
});

test("without a receipt in time the message is in the outbox: 8", () => {
  const { shot } = begin();
  feed(shot, "one");
  tell(shot, ready(), status("queued", { req: "1" }));

  expect(shot.pollTimeout()).toBe(NOW + TIMEOUT_MS);
  shot.handleTimeout(NOW + TIMEOUT_MS);

  expect(shot.outcome).toEqual({
    exitCode: 8,
    text: "Not delivered to @bob within 30 s: kept in the outbox",
  });
});

test("what waits with somebody who holds it is in the outbox, and that is said: 8", () => {
  const { shot } = begin();
  feed(shot, "one");
  tell(shot, ready(), status("queued", { req: "1", id: "a" }));

  tell(shot, { type: "held", req: "1", id: "a", room: "@bob", by: ALICE });
  shot.handleTimeout(NOW + TIMEOUT_MS);

  expect(shot.outcome).toEqual({
    exitCode: 8,
    text: "Not delivered to @bob within 30 s: kept in the outbox, and held by alice",
  });
});

test("without any server the message is held, and the end is 3", () => {
  const { shot, commands } = begin({ timeoutMs: 5000 });
  feed(shot, "one");
  tell(shot, ready(false));
  tell(shot, { type: "error", req: "1", code: "NO_SERVER", text: "no server" });
  expect(shot.outcome).toBeUndefined();

  shot.handleTimeout(NOW + 5000);

  expect(sends(commands)).toEqual(["one"]);
  expect(shot.outcome).toEqual({
    exitCode: 3,
    text: "No server answered within 5 s, and there is no other way to @bob: nothing was sent",
  });
});

test("a server with another key than is trusted: 6", () => {
  const { shot } = begin();
  feed(shot, "one");
  tell(shot, { type: "error", req: null, code: "UNTRUSTED", text: "The server has another key" });
  tell(shot, ready(false));
  tell(shot, { type: "error", req: "1", code: "NO_SERVER", text: "no server" });

  shot.handleTimeout(NOW + TIMEOUT_MS);

  expect(shot.outcome).toEqual({
    exitCode: 6,
    text: "The server has another key: nothing was sent",
  });
});

test("a server that answers late is used", () => {
  const { shot, commands } = begin();
  feed(shot, "one");
  tell(shot, ready(false));
  tell(shot, { type: "error", req: "1", code: "NO_SERVER", text: "no server" });

  tell(shot, {
    type: "server",
    state: "connected",
    address: SERVER,
    id: ALICE.id,
    reason: undefined,
  });
  expect(sends(commands)).toEqual(["one", "one"]);
  tell(shot, status("queued", { req: "1" }), status("delivered", { req: "1", by: BOB }));

  expect(shot.outcome?.exitCode).toBe(0);
});

test("introduced but no path: 5, with the reason", () => {
  const { shot } = begin();
  feed(shot, "one");
  tell(
    shot,
    ready(),
    status("queued", { req: "1" }),
    peer(BOB, "unreachable", "nothing came back"),
  );

  shot.handleTimeout(NOW + TIMEOUT_MS);

  expect(shot.outcome).toEqual({
    exitCode: 5,
    text: "No path to bob: nothing came back: kept in the outbox",
  });
});

test.each([
  ["USAGE", 2],
  ["NO_PEER", 4],
  ["AMBIGUOUS", 4],
  ["NO_PATH", 5],
  ["UNTRUSTED", 6],
  ["REFUSED", 7],
  ["QUEUED", 8],
  ["INTERNAL", 1],
] as const)("an error %s ends it at once with %d", (code: ErrorCode, exitCode) => {
  const { shot } = begin();
  feed(shot, "one");

  tell(shot, ready(), { type: "error", req: "1", code, text: "why\u001b[2J" });

  expect(shot.outcome).toEqual({ exitCode, text: "why[2J" });
});

test("an error of nothing asked here is not its own", () => {
  const { shot } = begin();
  feed(shot, "one");

  tell(shot, ready(), { type: "error", req: null, code: "INTERNAL", text: "elsewhere" });

  expect(shot.outcome).toBeUndefined();
});

test("a peer that refuses the message ends it with 7", () => {
  const { shot } = begin();
  feed(shot, "one");
  tell(shot, ready(), status("queued", { req: "1" }));

  tell(shot, status("failed", { req: "1", by: BOB, reason: "bob is not in that room" }));

  expect(shot.outcome).toEqual({ exitCode: 7, text: "Not delivered: bob is not in that room" });
});

test("a disk here that refuses the message ends it with 1", () => {
  const { shot } = begin();
  feed(shot, "one");
  tell(shot, ready());

  tell(shot, status("failed", { req: "1", id: "lost-1", reason: "the disk refuses" }));

  expect(shot.outcome).toEqual({ exitCode: 1, text: "Not delivered: the disk refuses" });
});

test("who turns out to be another than is known by that name ends it with 6", () => {
  const [shot, other] = [begin().shot, begin().shot];
  const changed = (who: Who): PeerEvent => {
    return { type: "trust", who, trust: "changed", isBlocked: false };
  };
  for (const one of [shot, other]) {
    feed(one, "one");
    tell(one, ready(), peer(BOB, "connecting"), status("queued", { req: "1" }));
  }

  tell(shot, changed(BOB));
  tell(other, changed({ name: "bob", id: ALICE.id }));

  expect(shot.outcome).toEqual({
    exitCode: 6,
    text: "@bob is not who is known here by that name: kept in the outbox",
  });
  expect(other.outcome).toBeUndefined();
});

test.each([
  ["not trusted", { trust: "changed" }],
  ["blocked", { isBlocked: true }],
] as const)("into a room it waits for nobody who is %s", (_, bar) => {
  const { shot, commands } = begin({ to: "#ops" });
  const reply = whoReply("#ops", [BOB, "connected"], [ALICE, "connected"]);
  const barred = (one: Member): Member => (one.id === BOB.id ? { ...one, ...bar } : one);
  const [me, bob, alice] = reply.members.map(barred);
  if (me === undefined || bob === undefined || alice === undefined) throw new Error("All are told");
  feed(shot, "one");
  tell(shot, ready(), peer(BOB, "connected"), { ...reply, members: [me, bob] });
  const alone = sends(commands);
  tell(shot, peer(ALICE, "connected"), { ...reply, members: [me, bob, alice] });
  const about = { req: "1", room: "#ops" };
  tell(shot, status("queued", about), status("delivered", { ...about, by: ALICE }));

  expect([alone, sends(commands)]).toEqual([[], ["one"]]);
  expect(shot.outcome?.exitCode).toBe(0);
});

test("into a room it speaks when the first member is connected, and waits for all known", () => {
  const { shot, commands, shown } = begin({ to: "#ops" });
  feed(shot, "one");
  tell(shot, ready());
  expect(commands).toEqual([{ type: "who", req: "p2pchat/who", room: "#ops" }]);

  tell(shot, whoReply("#ops"));
  expect(shot.pollTimeout()).toBeLessThan(NOW + 1000);
  tell(shot, peer(ALICE, "connected"), whoReply("#ops", [ALICE, "connected"], [BOB, "gone"]));
  expect(sends(commands)).toEqual(["one"]);
  const about = { req: "1", room: "#ops" };
  tell(shot, status("queued", about), status("delivered", { ...about, by: ALICE }));
  expect(shot.outcome).toBeUndefined();
  tell(shot, status("delivered", { ...about, by: BOB }));

  expect(shot.outcome?.exitCode).toBe(0);
  expect(shown.map(({ type }) => type)).toEqual(["ready", "peer", "status", "status", "status"]);
});

test("into a room it waits for those who were introduced and are still connecting", () => {
  const { shot, commands } = begin({ to: "#ops" });
  feed(shot, "one");
  tell(shot, ready(), peer(ALICE, "connecting"), peer(BOB, "connecting"));
  tell(shot, peer(ALICE, "connected"), whoReply("#ops", [ALICE, "connected"]));
  expect(sends(commands)).toEqual([]);

  tell(shot, peer(BOB, "connected"));
  tell(shot, whoReply("#ops", [ALICE, "connected"], [BOB, "connected"]));

  expect(sends(commands)).toEqual(["one"]);
});

test("into a room it waits no longer than a second for those who are still connecting", () => {
  const { shot, commands } = begin({ to: "#ops" });
  feed(shot, "one");
  tell(shot, ready(), peer(BOB, "connecting"), peer(ALICE, "connected"));
  tell(shot, whoReply("#ops", [ALICE, "connected"]));

  shot.handleEvent(NOW + 1000, whoReply("#ops", [ALICE, "connected"]));

  expect(sends(commands)).toEqual(["one"]);
});

const TOO_LONG = "é".repeat(32_769);
const TOO_LONG_WORDS = "is longer than a message, which holds at most 65536 bytes";

test("a line longer than a message ends it with 2, and that nothing was sent is said", () => {
  const { shot, commands } = begin();

  feed(shot, "one", "", TOO_LONG, "two");
  tell(shot, ready());

  expect(shot.outcome).toEqual({
    exitCode: 2,
    text: `Line 3 of the input ${TOO_LONG_WORDS}: nothing was sent`,
  });
  expect(commands).toEqual([]);
});

test("what was sent before a line that is none is told with it, and nothing follows", () => {
  const { shot, commands } = begin();
  tell(shot, ready());
  for (const line of ["one", "two"]) shot.handleLine(NOW, line);
  tell(shot, status("queued", { req: "1", id: "a" }), status("queued", { req: "2", id: "b" }));
  tell(shot, status("delivered", { req: "1", id: "a", by: BOB }));

  shot.handleWrongLine(NOW, "is not UTF-8 text");
  feed(shot, "three");

  expect(shot.outcome).toEqual({
    exitCode: 2,
    text:
      "Line 3 of the input is not UTF-8 text: neither it nor what follows was sent, " +
      "and 1 message before it is kept in the outbox",
  });
  expect(sends(commands)).toEqual(["one", "two"]);
});

test("with --stay a line that cannot be sent is told and skipped", () => {
  const { shot, commands, complaints } = begin({ stay: true });
  tell(shot, ready());

  shot.handleLine(NOW, "one");
  shot.handleLine(NOW, TOO_LONG);
  shot.handleWrongLine(NOW, "is not UTF-8 text");
  feed(shot, "two");

  expect(shot.outcome).toBeUndefined();
  expect(sends(commands)).toEqual(["one", "two"]);
  expect(complaints).toEqual([
    `Line 2 of the input ${TOO_LONG_WORDS}: it was skipped`,
    "Line 3 of the input is not UTF-8 text: it was skipped",
  ]);
});

test("a line of which nothing can be seen is no message", () => {
  const { shot, commands } = begin();
  tell(shot, ready());

  feed(shot, " ", "\u202e", "\u200b", "\u0007", "\u3164");

  expect(commands).toEqual([]);
  expect(shot.outcome?.exitCode).toBe(0);
});

test("a room that stays empty ends it with 8, and nothing is sent", () => {
  const { shot, commands } = begin({ to: "#ops" });
  feed(shot, "one");
  tell(shot, ready(), whoReply("#ops"));

  shot.handleTimeout(NOW + TIMEOUT_MS);

  expect(sends(commands)).toEqual([]);
  expect(shot.outcome).toEqual({
    exitCode: 8,
    text: "Nobody was in #ops within 30 s: nothing was sent",
  });
});

test("nothing is kept of what is said where the only other one is blocked", () => {
  const { shot, commands } = begin({ to: "#ops" });
  const members = [member(ME, "me"), { ...member(BOB, "gone"), isBlocked: true }];
  feed(shot, "one");
  tell(shot, ready(), { ...whoReply("#ops"), members });

  shot.handleTimeout(NOW + TIMEOUT_MS);

  expect(sends(commands)).toEqual([]);
  expect(shot.outcome).toEqual({
    exitCode: 8,
    text: "Nobody was in #ops within 30 s: nothing was sent",
  });
});

test("somebody who is known to nobody by then ends it with 4: nothing is kept", () => {
  const { shot } = begin({ timeoutMs: 2000 });
  feed(shot, "one");
  tell(shot, ready());

  shot.handleTimeout(NOW + 2000);

  expect(shot.outcome).toEqual({
    exitCode: 4,
    text: "@bob was not found within 2 s: nothing was sent",
  });
});

test("members who are away get it from the outbox later: 8", () => {
  const { shot, commands } = begin({ to: "#ops" });
  feed(shot, "one");
  tell(shot, ready(), whoReply("#ops", [BOB, "gone"]));

  shot.handleTimeout(NOW + TIMEOUT_MS);
  expect(sends(commands)).toEqual(["one"]);
  expect(shot.outcome).toBeUndefined();
  tell(shot, status("queued", { req: "1", room: "#ops" }));

  expect(shot.outcome).toEqual({
    exitCode: 8,
    text: "Not delivered to #ops within 30 s: kept in the outbox",
  });
});

test("with --stay it goes on when everything is delivered, and waits as long as it takes", () => {
  const { shot } = begin({ stay: true });
  feed(shot, "one");
  tell(shot, ready(), status("queued", { req: "1" }));
  expect(shot.pollTimeout()).toBe(Infinity);

  tell(shot, status("delivered", { req: "1", by: BOB }));

  expect(shot.outcome).toBeUndefined();
});

test("input waits while too many lines have no receipt", () => {
  const { shot } = begin();
  tell(shot, ready());
  for (let i = 0; i < 256; i++) shot.handleLine(NOW, `line ${i}`);
  expect(shot.wantsInput).toBe(false);

  tell(shot, status("queued", { req: "1" }), status("delivered", { req: "1", by: BOB }));

  expect(shot.wantsInput).toBe(true);
});

test("without a server it tries again when somebody is met", () => {
  const { shot, commands } = begin();
  feed(shot, "one");
  tell(shot, ready(false));
  tell(shot, { type: "error", req: "1", code: "NO_SERVER", text: "No server to ask for bob" });
  expect(sends(commands)).toEqual(["one"]);

  tell(shot, peer(BOB, "connecting"));

  expect(sends(commands)).toEqual(["one", "one"]);
});

test("of what is said only what is said there is shown, the rest is left for later", () => {
  const inLobby = message(BOB, "#lobby", "to all");
  const others = message(ALICE, "@alice", "psst");
  const answer = message(BOB, "@bob", "yes?");
  const toBob = begin();
  tell(toBob.shot, ready(), peer(BOB, "connected"), answer);
  expect(toBob.shot.isWithholding).toBe(false);
  tell(toBob.shot, inLobby, others);
  const toRoom = begin({ to: "#lobby" });
  tell(toRoom.shot, ready(), inLobby, answer);
  const all = begin({ showsAll: true });
  tell(all.shot, ready(), inLobby, others, answer);

  const said = ({ shown }: typeof all) => shown.filter(({ type }) => type === "message");
  expect(said(toBob)).toEqual([answer]);
  expect(said(toRoom)).toEqual([inLobby]);
  expect(said(all)).toEqual([inLobby, others, answer]);
  expect([toBob, toRoom, all].map(({ shot }) => shot.isWithholding)).toEqual([true, true, false]);
});
