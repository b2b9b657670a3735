import { expect, test } from "bun:test";
import { STEPS_MAX, Trail, Trails, TRAILS_MAX } from "../../lib/node/trails.ts";
import { peerIdOf } from "../../lib/base/ids.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");

/** Both are introduced; what ann sends to bob does not arrive. */
function halfDeaf() {
  const net = new Net(1);
  host(net, SERVER, nth(2));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.fate = ({ from, to }) => (from === ANN && to === BOB ? [] : [10]);
  return { net, ann };
}

test("who is heard and does not hear is told apart from who is silent", () => {
  const { net, ann } = halfDeaf();

  net.run(9_000);

  const told = ann.events.find((event) => event.type === "peer" && event.state === "unreachable");
  expect(told).toMatchObject({
    reason: expect.stringContaining("their datagrams arrive here, and yours do not") as string,
  });
});

test("what comes again and again is one step, where it came last, with its times", () => {
  const trail = new Trail();

  for (let i = 1; i <= 3; i += 1) trail.onCallSeen(i, BOB);
  trail.onPunchSeen(4, BOB);

  expect(trail.steps).toEqual([
    { atMs: 3, text: `a call came from ${BOB}`, times: 3 },
    { atMs: 4, text: `a search packet came from ${BOB}`, times: 1 },
  ]);
  trail.onCallSeen(5, BOB);
  expect(trail.steps).toEqual([
    { atMs: 4, text: `a search packet came from ${BOB}`, times: 1 },
    { atMs: 5, text: `a call came from ${BOB}`, times: 4 },
  ]);
  expect(trail.counts).toEqual({ calls: 0, punches: 0, callsSeen: 4, punchesSeen: 1 });
});

test("what comes in turns pushes nothing out of a story", () => {
  const trail = new Trail();
  trail.note(0, "the beginning");

  for (let i = 1; i <= 2 * STEPS_MAX; i += 1) trail.onCallSeen(i, i % 2 === 0 ? ANN : BOB);

  expect(trail.steps.map(({ text }) => text)).toContain("the beginning");
  expect(trail.steps).toHaveLength(3);
});

test("of a long story the end is kept", () => {
  const trail = new Trail();

  for (let i = 1; i <= 100; i += 1) trail.note(i, `step ${i}`);

  expect(trail.steps).toHaveLength(STEPS_MAX);
  expect(trail.steps.at(-1)?.text).toBe("step 100");
});

test("of a crowd those are remembered who were called last", () => {
  const trails = new Trails();
  const ids = Array.from({ length: TRAILS_MAX + 2 }, (_, i) => {
    return peerIdOf(new Uint8Array(32).fill(i & 255).fill(i >> 8, 0, 1));
  });
  const [first, second] = ids;
  if (first === undefined || second === undefined) throw new Error("there are two");

  for (const id of ids.slice(0, TRAILS_MAX)) trails.of(id);
  trails.of(first);
  for (const id of ids.slice(TRAILS_MAX)) trails.of(id);

  expect(trails.get(first)).toBeDefined();
  expect(trails.get(second)).toBeUndefined();
  expect(ids.filter((id) => trails.get(id) !== undefined)).toHaveLength(TRAILS_MAX);
});
