import { expect, test } from "bun:test";
import type { PeerEvent, Who } from "../../lib/node/events.ts";
import type { WaitingMessageEvent } from "../../lib/node/outboxevents.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import {
  ALICE,
  BOB,
  ME,
  NOW,
  SERVER,
  member,
  message,
  peer,
  peerId,
  ready,
  status,
} from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

const OPTIONS = {
  rooms: ["#lobby"],
  awaitsServer: true,
  isWatched: false,
  stay: false,
  isTyped: true,
};

const JOINED = {
  type: "reply",
  req: "1",
  command: "join",
  room: "#dev",
  isPrivate: false,
} as const;

function begin(...events: readonly PeerEvent[]) {
  const door = new Recorder();
  const face = new PlainFace(OPTIONS, door);
  for (const event of events) face.handleEvent(NOW, event);
  door.lines.length = 0;
  return { face, door };
}

/** What the face writes when it is told these. */
function told(...events: readonly PeerEvent[]): readonly string[] {
  const { face, door } = begin(ready());
  for (const event of events) face.handleEvent(NOW, event);
  return door.lines;
}

test("who enters a room is told which others may be taken for it", () => {
  const door = new Recorder();
  const face = new PlainFace(OPTIONS, door);
  face.handleEvent(NOW, ready());
  const join = { type: "reply", req: "1", command: "join", isPrivate: false } as const;
  face.handleEvent(NOW, { ...join, room: "#Dev", alike: ["#dev"] });
  face.handleEvent(NOW, { ...join, room: "#DEV", alike: ["#dev", "#Dev"] });

  expect(door.lines.slice(-4)).toEqual([
    "14:02 * you are in #Dev, and talk there now",
    "  #dev, where you are as well, is another room.",
    "14:02 * you are in #DEV, and talk there now",
    "  #dev, #Dev, where you are as well, are other rooms.",
  ]);
});

test("it begins with who one is, the server, and where one talks", () => {
  const door = new Recorder();
  const face = new PlainFace(OPTIONS, door);
  expect(face.wantsInput).toBe(false);

  face.handleEvent(NOW, ready());

  expect(face.wantsInput).toBe(true);
  expect(door.lines).toEqual([
    "14:02 * you are me; your id begins with 4f2a91c0",
    "14:02 * server 192.0.2.1:3478 connected, which sees you as 203.0.113.9:50112",
    "14:02 * you talk in #lobby; /help lists the commands",
  ]);
});

test("messages are one line each, with room and name", () => {
  expect(
    told(
      message(BOB, "#lobby", "morning"),
      message(BOB, "@bob", "between us"),
      { ...message(BOB, "#lobby", "of old"), sentAtMs: NOW - 86_400_000 },
      { type: "bye", waiting: [] },
    ),
  ).toEqual([
    "14:02 #lobby bob: morning",
    "14:02 @bob bob: between us",
    "2026-11-21 14:02 #lobby bob: of old",
  ]);
});

test("how far a room's history has come is told, and who has told two stories", () => {
  const sync = { type: "sync", room: "#lobby" } as const;

  expect(
    told(
      { ...sync, state: "catching-up", missing: 1200, received: 0 },
      { ...sync, state: "incomplete", missing: 1, received: 1199 },
      { ...sync, state: "complete", missing: 0, received: 1200 },
      { type: "equivocation", room: "#lobby", who: BOB },
    ),
  ).toEqual([
    "14:02 * #lobby: catching up, at least 1200 messages to come",
    "14:02 ! #lobby: nobody who is here has what is missing, 1 message",
    "14:02 * #lobby: caught up, 1200 messages came",
    "14:02 ! bob has told different people different things in #lobby: " +
      "their program has lost what it knew, or somebody else uses their key. " +
      "What you read of them may not be what others read: " +
      "ask them in person, and compare keys with them before you rely on it",
  ]);
});

