/** What the plain face tells of people, of oneself, of its commands and of exports. */
import { expect, test } from "bun:test";
import type { PeerEvent } from "../../lib/node/events.ts";
import { ALICE, BOB, DIRECT, ME, member, NOW } from "../contract/events.ts";
import { plainly } from "./plainly.ts";

function begin() {
  const { face, door } = plainly();
  const told = (step: () => void): readonly string[] => {
    door.lines.length = 0;
    step();
    return door.lines;
  };
  return {
    door,
    tell: (event: PeerEvent) => told(() => face.handleEvent(NOW, event)),
    type: (line: string) => told(() => face.handleLine(NOW, line)),
  };
}

const WHOIS = { type: "reply", req: "1", command: "whois" } as const;

test("who somebody is: how they are reached, the whole id, and what one thinks of it", () => {
  const { tell } = begin();
  const bob = member(BOB, "connected");

  expect(tell({ ...WHOIS, member: bob, path: DIRECT, rooms: ["#dev", "#lobby"] })).toEqual([
    "14:02 * bob: connected, direct, 41 ms",
    `  id ${BOB.id}`,
    "  known from before; you have not compared keys",
    "  in #dev, #lobby with you",
  ]);
  const seen = { lastSeenMs: NOW - 86_400_000, trust: "verified", isBlocked: true } as const;
  expect(
    tell({ ...WHOIS, member: { ...member(ALICE, "gone"), ...seen }, path: null, rooms: [] }),
  ).toEqual([
    "14:02 * alice: gone, last seen 2026-11-21 14:02",
    `  id ${ALICE.id}`,
    "  verified: you have compared keys",
    "  blocked: nothing goes to them or comes from them",
    "  in no room that you are in",
  ]);
});

test("that somebody is looked for again is told, or that they are there", () => {
  const { tell } = begin();
  const retry = { type: "reply", req: "1", command: "retry", who: BOB } as const;

  expect(tell({ ...retry, isConnected: false })).toEqual([
    "14:02 * looking for bob again; /why bob says how it goes",
  ]);
  expect(tell({ ...retry, isConnected: true })).toEqual([
    "14:02 * bob is connected already; /why bob says how",
  ]);
});

test("which process it is, who looks at it, and where the page is", () => {
  const { tell } = begin();
  const about = {
    pid: 17,
    profile: "work",
    dataDirectory: "/d\u202e",
    server: null,
    isMapped: true,
    me: ME,
    version: "0.1.0",
    sinceMs: NOW,
  };
  const node = { type: "reply", req: "1", command: "node", ...about } as const;
  const faces = [
    { kind: "full-screen", sinceMs: NOW },
    { kind: "we\u202eb", sinceMs: NOW - 86_400_000 },
  ];

  expect(tell({ ...node, faces })).toEqual([
    "14:02 * me, profile work: process 17, p2pchat 0.1.0, since 14:02",
    "  its data is in /d",
    "  full-screen since 14:02",
    "  web since 2026-11-21 14:02",
  ]);
  expect(tell({ ...node, faces: [] }).at(-1)).toBe("  nobody looks at it");
  const web = { type: "reply", req: "1", command: "web", url: "http://127.0.0.1:4/#t" } as const;
  expect(tell(web)).toEqual([
    "14:02 * open this in a browser on this machine, where it lets you in once:",
    "  http://127.0.0.1:4/#t",
  ]);
  expect(tell({ type: "draft", req: null, room: "#lobby", text: "so far", replyTo: null })).toEqual(
    [],
  );
});

test("/id tells one's whole id", () => {
  const lines = begin().type("/id");

  expect(lines[0]).toBe("14:02 * you are me");
  expect(lines[1]).toBe(`  id ${ME.id}`);
});

test("/help of a command or a word is about that alone", () => {
  const { type } = begin();

  expect(type("/help whois")).toEqual([
    "  /whois WHO  who somebody is: their whole id, what you think of it, and how they are reached",
  ]);
  const invitations = type("/help invite");
  expect(invitations).toHaveLength(1);
  const many = type("/help private");
  expect(many.length).toBeGreaterThan(1);
  for (const line of many) expect(line).toMatch(/private/i);
  expect(type("/help frob\u202enicate")).toEqual([
    "14:02 ! Nothing is said of frobnicate: /help lists the commands",
  ]);
});

test("an export is asked for, and told of when it is done or cannot be", () => {
  const { door, type } = begin();
  const end = (result: Parameters<NonNullable<typeof door.exported>["end"]>[0]) => {
    door.lines.length = 0;
    door.exported?.end(result);
    return door.lines.map((line) => line.slice("00:00 ".length));
  };

  expect(type("/export talk.md")).toEqual([]);
  expect(door.exported?.asked).toEqual({ place: "#lobby", file: "talk.md" });
  expect(end({ messages: 1, damaged: 0 })).toEqual(["* written to talk.md: 1 message of #lobby"]);
  expect(end({ messages: 0, damaged: 2 })).toEqual([
    "* written to talk.md: 0 messages of #lobby; 2 messages cannot be read any more",
  ]);
  expect(end({ fault: "Cannot make it: \u001b[2Jno" })).toEqual(["! Cannot make it: [2Jno"]);
});
