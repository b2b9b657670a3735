import { expect, test } from "bun:test";
import { compareBytes, toHex } from "../../lib/base/bytes.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";

/** More by `INTERLEAVINGS=10000`. */
const INTERLEAVINGS = Number(Bun.env["INTERLEAVINGS"] ?? 2_000);
const FIRST_SEED = Number(Bun.env["SEED"] ?? 1);

const ANN = at("198.51.100.1");
const BOB = at("203.0.113.1");

interface Pair {
  readonly net: Net;
  readonly ann: End;
  readonly bob: End;
}

/** Ann's Noise key is the lower one: where they cross, she leads. Each has now and then a word. */
function friends(seed: number): Pair {
  const net = new Net(seed);
  const hasWord = (): boolean => net.prng.chance(0.5);
  const ann = new End(net, ANN, { identity: nth(0), hasWord });
  const bob = new End(net, BOB, { identity: nth(1), hasWord });
  return { net, ann, bob };
}

/** What is wrong with the two, by the time that everything has settled. */
function faults({ net, ann, bob }: Pair): string[] {
  const found: string[] = [];
  const [ours, theirs] = [ann.connections, bob.connections];
  if (ours.length !== 1) found.push(`ann has ${ours.length} connections`);
  if (theirs.length !== 1) found.push(`bob has ${theirs.length} connections`);
  const [a, b] = [ours[0]?.session, theirs[0]?.session];
  if (a === undefined || b === undefined) return found;
  if (compareBytes(a.id, b.id) !== 0) found.push(`sessions ${toHex(a.id)} and ${toHex(b.id)}`);
  if (a.epoch !== b.epoch) found.push(`epochs ${a.epoch} and ${b.epoch}`);

  const text = `at ${net.elapsedMs}`;
  ann.say(bob, text);
  bob.say(ann, text);
  net.run(500);
  if (ann.heard.at(-1) !== text || bob.heard.at(-1) !== text) found.push("nothing is heard");
  if (ann.heard.filter((heard) => heard === text).length > 1) found.push("ann hears twice");
  if (bob.heard.filter((heard) => heard === text).length > 1) found.push("bob hears twice");
  return found;
}

/** Loses, doubles and delays handshakes and what follows, but for the last of each way. */
function disturb(net: Net, untilMs: number): void {
  net.fate = () => {
    if (net.elapsedMs > untilMs) return [10];
    if (net.prng.chance(0.25)) return [];
    const copies = net.prng.chance(0.2) ? 2 : 1;
    return Array.from({ length: copies }, () => net.prng.unit() ** 2 * 400);
  };
}

/** Introduces both as a server would, not quite at once and again. */
function introduce(both: Pair, untilMs: number): void {
  const { net, ann, bob } = both;
  const [first, second] = net.prng.chance(0.5) ? [ann, bob] : [bob, ann];
  first.call(second);
  net.run(net.prng.chance(0.3) ? 0 : net.prng.unit() * 120);
  second.call(first);
  while (net.elapsedMs < untilMs) {
    net.run(500);
    if (ann.connections.length === 0) ann.call(bob);
    if (bob.connections.length === 0) bob.call(ann);
  }
}

function eachSeed(share: number, judge: (seed: number) => string[]): void {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + INTERLEAVINGS * share; seed++) {
    const found = judge(seed);
    if (found.length > 0) throw new Error(`SEED=${seed}: ${found.join(", ")}`);
  }
}

test("two who call one another at once have one session, whatever is lost or late", () => {
  eachSeed(0.6, (seed) => {
    const both = friends(seed);
    disturb(both.net, 1_500);

    introduce(both, 2_000);
    both.net.run(25_000);

    return faults(both);
  });
}, 60_000);

test("one that starts anew in the middle is found again", () => {
  eachSeed(0.2, (seed) => {
    const both = friends(seed);
    const { net, ann, bob } = both;
    disturb(net, 1_500);
    introduce(both, net.prng.unit() * 600);

    const isAnn = net.prng.chance(0.5);
    const [address, old] = isAnn ? [ANN, ann] : [BOB, bob];
    const anew = { ...both, [isAnn ? "ann" : "bob"]: new End(net, address, old) };
    introduce(anew, net.elapsedMs + 2_000);
    net.run(25_000);

    return faults(anew);
  });
}, 60_000);

