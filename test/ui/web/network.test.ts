import { expect, test } from "bun:test";
import { View } from "../../../lib/contract/view.ts";
import { DRAWN_MAX, FAR, layoutOf, tieOf } from "../../../lib/ui/web/network/layout.ts";
import { serverWords, undrawnWords } from "../../../lib/ui/web/network/networkwords.ts";
import { noticeOf } from "../../../lib/ui/web/notices/noticeof.ts";
import { ALICE, BOB, DIRECT, message, peer, peerId } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

const CAROL = { name: "carol", id: peerId("ca201") };

function met(...events: Parameters<View["handleEvent"]>[0][]): View {
  const view = new View([]);
  for (const event of events) view.handleEvent(event);
  return view;
}

test("who is carried stands behind who carries, and everybody has a place of their own", () => {
  const path = { ...DIRECT, kind: "relay", via: BOB } as const;
  const carried = { ...peer(CAROL, "connected"), path };
  const people = met(peer(BOB, "connected"), peer(ALICE, "connecting"), carried).peopleCalled("#");
  const placed = layoutOf(people);
  const [bob, carol] = [BOB, CAROL].map(({ id }) =>
    placed.find(({ person }) => person.who.id === id),
  );

  expect(people.map(tieOf).toSorted()).toEqual(["carried", "direct", "trying"]);
  expect(carol?.from).toEqual(bob?.at);
  expect(Math.hypot(carol?.at.x ?? 0, carol?.at.y ?? 0)).toBeCloseTo(FAR);
  expect(new Set(placed.map(({ at }) => `${at.x} ${at.y}`)).size).toBe(3);
});

/** The smaller angle between two, in radians. */
function turn(a: number, b: number): number {
  return Math.abs(Math.atan2(Math.sin(a - b), Math.cos(a - b)));
}

test("nobody hides another, and no line to somebody who is far goes behind who is near", () => {
  for (const [near, carried, far] of [
    [1, 0, 1],
    [2, 0, 1],
    [2, 0, 3],
    [4, 2, 3],
    [3, 3, 3],
    [6, 0, 4],
  ] as const) {
    const crowd = Array.from({ length: near + carried + far }, (_, i) => {
      const told = peer(crowdOf(i), i < near + carried ? "connected" : "gone");
      if (i < near || i >= near + carried) return told;
      return { ...told, path: { ...DIRECT, kind: "relay", via: crowdOf(i % near) } } as const;
    });
    const placed = layoutOf(met(...crowd).peopleCalled("#"));
    const at = (some: typeof placed) => some.map((one) => Math.atan2(one.at.y, one.at.x));
    const nearby = at(placed.filter(({ tie }) => tie === "direct"));
    const outside = at(placed.filter(({ tie }) => tie !== "direct"));
    const alone = at(placed.filter(({ tie }) => tie === "none"));
    expect(placed).toHaveLength(near + carried + far);
    for (const [i, one] of outside.entries()) {
      for (const other of outside.slice(i + 1)) expect(turn(one, other)).toBeGreaterThan(0.45);
    }
    for (const one of alone) {
      for (const other of nearby) expect(turn(one, other)).toBeGreaterThan(0.3);
    }
  }
});

function crowdOf(i: number) {
  return { name: `p${i}`, id: peerId((i + 1).toString(16).padStart(4, "0")) };
}

test("everybody stands in the picture, of a crowd so many as it has place for", () => {
  const crowd = Array.from({ length: 60 }, (_, i) => {
    return peer(crowdOf(i), "connected");
  });
  const placed = layoutOf(met(...crowd).peopleCalled("#"));
  expect(placed.length).toBe(DRAWN_MAX);
  for (const { at } of placed) expect(Math.hypot(at.x, at.y)).toBeLessThan(1);
});

test("it is said how one stands with the server, and what is known of one's router", () => {
  const stage = PageStage.ready();
  const { standing } = stage.model;
  expect(serverWords(standing)).toStartWith("192.0.2.1:3478, ");
  const sentence = "Nothing is known of the router yet.";
  stage.tell({ type: "nat", nat: null, text: sentence });
  expect(standing).toMatchObject({ nat: undefined, natText: sentence });

  const told = (["looking", "silent", "none", "connected", "lost", "replaced"] as const).map(
    (server) => serverWords({ server, address: undefined, rttMs: undefined }),
  );
  expect(new Set(told).size).toBe(told.length);
});

test("of those who have no place in the picture the number is told", () => {
  expect(undrawnWords(DRAWN_MAX, DRAWN_MAX)).toBe("");
  expect(undrawnWords(DRAWN_MAX + 3, DRAWN_MAX)).toBe("and 3 more, who are listed below");
});

test("a notice says who wrote and where, and on request nothing of what", () => {
  const { model } = PageStage.ready();
  const event = message(BOB, "#lobby", "a \u202esecret\nword");
  const where = model.conversations.at("#lobby");
  const words = { title: "bob in #lobby", body: "a secret word" };
  expect(noticeOf(model, where, event, false)).toEqual(words);
  expect(noticeOf(model, where, event, true)).toEqual({ title: "bob in #lobby", body: "" });
  const long = noticeOf(model, where, { ...event, text: "x".repeat(1000) }, false);
  expect(long.body.length).toBeLessThan(200);
});
