import { expect, test } from "bun:test";
import type { WhyEvent } from "../../lib/node/whyevents.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");

/** Both are introduced; `isCut` drops what ann sends to bob. */
function two(isCut: boolean) {
  const net = new Net(1);
  host(net, SERVER, nth(2));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.fate = ({ from, to }) => (isCut && from === ANN && to === BOB ? [] : [10]);
  net.run(9_000);
  return { net, ann, bob };
}

function why(asker: Person, to: string): WhyEvent | undefined {
  asker.command({ type: "why", req: "w", to });
  return asker.events.findLast((it) => it.type === "reply" && it.command === "why");
}

test("of somebody connected the path is told, and how it came about", () => {
  const { ann } = two(false);

  const told = why(ann, "@bob");

  expect(told).toMatchObject({ req: "w", who: { name: "bob" }, state: "connected", next: null });
  expect(told?.text).toBe(`connected over the local network, at ${BOB}`);
  expect(told?.path).toMatchObject({ kind: "lan", remote: BOB });
  const steps = told?.tried.map(({ text }) => text) ?? [];
  expect(steps[0]).toBe("introduced by the server; 1 address to try");
  expect(steps.at(-1)).toBe(`connected, over the local network at ${BOB}`);
});

test("of somebody out of reach the cause is told, what went both ways, and what to do", () => {
  const { ann, bob } = two(true);

  const [anns, bobs] = [why(ann, "@bob"), why(bob, "@ann")];

  expect(anns).toMatchObject({ state: "unreachable", path: null, expected: "unknown" });
  expect(anns?.text).toContain("their datagrams arrive here, and yours do not arrive there");
  expect(anns?.next).toContain("firewall");
  expect(anns?.you.calls).toBeGreaterThan(5);
  expect(anns?.you.callsSeen).toBeGreaterThan(5);
  expect(bobs?.you.callsSeen).toBe(0);
  // What the other says of itself is as old as the last introduction.
  expect(bobs?.they.callsSeen).toBeGreaterThan(2);
  expect(bobs?.they.calls).toBeGreaterThan(2);
  expect(anns?.they).toMatchObject({ punches: 0, callsSeen: 0 });
  expect(bobs?.text).toContain("your datagrams arrive there, and theirs do not arrive here");
});

test("what was seen of somebody before they were lost says nothing of where they are now", () => {
  const { net, ann } = two(false);
  expect(why(ann, "@bob")?.you.callsSeen).toBeGreaterThan(0);

  net.detach(BOB);
  ann.command({ type: "send", req: null, to: "@bob", text: "are you there?" });
  net.run(50_000);

  const told = why(ann, "@bob");
  expect(told?.state).toBe("unreachable");
  expect(told?.text).toContain("nothing came back from the one address they are known at");
  expect(told?.you.calls).toBeGreaterThan(5);
  expect(told?.you.callsSeen).toBe(0);
  expect(told?.they.calls).toBeNull();
});

test("of somebody whom the local network announces no introduction is told", () => {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: undefined });
  const bob = new End(net, BOB, { identity: nth(1), name: "bob" });
  net.detach(BOB);
  ann.machine.handleFound(net.now, { kind: "peer", card: bob.endpoint.card, address: BOB });
  net.run(1_000);

  const told = why(ann, "@bob");

  expect(told).toMatchObject({ state: "connecting", next: null });
  expect(told?.text).toBe("being called; nobody has introduced them");
});

test("of somebody who left it is told that, and that what is written is kept", () => {
  const { net, ann, bob } = two(false);
  bob.command({ type: "quit" });
  net.run(1_000);

  const told = why(ann, "@bob");

  expect(told).toMatchObject({ state: "gone", text: "gone: left" });
  expect(told?.next).toContain("kept");
});

test.each([
  ["@nobody", "NO_PEER"],
  ["@bob~ffff", "NO_PEER"],
  ["#lobby", "USAGE"],
])("of %s nothing can be told", (to, code) => {
  const { ann } = two(false);

  ann.command({ type: "why", req: "w", to });

  expect(ann.events.at(-1)).toMatchObject({ type: "error", req: "w", code });
});

test("what came of a meeting is kept beside what was expected, once", () => {
  const [reached, missed] = [two(false), two(true)];
  missed.net.run(60_000);

  expect(reached.ann.store.meetings).toMatchObject([
    { peer: nth(1).peerId, expected: "unknown", outcome: "lan", technique: "call" },
  ]);
  expect(missed.ann.store.meetings).toMatchObject([{ outcome: "none" }]);
  expect(missed.ann.store.meetings[0]?.tookMs).toBeGreaterThan(5_000);
});