test("two alices stay two, by the shortest prefix of eight digits or more", () => {
  const one = { name: "alice", id: peerId("91c0aa17aa") };
  const two = { name: "alice", id: peerId("91c0aa17ab") };

  expect(told(message(one, "#lobby", "1"), message(two, "#lobby", "2"))).toEqual([
    "14:02 #lobby alice: 1",
    "14:02 #lobby alice~91c0aa17ab: 2",
  ]);
  expect(
    told(peer(one, "connected"), peer(two, "connected"), message(one, "@alice", "hi")).at(-1),
  ).toBe("14:02 @alice~91c0aa17aa alice~91c0aa17aa: hi");
});

test("connections are told with path, round trip and reason, and only when they change", () => {
  const slower = { ...peer(BOB, "connected"), path: { ...peer(BOB, "connected").path, rttMs: 50 } };

  expect(
    told(
      peer(BOB, "connecting"),
      peer(BOB, "connected"),
      slower as PeerEvent,
      peer(BOB, "gone", "it said goodbye"),
      peer(BOB, "unreachable", "nothing\u001b[2J came back"),
    ),
  ).toEqual([
    "14:02 * bob connecting",
    "14:02 * bob connected, direct, 41 ms",
    "14:02 * bob gone: it said goodbye",
    "14:02 * bob unreachable: nothing[2J came back",
  ]);
});

test("a face that comes late is told who is there, and nothing of who had gone before", () => {
  const { face, door } = begin(ready());
  const before = door.lines.length;

  face.handleEvent(NOW, peer(BOB, "gone", "it said goodbye"));
  face.handleEvent(NOW, peer(ALICE, "connected"));
  face.handleEvent(NOW, peer(ALICE, "gone"));

  expect(door.lines.slice(before)).toEqual([
    "14:02 * alice connected, direct, 41 ms",
    "14:02 * alice gone",
  ]);
});

test("what is said to the built-in echo is said again, and copying is for the full screen", () => {
  const { face, door } = begin(ready());
  face.handleLine(NOW, "/echo hi\u001b[2J");
  face.handleLine(NOW, "/copy");
  face.handleLine(NOW, "/clear");

  expect(door.lines).toEqual([
    "14:02 * echo (built in, heard by nobody else): hi[2J",
    "14:02 ! Only the full screen copies: select the text in your terminal",
    "14:02 ! Nothing is to be cleared here: this is for the full screen",
  ]);
  expect(door.commands).toEqual([]);
});

test("an own message is shown once it is sent, its receipts gathered in one line", () => {
  const { face, door } = begin(ready(), peer(BOB, "connected"), peer(ALICE, "connected"));
  const about = { req: "1", id: "x", room: "#lobby" };

  face.handleLine(NOW, "yes, 212 tests");
  expect(door.commands).toEqual([{ type: "send", req: "1", to: "#lobby", text: "yes, 212 tests" }]);
  face.handleEvent(NOW, status("queued", about));
  expect(door.lines).toEqual([]);
  face.handleEvent(NOW, status("sent", about));
  face.handleEvent(NOW, status("delivered", { ...about, by: BOB }));
  face.handleEvent(NOW, status("delivered", { ...about, by: ALICE }));
  face.handleTimeout(face.pollTimeout());

  expect(door.lines).toEqual([
    "14:02 #lobby you: yes, 212 tests (sent)",
    "14:02 * delivered to bob, alice: yes, 212 tests",
  ]);
  expect(face.pollTimeout()).toBe(Infinity);
});

test("a message that has to wait says so at once where nobody is there", () => {
  const { face, door } = begin(ready());
  const about = { req: "1", id: "x" };

  face.handleLine(NOW, "/msg bob hello");
  face.handleEvent(NOW, status("queued", about));
  face.handleEvent(NOW, status("sent", about));
  face.handleEvent(NOW, status("failed", { ...about, by: BOB, reason: "too old" }));

  expect(door.lines).toEqual([
    "14:02 @bob you: hello (queued: bob is not connected)",
    "14:02 * sent: hello",
    "14:02 ! not delivered to bob: too old: hello",
  ]);
});

test("a message that does not leave within a second is shown as queued", () => {
  const { face, door } = begin(ready(), peer(BOB, "connected"));
  face.handleLine(NOW, "/msg bob hello");
  face.handleEvent(NOW, status("queued", { req: "1", id: "x" }));

  face.handleTimeout(face.pollTimeout());

  expect(door.lines).toEqual(["14:02 @bob you: hello (queued)"]);
});

