import { expect, test } from "bun:test";
import type { PeerEvent } from "../../../lib/node/events.ts";
import { rttGraph } from "../../../lib/ui/web/people/rttgraph.ts";
import {
  KEPT_MS,
  MEASURED_MAX,
  RttHistory,
  SAMPLES_MAX,
} from "../../../lib/ui/web/people/rtthistory.ts";
import { ROUND_MAX } from "../../../lib/ui/web/people/rounds.ts";
import { ALICE, BOB, DIRECT, member, NOW, peer, peerId } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

function whois(req: string | null, rttMs: number): PeerEvent {
  const path = { ...DIRECT, rttMs };
  const rest = { member: member(BOB, "connected"), path, rooms: ["#lobby"] };
  return { type: "reply", req, command: "whois", ...rest };
}

function asksFor(stage: PageStage, type: "whois" | "why"): readonly string[] {
  return stage.asked.flatMap((one) => (one.type === type ? [one.to] : []));
}

test("what was measured is forgotten after five minutes, and by number", () => {
  const history = new RttHistory();
  history.note(NOW, BOB.id, 5);
  history.note(NOW + KEPT_MS - 1, BOB.id, 6);
  expect(history.of(BOB.id, NOW + KEPT_MS)).toEqual([{ atMs: NOW + KEPT_MS - 1, rttMs: 6 }]);

  for (let i = 0; i < SAMPLES_MAX + 5; i++) history.note(NOW + i, BOB.id, i);
  const kept = history.of(BOB.id, NOW + SAMPLES_MAX + 5);
  expect([kept.length, kept[0]?.rttMs]).toEqual([SAMPLES_MAX, 5]);
});

test("of too many people whoever was measured longest ago has no past", () => {
  const history = new RttHistory();
  history.note(NOW, BOB.id, 1);
  history.note(NOW, ALICE.id, 1);
  history.note(NOW + 1, BOB.id, 1);
  for (let i = 0; i < MEASURED_MAX - 1; i++) history.note(NOW + 2, peerId(`${10 + i}`), 1);
  expect(history.size).toBe(MEASURED_MAX);
  expect(history.of(ALICE.id, NOW + 2)).toEqual([]);
  expect(history.of(BOB.id, NOW + 2)).toHaveLength(2);
});

test("a clock that was put back leaves nothing of the future", () => {
  const history = new RttHistory();
  history.note(NOW, BOB.id, 1);
  expect(history.of(BOB.id, NOW - 1000)).toEqual([]);
});

test("a graph is broken off where there was no connection, or nobody asked", () => {
  const at = (seconds: number, rttMs?: number) => ({ atMs: NOW + seconds * 1000, rttMs });
  const samples = [at(0, 10), at(10, 30), at(20), at(22, 20), at(80, 40)];
  const graph = rttGraph(samples, NOW + 100_000);
  expect(graph?.lines.map((line) => line.length)).toEqual([2, 1, 1]);
  expect(graph?.topMs).toBe(50);
  expect(graph?.lines[0]?.[1]).toEqual({ x: 1 - 90 / 300, y: 1 - 30 / 50 });
  expect(graph?.text).toContain("10 ms to 40 ms, last 40 ms, broken off 2 times");
  expect(rttGraph([at(0)], NOW)).toBeUndefined();
});

test("who is looked at is asked about every two seconds, and why every six", () => {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"));
  stage.model.show({ kind: "person", id: BOB.id });
  stage.pass(0);
  expect([asksFor(stage, "whois"), asksFor(stage, "why")]).toEqual([["@bob"], ["@bob"]]);

  stage.tell(whois(stage.last("whois").req, 7));
  expect(stage.model.rounds.about(BOB.id).whois?.rooms).toEqual(["#lobby"]);
  expect(stage.model.rounds.rtts.of(BOB.id, stage.now).at(-1)?.rttMs).toBe(7);
  for (let i = 0; i < 6; i++) stage.pass(1000);
  expect([asksFor(stage, "whois").length, asksFor(stage, "why").length]).toEqual([4, 2]);
});

test("nobody is looked at while the page is not seen", () => {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "gone"));
  stage.model.show({ kind: "person", id: BOB.id });
  stage.model.rounds.isVisible = false;
  for (let i = 0; i < 30; i++) stage.pass(1000);
  expect(asksFor(stage, "whois")).toEqual([]);
});

test("everybody who is connected is asked about every ten seconds, up to a number", () => {
  const stage = PageStage.ready();
  const people = Array.from({ length: ROUND_MAX + 3 }, (_, i) => {
    return { name: `p${i}`, id: peerId(`${100 + i}`) };
  });
  for (const who of people) stage.tell(peer(who, "connected"));
  stage.tell(peer(BOB, "unreachable"));
  for (let i = 0; i < 10; i++) stage.pass(1000);
  const asked = asksFor(stage, "whois");
  expect(asked).toHaveLength(ROUND_MAX);
  expect(asked).not.toContain("@bob");
});
