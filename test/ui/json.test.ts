import { expect, test } from "bun:test";
import { ENDING_MS } from "../../lib/ui/ending.ts";
import { JsonFace } from "../../lib/ui/json.ts";
import { ServerJson, ServerPrompt } from "../../lib/ui/server.ts";
import { readyLine, readyText } from "../../lib/ui/serverready.ts";
import type { ServerCommand } from "../../lib/node/commands.ts";
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
} from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

function begin(options = { stay: false, isTyped: false }) {
  const door = new Recorder();
  return { face: new JsonFace(options, door), door };
}

test("nothing is read before ready, which comes first", () => {
  const { face } = begin();
  expect(face.wantsInput).toBe(false);

  face.handleEvent(NOW, ready());

  expect(face.wantsInput).toBe(true);
});

test("a malformed line is answered with an error object, and the stream goes on", () => {
  const { face, door } = begin();
  face.handleEvent(NOW, ready());

  face.handleLine(NOW, '{"req":"r1","type":"send"');
  face.handleLine(NOW, "");
  face.handleLine(NOW, '{"req":"r2","type":"list"}');

  expect(door.lines.slice(1).map((line): unknown => JSON.parse(line))).toEqual([
    {
      v: 1,
      type: "error",
      at: "2026-11-22T14:02:07.113Z",
      req: null,
      code: "USAGE",
      text: "This line is not a JSON object",
    },
  ]);
  expect(door.commands).toEqual([{ req: "r2", type: "list" }]);
});

test("log events are not written", () => {
  const { face, door } = begin();

  face.handleEvent(NOW, { type: "log", level: "info", message: "sent", fields: {} });

  expect(door.lines).toEqual([]);
});

test("the end of input waits for answers and receipts, then quits", () => {
  const { face, door } = begin();
  face.handleEvent(NOW, ready());
  face.handleLine(NOW, '{"req":"a","type":"send","to":"@bob","text":"hi"}');
  face.handleLine(NOW, '{"req":"b","type":"send","to":"#lobby","text":"hi all"}');
  face.handleLine(NOW, '{"req":"c","type":"list"}');
  face.handleEnd(NOW);
  door.commands.length = 0;

  face.handleEvent(NOW, { type: "reply", req: "c", command: "list", clients: [] });
  face.handleEvent(NOW, status("queued", { req: "a", id: "1" }));
  face.handleEvent(NOW, status("queued", { req: "b", id: "2", room: "#lobby" }));
  expect(door.commands).toEqual([{ type: "who", req: "p2pchat/end #lobby", room: "#lobby" }]);
  face.handleEvent(NOW, {
    type: "reply",
    req: "p2pchat/end #lobby",
    command: "who",
    room: "#lobby",
    members: [
      member(ME, "me"),
      member(ALICE, "connected"),
      member(BOB, "gone"),
      { ...member({ name: "eve", id: peerId("ee") }, "connected"), trust: "changed" },
    ],
  });
  face.handleEvent(NOW, status("delivered", { req: "a", id: "1", by: BOB }));
  expect(door.commands).toHaveLength(1);
  face.handleEvent(NOW, status("delivered", { req: "b", id: "2", room: "#lobby", by: ALICE }));

  expect(door.commands.at(-1)).toEqual({ type: "quit" });
  expect(door.lines.join("\n")).not.toContain("p2pchat/end");
});

test("the end of input does not wait for who has left meanwhile", () => {
  const { face, door } = begin();
  face.handleEvent(NOW, ready());
  face.handleLine(NOW, '{"req":"a","type":"send","to":"#lobby","text":"hi all"}');
  face.handleEvent(NOW, status("queued", { req: "a", id: "1", room: "#lobby" }));
  face.handleEnd(NOW);
  const answer = { type: "reply", req: "p2pchat/end #lobby", command: "who" } as const;
  const members = [ALICE, BOB].map((who) => member(who, "connected"));
  face.handleEvent(NOW, { ...answer, room: "#lobby", members });

  face.handleEvent(NOW, peer(BOB, "gone"));
  expect(door.commands.at(-1)).toMatchObject({ type: "who" });
  face.handleEvent(NOW, status("delivered", { req: "a", id: "1", room: "#lobby", by: ALICE }));

  expect(door.commands.at(-1)).toEqual({ type: "quit" });
});

test("typing is not answered, and the end of input does not wait for it", () => {
  const { face, door } = begin();
  face.handleEvent(NOW, ready());
  face.handleLine(NOW, '{"req":"a","type":"typing","to":"@bob","typing":true}');
  face.handleLine(NOW, '{"req":"b","type":"list"}');

  face.handleEnd(NOW);
  face.handleEvent(NOW, { type: "error", req: "a", code: "NO_PEER", text: "There is no bob" });
  expect(door.commands.at(-1)).toMatchObject({ type: "list" });
  face.handleEvent(NOW, { type: "reply", req: "b", command: "list", clients: [] });

  expect(door.commands.at(-1)).toEqual({ type: "quit" });
});

test("what the disk refused is answered by that, and nothing more is waited for", () => {
  const { face, door } = begin();
  face.handleEvent(NOW, ready());
  for (let i = 0; i < 256; i++)
    face.handleLine(NOW, `{"req":"${i}","type":"send","to":"#a","text":"hi"}`);
  expect(face.wantsInput).toBe(false);

  for (let i = 0; i < 256; i++) {
    face.handleEvent(NOW, status("failed", { req: `${i}`, id: `lost-${i}`, room: "#a" }));
  }
  expect(face.wantsInput).toBe(true);
  face.handleEnd(NOW);

  expect(door.commands.at(-1)).toEqual({ type: "quit" });
});