test("what the disk refused is named by its own words, and so is what is said next", () => {
  const { face, door } = begin(ready(), peer(BOB, "connected"));
  for (const text of ["first", "second", "third"]) face.handleLine(NOW, text);

  const reason = "the disk refuses";
  for (const n of ["1", "2"]) {
    face.handleEvent(NOW, status("failed", { req: n, id: `lost-${n}`, room: "#lobby", reason }));
  }
  face.handleEvent(NOW, status("queued", { req: "3", id: "x", room: "#lobby" }));
  face.handleEvent(NOW, status("sent", { req: "3", id: "x", room: "#lobby" }));
  face.handleLine(NOW, "/recent");

  expect(door.lines).toEqual([
    "14:02 ! not delivered: the disk refuses: first",
    "14:02 ! not delivered: the disk refuses: second",
    "14:02 #lobby you: third (sent)",
    "14:02 * the last 1 in #lobby:",
    "  ^1 you: third",
  ]);
});

test("a disk that refuses is told of, and of each decision whether it is kept", () => {
  expect(
    told(
      { type: "disk", state: "refusing" },
      { ...JOINED, isKept: false },
      { type: "disk", state: "working" },
      JOINED,
    ),
  ).toEqual([
    "14:02 ! your disk refuses: it is full, cannot be written to, or another program holds the " +
      "history. What you say is not sent, what others say waits with them, and what you " +
      "decide is kept when there is room",
    "14:02 * you are in #dev, and talk there now",
    "14:02 ! your disk refuses this: it holds until you end, and is kept when there is room",
    "14:02 * your disk takes everything again, and has kept what you decided meanwhile",
    "14:02 * you are in #dev, and talk there now",
  ]);
});

test("a message of an earlier run that arrives now is told without its text", () => {
  const { face, door } = begin(ready());
  for (const id of ["a", "b", "c"]) {
    face.handleEvent(NOW, status("sent", { id }));
    face.handleEvent(NOW, status("delivered", { id, by: BOB }));
  }
  face.handleEvent(NOW, status("delivered", { id: "d", by: ALICE }));
  face.handleTimeout(NOW + 300);
  face.handleTimeout(NOW + 600);

  expect(door.lines).toEqual([
    "14:02 * sent: 3 messages from before",
    "14:02 * delivered to bob: 3 messages from before",
    "14:02 * delivered to alice: a message from before",
  ]);
});

test("answers to commands are plain words", () => {
  const client = { number: 2, name: "bob", id: BOB.id, address: SERVER };

  expect(
    told(
      { type: "reply", req: "1", command: "list", clients: [client] },
      { type: "reply", req: "2", command: "peer", client },
      { type: "reply", req: "3", command: "punch", who: BOB, rttMs: 1.26 },
      {
        type: "reply",
        req: "4",
        command: "who",
        room: "#lobby",
        members: [
          { ...member(ME, "me"), trust: null },
          member(BOB, "connected"),
          { ...member(ALICE, "connected"), presence: "away", trust: "changed" },
          { ...member({ name: "eve", id: peerId("ee") }, "gone"), isBlocked: true },
        ],
      },
      { type: "error", req: "5", code: "NO_PEER", text: "There is no client 9" },
      { type: "server", state: "lost", address: SERVER, id: BOB.id, reason: "it is silent" },
      { type: "server", state: "replaced", address: SERVER, id: BOB.id, reason: "two of you" },
      { type: "reply", req: "6", command: "register", isRegistered: false },
      { type: "reply", req: "7", command: "register", isRegistered: true },
      { type: "reply", req: "8", command: "retain", room: "#den", keep: "30d" },
    ),
  ).toEqual([
    "14:02 * the server knows 1:",
    "  2 bob 192.0.2.1:3478 b0b00000",
    "  2 bob 192.0.2.1:3478 b0b00000",
    "14:02 * punched: bob answered in 1.3 ms",
    "14:02 * #lobby: me (me), bob (connected), " +
      "alice (connected, away, perhaps somebody else), eve (gone, blocked)",
    "14:02 ! There is no client 9",
    "14:02 * server 192.0.2.1:3478 lost: it is silent; still trying, direct connections go on",
    "14:02 ! two of you",
    "14:02 * asking the server to register this client",
    "14:02 * this client is registered with the server",
    "14:02 * #den: this disk keeps the last 30 days",
  ]);
});