test("copies that come by three paths make one session", () => {
  eachSeed(0.1, (seed) => {
    const both = friends(seed);
    const { net, ann, bob } = both;
    const others = [at("192.168.1.2"), at("192.168.7.2")];
    for (const address of others) net.attach(address, bob);
    net.fate = () => (net.prng.chance(0.2) ? [] : [net.prng.unit() * 100]);

    ann.call(bob, BOB, ...others);
    if (net.prng.chance(0.5)) bob.call(ann);
    net.run(3_000);
    for (const address of others) net.detach(address);
    net.fate = () => [10];
    net.run(25_000);
    ann.call(bob);
    bob.call(ann);
    net.run(3_000);

    return faults(both);
  });
}, 60_000);

test("both renew their keys at once, and no message is lost or doubled", () => {
  eachSeed(0.1, (seed) => {
    const both = friends(seed);
    const { net, ann, bob } = both;
    ann.call(bob);
    net.run(1_000);
    const [a, b] = [ann.connectionTo(bob).session.id, bob.connectionTo(ann).session.id];
    disturb(net, net.elapsedMs + 1_500);

    ann.call(bob, at("203.0.113.9"), BOB);
    net.run(net.prng.unit() * 60);
    bob.call(ann, at("198.51.100.9"), ANN);
    const texts = Array.from({ length: 30 }, (_, i) => String(i));
    for (const text of texts) {
      ann.say(bob, text);
      bob.say(ann, text);
      net.run(net.prng.unit() * 100);
    }
    net.run(25_000);

    const found = faults(both);
    const kept = [ann, bob].every(({ connections }) => {
      return connections.every(({ session }) => compareBytes(session.id, a) === 0);
    });
    if (!kept || compareBytes(a, b) !== 0) found.push("the session is another");
    for (const { heard } of [ann, bob]) {
      if (heard.slice(0, texts.length).join() !== texts.join()) found.push(`heard ${heard.join()}`);
    }
    return found;
  });
}, 60_000);

test("the lower key leads: where it has called it does not answer, it calls again", () => {
  for (const both of eitherWay()) {
    const { net, ann, bob, leader } = both;

    // Ann's first calls are lost; Bob's reach her while she is calling.
    net.fate = ({ from }) => (from === ANN && net.elapsedMs < 10 ? [] : [10]);
    ann.call(bob);
    net.run(5);
    bob.call(ann);
    net.run(1_000);

    const answers = net.sent.filter((sent) => kindOf(sent) === "response");
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.every(({ to }) => to === leader.address)).toBe(true);
    expect(faults(both)).toEqual([]);
  }
});

test("who is called by a leader that goes is not kept waiting by its call", () => {
  const net = new Net(1);
  const bob = new End(net, BOB, { identity: nth(1) });
  const gone = new End(net, ANN, { identity: nth(0) });
  // The answer is lost, and who called has forgotten all of it by the next moment.
  net.fate = ({ from }) => (from === BOB ? [] : [10]);
  gone.call(bob);
  net.run(15);
  const ann = new End(net, ANN, { identity: nth(0) });
  net.fate = () => [10];

  while (net.elapsedMs < 8_000) {
    net.run(500);
    bob.call(ann);
  }

  expect(faults({ net, ann, bob })).toEqual([]);
});

test("who has not called where a call comes from answers it, and leads or not", () => {
  for (const both of eitherWay()) {
    const { net, ann, bob } = both;

    ann.call(bob, at("203.0.113.99"));
    net.run(5);
    bob.call(ann);
    net.run(25);

    const answers = net.sent.filter((sent) => kindOf(sent) === "response");
    expect(answers.map(({ from }) => from)).toEqual([ANN]);
    net.run(1_000);
    expect(faults(both)).toEqual([]);
  }
});

/** The two of them, either leading. */
function eitherWay(): (Pair & { readonly leader: End })[] {
  return ([0, 1] as const).map((first) => {
    const net = new Net(1);
    const ann = new End(net, ANN, { identity: nth(first) });
    const bob = new End(net, BOB, { identity: nth(1 - first) });
    return { net, ann, bob, leader: first === 0 ? ann : bob };
  });
}

function kindOf({ bytes }: Sent): string | undefined {
  return decodePacket(bytes)?.kind;
}
