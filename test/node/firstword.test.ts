import { expect, test } from "bun:test";
import { decodePacket } from "../../lib/wire/packet.ts";
import { nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";
import { host, person, type Person } from "./people.ts";

const SERVER = at("203.0.113.1");
const ANN = at("198.51.100.1");
const BOB = at("192.0.2.1");

/** One way, in ms. */
const DELAY_MS = 20;

/** Two who share no room and know nothing of one another, of whom one leads. */
function strangers(leader: "ann" | "bob") {
  const net = new Net(1);
  net.fate = () => [DELAY_MS];
  host(net, SERVER, nth(2));
  const [first, second] = leader === "ann" ? [0, 1] : [1, 0];
  const rooms: readonly string[] = [];
  const ann = person(net, ANN, { identity: nth(first), name: "ann", server: SERVER, rooms });
  const bob = person(net, BOB, { identity: nth(second), name: "bob", server: SERVER, rooms });
  net.run(2_000);
  return { net, ann, bob };
}

/** The transport packets that went to one before any came from there. */
function aheadOfTime(net: Net, from: Person, to: Person): Sent[] {
  const between = net.sent.filter((sent) => {
    const isTheirs = sent.from === to.address && sent.to === from.address;
    const isOurs = sent.from === from.address && sent.to === to.address;
    return (isOurs || isTheirs) && decodePacket(sent.bytes)?.kind === "transport";
  });
  // What has arrived by the time that something leaves.
  const heardAtMs = between.find((sent) => sent.from === to.address)?.atMs ?? Infinity;
  return between.filter(({ from: who, atMs }) => {
    return who === from.address && atMs < heardAtMs + DELAY_MS;
  });
}

/** From what one says to the other's hearing it, in ms. */
function timeToSay(net: Net, from: Person, to: Person, name: string, text: string): number {
  const startMs = net.elapsedMs;
  from.command({ type: "send", req: null, to: `@${name}`, text });
  net.runUntil(() => hears(to, text), 5_000);
  expect(hears(to, text)).toBe(true);
  return net.elapsedMs - startMs;
}

function hears({ events }: Person, text: string): boolean {
  return events.some((event) => event.type === "message" && event.text === text);
}

for (const leader of ["ann", "bob"] as const) {
  test(`a first message takes two round trips where ${leader} leads`, () => {
    const { net, ann, bob } = strangers(leader);

    expect(timeToSay(net, ann, bob, "bob", "hello")).toBe(4 * DELAY_MS);
    net.run(1_000);
    expect(timeToSay(net, ann, bob, "bob", "and again")).toBe(DELAY_MS);
    expect(timeToSay(net, bob, ann, "ann", "hello to you")).toBe(DELAY_MS);
  });
}

test("one datagram goes with an answer, no longer than what it answers, whatever waits", () => {
  const { net, ann, bob } = strangers("bob");
  for (let i = 0; i < 5; i++) ann.command({ type: "send", req: null, to: "@bob", text: `${i}` });
  // Bob's calls come twice, and again; what Ann says of her own accord does not arrive.
  net.fate = ({ from, to }) => (from === ANN && to === BOB ? [] : [DELAY_MS, DELAY_MS + 1]);
  net.run(3_000);

  const early = aheadOfTime(net, ann, bob);
  const call = net.sent.find(({ from, to }) => from === BOB && to === ANN);
  expect(early).toHaveLength(1);
  expect(early[0]?.bytes.length).toBeLessThanOrEqual(call?.bytes.length ?? 0);
  expect(hears(bob, "0")).toBe(false);

  net.fate = () => [DELAY_MS];
  net.run(20_000);
  const heard = bob.events.flatMap((event) => (event.type === "message" ? [event.text] : []));
  expect(heard).toEqual(["0", "1", "2", "3", "4"]);
});

test("a long first message takes half a round trip more, or one where the other leads", () => {
  for (const [leader, delays] of [
    ["ann", 5],
    ["bob", 6],
  ] as const) {
    const { net, ann, bob } = strangers(leader);
    expect(timeToSay(net, ann, bob, "bob", "long ".repeat(60))).toBe(delays * DELAY_MS);
  }
});

test("what is longer than that waits for the session, and so does what is for a room", () => {
  const { net, ann, bob } = strangers("bob");
  const text = "long ".repeat(60);

  ann.command({ type: "send", req: null, to: "@bob", text });
  net.run(2_000);

  expect(aheadOfTime(net, ann, bob)).toEqual([]);
  expect(hears(bob, text)).toBe(true);

  // Both come back with words for the lobby that wait.
  for (const one of [ann, bob]) one.command({ type: "join", req: null, room: "#lobby" });
  net.run(2_000);
  net.fate = () => [];
  net.run(30_000);
  ann.command({ type: "send", req: null, to: "#lobby", text: "to all" });
  net.run(1_000);
  net.sent.length = 0;
  net.fate = () => [DELAY_MS];
  net.run(30_000);

  expect(aheadOfTime(net, ann, bob)).toEqual([]);
  expect(hears(bob, "to all")).toBe(true);
});

for (const leader of ["ann", "bob"] as const) {
  test(`a word that comes thrice, late too, is heard once where ${leader} leads`, () => {
    const { net, ann, bob } = strangers(leader);
    net.fate = () => [DELAY_MS, DELAY_MS + 1, 5 * DELAY_MS, 1_000];

    ann.command({ type: "send", req: "r", to: "@bob", text: "hello" });
    net.run(20_000);

    const heard = bob.events.flatMap((event) => (event.type === "message" ? [event.text] : []));
    expect(heard).toEqual(["hello"]);
    const delivered = ann.events.filter((it) => it.type === "status" && it.state === "delivered");
    expect(delivered).toHaveLength(1);
  });
}