test("the end of input does not wait for ever", () => {
  const { face, door } = begin();
  face.handleEvent(NOW, ready());
  face.handleLine(NOW, '{"type":"send","to":"@bob","text":"hi"}');
  face.handleEvent(NOW, status("queued"));

  face.handleEnd(NOW);
  expect(face.pollTimeout()).toBe(NOW + ENDING_MS);
  face.handleTimeout(NOW + ENDING_MS);

  expect(door.commands.at(-1)).toEqual({ type: "quit" });
});

test("an input that never was one ends nothing, a terminal's end ends at once", () => {
  const background = begin();
  background.face.handleEnd(NOW);
  const typed = begin({ stay: false, isTyped: true });
  typed.face.handleEnd(NOW);

  expect(background.door.commands).toEqual([]);
  expect(typed.door.commands).toEqual([{ type: "quit" }]);
});

test("input of which nothing was asked ends the client, too", () => {
  const wrongs: ((face: JsonFace) => void)[] = [
    (face) => face.handleLine(NOW, "nonsense"),
    (face) => face.handleWrongLine(NOW, "is too long"),
  ];
  for (const give of wrongs) {
    const { face, door } = begin();
    face.handleEvent(NOW, ready());
    give(face);

    face.handleEnd(NOW);

    expect(door.commands).toEqual([{ type: "quit" }]);
  }
});

test("with --stay the end of input ends nothing", () => {
  const { face, door } = begin({ stay: true, isTyped: false });
  face.handleEvent(NOW, ready());
  face.handleLine(NOW, '{"type":"list"}');
  face.handleEvent(NOW, { type: "reply", req: null, command: "list", clients: [] });

  face.handleEnd(NOW);

  expect(door.commands).toEqual([{ req: null, type: "list" }]);
  expect(face.pollTimeout()).toBe(Infinity);
});

test("input waits while too much is unanswered", () => {
  const { face } = begin();
  face.handleEvent(NOW, ready());

  for (let i = 0; i < 256; i++) face.handleLine(NOW, '{"type":"list"}');
  expect(face.wantsInput).toBe(false);
  face.handleEvent(NOW, { type: "reply", req: null, command: "list", clients: [] });

  expect(face.wantsInput).toBe(true);
});

test("messages are written as they came, escaped", () => {
  const { face, door } = begin();

  face.handleEvent(NOW, message(BOB, "#lobby", "\u001b[2J\u202e"));

  expect(door.lines[0]).toContain('"text":"\\u001b[2J\\u202e"');
});

const SERVER_READY = { address: "[::]:3478", id: ALICE.id, key: "k3y" };

test("the server answers programs in the client's shapes", () => {
  const door = new Recorder<ServerCommand>();
  const face = new ServerJson(door);

  door.write(readyLine(NOW, SERVER_READY));
  face.handleLine(NOW, '{"req":"a","type":"punch"}');
  face.handleEvent(NOW, { type: "reply", req: "a", command: "punch", who: ALICE, rttMs: 0 });
  face.handleLine(NOW, "nonsense");

  expect(door.commands).toEqual([{ req: "a", type: "punch" }]);
  expect(door.lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { type: "ready", role: "server", address: "[::]:3478", key: "k3y" },
    { type: "reply", req: "a", text: "punched", rttMs: 0 },
    { type: "error", req: null, code: "USAGE" },
  ]);
});

test("the server's terminal shows the line that a client types, and prompts", () => {
  const door = new Recorder<ServerCommand>();
  let prompts = 0;
  const face = new ServerPrompt({
    door,
    prompt: () => (prompts += 1),
  });
  const reachableAt = ["192.0.2.1:3478", "[2001:db8::1]:3478"];

  const about = { version: "p2pchat 0.1.0", reachableAt };
  const alone = readyText(SERVER_READY, { ...about, isAnnounced: false });
  const near = readyText(SERVER_READY, { ...about, isAnnounced: true });
  face.handleLine(NOW, "list");
  face.handleEvent(NOW, {
    type: "reply",
    req: null,
    command: "list",
    clients: [{ number: 1, name: "alice\u001b[2J", id: ALICE.id, address: SERVER }],
  });
  face.handleLine(NOW, "frob");
  face.handleLine(NOW, "help");

  expect(alone).toEqual([
    "p2pchat 0.1.0: the server introduces people and sees no messages",
    "listening on  UDP [::]:3478",
    "clients type  p2pchat client --name NAME --server '192.0.2.1:3478#k3y'",
    "or            p2pchat client --name NAME --server '[2001:db8::1]:3478#k3y'",
    "what stands after # is the key of this server: nobody else can pose as it",
    "help lists the commands",
  ]);
  expect(near.slice(2, 4)).toEqual([
    "clients type  p2pchat client --name NAME, on this network",
    "or            p2pchat client --name NAME --server '192.0.2.1:3478#k3y'",
  ]);
  expect(door.lines).toContain("  1 alice[2J 192.0.2.1:3478 a11ce000");
  expect(door.lines).toContain("Unknown command frob: see help");
  expect(door.commands).toEqual([{ type: "list", req: null }]);
  expect(prompts).toBe(3);
});
