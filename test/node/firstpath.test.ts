import { expect, test } from "bun:test";
import { PROBES_PER_INTRODUCTION } from "../../lib/paths/allowance.ts";
import { TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";

const ANN = at("198.51.100.1");
const EVE = at("198.51.100.66");
const VICTIM = at("192.0.2.1");

const kindOf = ({ bytes }: Sent) => decodePacket(bytes)?.kind;

/**
 * Ann, and Eve, all of whose datagrams come to Ann from the victim too, before they come from Eve:
 * `keeps` says which come from the victim alone.
 */
function stage(annsRank = 0) {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(annsRank) });
  const eve = new End(net, EVE, { identity: nth(1 - annsRank) });
  const forged: Sent[] = [];
  const forge = (keeps: (sent: Sent) => boolean) => {
    net.fate = (sent) => {
      if (sent.from !== EVE) return [10];
      forged.push(sent);
      net.deliver(ANN, VICTIM, sent.bytes);
      return keeps(sent) ? [] : [10];
    };
  };
  const toVictim = () => net.sent.filter(({ from, to }) => from === ANN && to === VICTIM);
  return { net, ann, eve, forged, forge, toVictim };
}

function bytesOf(sent: readonly Sent[]): number {
  return sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Nothing but what leaves on the way to a session, and challenges. */
function isHarmless(sent: Sent): boolean {
  return kindOf(sent) !== "transport" || sent.bytes.length === TRANSPORT_BYTES_MIN;
}

test.each([0, 1])(
  "a caller that calls and confirms under another's address has nothing sent there (%i)",
  (annsRank) => {
    const { net, ann, eve, forged, forge, toVictim } = stage(annsRank);
    forge((sent) => kindOf(sent) !== "initiation");

    eve.call(ann);
    net.run(200);
    for (let i = 0; i < 200; i++) ann.say(eve, "x".repeat(1_000));
    net.run(30_000);

    expect(forged.some((sent) => kindOf(sent) === "transport")).toBe(true);
    expect(ann.count("opened")).toBeGreaterThan(0);
    expect(ann.count("moved")).toBe(0);
    // What waited has left, to where the caller has shown that it is.
    expect(bytesOf(net.sent.filter(({ to }) => to === EVE))).toBeGreaterThan(10_000);
    expect(toVictim().filter((sent) => !isHarmless(sent))).toEqual([]);
    expect(bytesOf(toVictim())).toBeLessThanOrEqual(bytesOf(forged));
  },
);

test("who is said to be elsewhere, and answers from there, has nothing sent there", () => {
  const { net, ann, eve, forge, toVictim } = stage();

  forge(() => true);
  ann.call(eve, VICTIM, EVE);
  net.run(900);
  expect(ann.connections).toEqual([]);
  expect(toVictim().every((sent) => kindOf(sent) === "initiation")).toBe(true);

  forge((sent) => kindOf(sent) !== "response");
  net.run(500);
  expect(ann.connectionTo(eve).path.remote).toBe(EVE);
  for (let i = 0; i < 200; i++) ann.say(eve, "x".repeat(1_000));
  net.run(30_000);

  const calls = toVictim().filter((sent) => kindOf(sent) === "initiation");
  expect(calls.length).toBeLessThanOrEqual(PROBES_PER_INTRODUCTION);
  expect(toVictim().filter((sent) => !isHarmless(sent))).toEqual([]);
  expect(ann.count("moved")).toBe(0);
});

test.each(["calls", "is called"])(
  "new keys move nobody to where one who %s has not received",
  (how) => {
    const { net, ann, eve, forge, toVictim } = stage();
    ann.call(eve);
    net.run(1_000);

    // Eve is silent until Ann doubts the path, and then renews the keys from elsewhere.
    net.fate = () => [];
    ann.say(eve, "are you there?");
    eve.say(ann, "are you there?");
    net.run(1_000);
    expect([ann.connectionTo(eve).isDoubted, eve.connectionTo(ann).isDoubted]).toEqual([
      true,
      true,
    ]);
    forge((sent) => kindOf(sent) === "transport");
    if (how === "calls") eve.call(ann);
    else ann.call(eve, VICTIM, EVE);
    net.runUntil(() => ann.connectionTo(eve).session.epoch === 1, 2_000);
    for (let i = 0; i < 200; i++) ann.say(eve, "x".repeat(1_000));
    net.run(4_000);

    expect(ann.connectionTo(eve).session.epoch).toBe(1);
    expect(ann.connectionTo(eve).path.remote).toBe(EVE);
    expect(ann.count("moved")).toBe(0);
    expect(toVictim().filter((sent) => !isHarmless(sent))).toEqual([]);
  },
);

test("two who meet on several ways at once have their first words as soon as on one", () => {
  const { net, ann, eve } = stage();
  const [hers, anns] = [at("203.0.113.7"), at("203.0.113.8")];
  // By another way, on which each is seen at another address, everything arrives at once.
  net.fate = (sent) => {
    if (sent.to === hers) net.deliver(EVE, anns, sent.bytes);
    if (sent.to === anns) net.deliver(ANN, hers, sent.bytes);
    return sent.to === hers || sent.to === anns ? [] : [20];
  };

  ann.call(eve, EVE, hers);
  net.run(1);
  ann.say(eve, "hello");
  eve.say(ann, "hello too");
  net.run(1);

  expect([eve.heard, ann.heard]).toEqual([["hello"], ["hello too"]]);
  expect([ann.connectionTo(eve).path.remote, eve.connectionTo(ann).path.remote]).toEqual([
    hers,
    anns,
  ]);
  // The slower way's copies come, and change nothing.
  net.run(1_000);
  expect([ann.count("moved"), eve.count("moved")]).toEqual([0, 0]);
});