test("no line is taken while it is open where it would go", () => {
  const { face, door } = begin(ready());

  face.handleLine(NOW, "/join #dev");
  expect(face.wantsInput).toBe(false);
  face.handleEvent(NOW, { type: "error", req: "0", code: "USAGE", text: "of another command" });
  expect(face.wantsInput).toBe(false);
  face.handleEvent(NOW, { ...JOINED, req: "1" });
  expect(face.wantsInput).toBe(true);
  face.handleLine(NOW, "/leave #dev");
  face.handleEvent(NOW, { type: "error", req: "2", code: "NO_PEER", text: "not there" });

  expect(face.wantsInput).toBe(true);
  expect(door.commands).toMatchObject([{ type: "join" }, { type: "leave" }]);
});

test("a private room is shown as one, and an invitation as a link and what it is good for", () => {
  const secret = "AAECAwQFBgcICQoLDA0ODw";
  const server = { name: "127.0.0.1:3478", noiseKey: new Uint8Array(32).fill(9) };
  const invite = { type: "reply", req: "1", command: "invite", room: "#dev" } as const;

  expect(
    told(
      { ...JOINED, isPrivate: true },
      { ...invite, command: "new", secret, server },
      { ...invite, secret: undefined, server: undefined },
      { type: "reply", req: null, command: "rooms", rooms: [] },
      {
        type: "reply",
        req: null,
        command: "rooms",
        rooms: [
          { room: "#dev", isPrivate: true, topic: "boats", members: 0, connected: 0 },
          { room: "#lobby", isPrivate: false, topic: null, members: 2, connected: 1 },
        ],
      },
    ),
  ).toEqual([
    "14:02 * you are in #dev (private), and talk there now",
    "14:02 * you are in #dev (private), and talk there now",
    "14:02 * whoever has this is let into #dev:",
    `  p2pchat://127.0.0.1:3478/dev/${secret}#${"09".repeat(32)}`,
    "  They follow it with /join LINK, or begin with p2pchat client --join LINK.",
    "  It names 127.0.0.1:3478: only this machine finds that server.",
    "14:02 * whoever has this is let into #dev:",
    "  p2pchat:///dev",
    "  They follow it with /join LINK, or begin with p2pchat client --join LINK.",
    "  It names no server: it works on your local network.",
    "14:02 * you are in no room",
    "14:02 * you are in these rooms:",
    "  #dev (private): nobody else; about boats",
    "  #lobby: 2 others, 1 connected",
  ]);
});

test.each([
  [80, /^\u001b\[30;107m[ \u2580\u2584\u2588]+\u001b\[0m$/u],
  [20, /^ {2}The terminal is too narrow for a QR code of \d+ columns\.$/],
])("on a terminal of %d columns an invitation has a QR code if it fits", (columns, last) => {
  const door = new Recorder();
  const face = new PlainFace({ ...OPTIONS, qr: { style: "blocks", columns } }, door);
  const server = { name: "192.0.2.1:3478", noiseKey: new Uint8Array(32).fill(9) };

  face.handleEvent(NOW, ready());
  const about = { room: "#lobby", secret: undefined, server };
  face.handleEvent(NOW, { type: "reply", req: null, command: "invite", ...about });

  expect(door.lines.at(-1)).toMatch(last);
});

test("what was said before one entered or left a room is told before that", () => {
  const { face, door } = begin(ready(), peer(BOB, "connected"));

  face.handleLine(NOW, "/msg bob hello");
  face.handleEvent(NOW, status("queued", { req: "1", id: "x" }));
  face.handleEvent(NOW, JOINED);

  expect(door.lines).toEqual([
    "14:02 @bob you: hello (queued)",
    "14:02 * you are in #dev, and talk there now",
  ]);
});

test("text goes to the room entered last of those one is still in", () => {
  const { face, door } = begin(ready());
  const reply = { type: "reply", req: "1", room: "#dev", isPrivate: false } as const;

  face.handleEvent(NOW, { ...reply, command: "join" });
  face.handleLine(NOW, "in dev");
  face.handleEvent(NOW, { ...reply, command: "leave" });
  face.handleLine(NOW, "in the lobby");

  expect(door.commands).toMatchObject([{ to: "#dev" }, { to: "#lobby" }]);
  expect(door.lines.at(-1)).toBe("14:02 * you left #dev; you talk in #lobby now");
});

test("what strangers send brings no control or bidirectional character to the screen", () => {
  const evil = "a\u001b[2Jb\u0007c\u009bd\u202ee\u2066f\rg\nh\u200ei\u061cj\u007f\u0000";
  const { face, door } = begin(ready());

  face.handleEvent(NOW, message({ ...BOB, name: evil }, `#${evil}`, evil));
  face.handleEvent(NOW, peer({ ...ALICE, name: evil }, "unreachable", evil));
  face.handleEvent(NOW, { type: "error", req: null, code: "INTERNAL", text: evil });
  face.handleEvent(NOW, {
    type: "reply",
    req: "1",
    command: "who",
    room: "#lobby",
    members: [member({ ...BOB, name: evil }, "connected")],
  });
  face.handleLine(NOW, evil);
  face.handleEvent(NOW, status("queued", { req: "1", room: evil, reason: evil }));
  face.handleEvent(NOW, status("failed", { req: "1", room: evil, reason: evil }));

  expect(door.lines.length).toBeGreaterThan(5);
  for (const line of door.lines) {
    expect(line).not.toMatch(
      /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
    );
  }
});

test("an unknown command is not sent", () => {
  const { face, door } = begin(ready());

  face.handleLine(NOW, "/jion #dev");

  expect(door.commands).toEqual([]);
  expect(door.lines[0]).toContain("did you mean /join?");
});

test("help has a line for every command that works here", () => {
  const { face, door } = begin(ready());

  face.handleLine(NOW, "/help");

  for (const name of "/help /list /peer /punch /msg /join /leave /who /quit".split(" ")) {
    expect(door.lines.filter((line) => line.split(" ")[2] === name)).toHaveLength(1);
  }
  expect(door.lines.join("\n")).not.toMatch(/^ {2}\/(?:copy|notify|mute)/m);
});

test("what waits is listed by number, with for whom where that is not said already", () => {
  const waiting = (
    id: string,
    room: string,
    to: readonly Who[],
    heldBy: readonly Who[] = [],
  ): WaitingMessageEvent => {
    return { id, room, text: `text ${id}`, sentAtMs: NOW, to, heldBy };
  };
  const all = [ALICE, BOB, { name: "carol", id: peerId("ca") }, { name: "dave", id: peerId("da") }];
  const messages = [
    waiting("1", "@bob", [BOB]),
    waiting("2", "#dev", all),
    waiting("3", "@bob", [BOB], [ALICE]),
  ];
  const reply = { type: "reply", req: "1", command: "outbox" } as const;

  expect(told({ ...reply, messages, more: 3 })).toEqual([
    "14:02 * 6 messages wait:",
    "  1. 14:02 @bob: text 1",
    "  2. 14:02 #dev for alice, bob, carol and 1 more: text 2",
    "  3. 14:02 @bob (held by alice): text 3",
    "  and 3 more",
  ]);
  expect(told({ ...reply, messages: [], more: 0 })).toEqual([
    "14:02 * nothing waits to be delivered",
  ]);
});

/** Somebody to whom all may go, and for whom nobody holds anything. */
const FREE = { isBarred: false, isBlocked: false, held: 0, heldBy: [] };

test("input of which nothing was asked of the node ends the client, too", () => {
  for (const line of ["/help", "/nonsense"]) {
    const door = new Recorder();
    const face = new PlainFace({ ...OPTIONS, isTyped: false }, door);
    face.handleEvent(NOW, ready());
    face.handleLine(NOW, line);

    face.handleEnd(NOW);

    expect(door.commands.at(-1)).toEqual({ type: "quit" });
  }
});

test("the end says what still waits, for whom, and when it goes out", () => {
  const doubted = { ...FREE, isBarred: true };
  const named = (name: string) => ({ name, id: peerId(Buffer.from(name).toString("hex")) });
  const waiting = [
    { ...FREE, who: ALICE, count: 3 },
    { ...FREE, who: BOB, count: 1, held: 1, heldBy: [ALICE] },
    { ...FREE, who: named("carol"), count: 3, held: 2, heldBy: [BOB] },
    { ...FREE, who: named("fay"), count: 3, held: 1, heldBy: [BOB] },
    { ...doubted, who: named("eve"), count: 1 },
    { ...doubted, who: named("dan"), count: 2, held: 1, heldBy: [BOB] },
    { ...doubted, isBlocked: true, who: named("gil"), count: 1 },
  ];

  expect(told({ type: "bye", waiting })).toEqual([
    "14:02 * 3 messages wait for alice: they are sent when you are both online again",
    "* 1 message waits for bob, held by alice: it is delivered when they meet alice or you",
    "* 3 messages wait for carol, 2 of them held by bob: " +
      "those are delivered when they meet bob or you, " +
      "the other is sent when you are both online again",
    "* 3 messages wait for fay, 1 of them held by bob: " +
      "that one is delivered when they meet bob or you, " +
      "the others are sent when you are both online again",
    "* 1 message waits for eve: nothing is sent to them before you decide",
    "* 2 messages wait for dan, 1 of them held by bob: " +
      "what is held may reach them, nothing more is sent to them before you decide",
    "* 1 message waits for gil: nothing is sent to them unless you /unblock gil",
  ]);
  expect(told({ type: "bye", waiting: [] })).toEqual([]);
});

test("of many for whom something waits the end names a few", () => {
  const waiting = Array.from({ length: 20 }, (_, i) => {
    const who = { name: `p${i}`, id: peerId(`a${i % 10}${i}`) };
    return { ...FREE, who, count: 20 - i };
  });

  const lines = told({ type: "bye", waiting });

  expect(lines).toHaveLength(9);
  expect(lines.at(-1)).toBe("* and others for 12 more people");
});

test("what somebody holds until another comes is said once", () => {
  expect(told({ type: "held", req: null, id: "m1", room: "@bob", by: ALICE })).toEqual([
    "14:02 * held by alice until bob comes: a message from before",
  ]);
});

test("the numbers of what waits are those that /cancel takes", () => {
  const { face, door } = begin(ready());
  const messages = [
    { id: "m1", room: "@bob", text: "one", sentAtMs: NOW, to: [BOB], heldBy: [] },
    { id: "m2", room: "@bob", text: "two", sentAtMs: NOW, to: [BOB], heldBy: [] },
  ];
  face.handleEvent(NOW, { type: "reply", req: "1", command: "outbox", messages, more: 0 });

  face.handleLine(NOW, "/cancel 2");
  face.handleLine(NOW, "/cancel 3");

  expect(door.commands).toMatchObject([{ type: "cancel", id: "m2" }]);
  expect(door.lines.at(-1)).toStartWith("14:02 ! Say which, as in /cancel 1");
});

test("what was taken back is told as what was meant, not as a failure", () => {
  expect(told(status("failed", { by: BOB, reason: "cancelled" }))).toEqual([
    "14:02 * cancelled, not sent to bob: a message from before",
  ]);
});

test("what has waited since before this run is quoted once it was listed", () => {
  const about = { room: "@bob", sentAtMs: NOW, to: [BOB], heldBy: [] };
  const waiting: WaitingMessageEvent = { id: "id1", text: "from the last run", ...about };
  const listed = {
    type: "reply",
    req: "1",
    command: "outbox",
    messages: [waiting],
    more: 0,
  } as const;

  expect(told(listed, status("failed", { by: BOB, reason: "cancelled" })).at(-1)).toBe(
    "14:02 * cancelled, not sent to bob: from the last run",
  );
});
