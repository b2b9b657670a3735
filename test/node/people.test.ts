import { expect, test } from "bun:test";
import { parseIp } from "../../lib/base/address.ts";
import { acquainted, ANN, BOB, SERVER } from "./acquainted.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, shownTo, statesOf } from "./people.ts";

test("two who are introduced again and again without a path are told so once, in words", () => {
  const { net, ann } = strangers();

  net.run(120_000);

  expect(statesOf(ann, nth(1))).toEqual(["connecting", "unreachable"]);
  const told = ann.events.find((event) => event.type === "peer" && event.state === "unreachable");
  expect(told).toMatchObject({ reason: expect.stringContaining("nothing came back") as string });
});

test("who was unreachable is connected once there is a path", () => {
  const { net, ann } = strangers();
  net.run(60_000);

  net.fate = () => [10];
  net.run(30_000);

  expect(statesOf(ann, nth(1))).toEqual(["connecting", "unreachable", "connected"]);
});

test("words that arrive in one turn with the goodbye are shown", () => {
  const { net, ann, bob } = acquainted();
  const held: Uint8Array[] = [];
  net.fate = ({ from, to, bytes }) => {
    if (from !== ANN || to !== BOB) return [10];
    held.push(bytes.slice());
    return [];
  };
  ann.command({ type: "send", req: "1", to: "#lobby", text: "bye all" });
  ann.command({ type: "quit" });

  for (const bytes of held) bob.machine.handleDatagram(net.now, 0, ANN, bytes);
  net.run(1_000);

  expect(held.length).toBeGreaterThan(1);
  expect(shownTo(bob)).toEqual(["bye all"]);
  expect(statesOf(bob, nth(0)).at(-1)).toBe("gone");
});

test("what is said as soon as one is ready reaches those who are being met", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  net.run(3_000);
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  while (!bob.events.some(({ type }) => type === "ready")) net.run(1);

  bob.command({ type: "send", req: "1", to: "#lobby", text: "hello" });
  bob.command({ type: "send", req: "2", to: "#lobby", text: "again" });
  const atOnce = bob.events.filter(({ type }) => type === "status").length;
  net.run(1_000);

  expect(atOnce).toBe(0);
  expect(shownTo(ann)).toEqual(["hello", "again"]);
});

test("words for a room wait a second at most for somebody who does not come", () => {
  const { net, ann } = strangers();
  while (statesOf(ann, nth(1)).length === 0) net.run(1);

  ann.command({ type: "send", req: "1", to: "#lobby", text: "hello" });
  net.run(1_100);

  expect(ann.events.filter(({ type }) => type === "status")).toMatchObject([{ state: "queued" }]);
});

test("a change of one's addresses is shown to everybody at once", () => {
  const { net, ann } = acquainted();
  net.run(5_000);
  const seen: string[] = [];
  net.fate = ({ from, to }) => {
    if (from === ANN) seen.push(to);
    return [10];
  };

  const ip = parseIp("10.9.9.9") ?? new Uint8Array(4);
  ann.machine.handleNetwork(net.now, [{ name: "wlan0", ip, prefixBits: 24 }]);
  net.flush();

  expect(new Set(seen)).toEqual(new Set([SERVER, BOB]));
});

test("who comes into the network of somebody connected reaches them there", () => {
  const { net, ann, bob } = acquainted();
  const home = at("192.168.1.9:4000");
  interfaces(net, bob, "203.0.113.7", "192.168.1.9");
  net.run(6_000);
  // Only a new introduction tells of it.
  net.fate = ({ from, to }) => ([from, to].includes(SERVER) ? [10] : []);
  net.run(1_000);
  ann.command({ type: "send", req: "1", to: "@bob", text: "hello" });
  net.run(2_000);
  net.fate = ({ to }) => (to === home ? [] : [10]);
  net.run(5_000);

  net.detach(SERVER);
  net.attach(home, bob);
  net.fate = ({ from, to }) => ([from, to].includes(BOB) ? [] : [10]);
  interfaces(net, ann, "192.168.1.5");
  ann.command({ type: "send", req: "2", to: "@bob", text: "I am home" });
  net.run(1_000);

  expect(shownTo(bob)).toEqual(["hello", "I am home"]);
  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

test("a pin that the disk refuses is written when there is room", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  ann.store.refusing = true;
  net.run(3_000);
  const before = ann.store.serverKey("srv");

  ann.store.refusing = false;
  net.run(6_000);

  expect(before).toBeUndefined();
  expect(ann.store.serverKey("srv")).toEqual(nth(7).noise.publicKey);
});

interface Stage {
  readonly net: Net;
  readonly ann: Person;
  readonly bob: Person;
}

function interfaces(net: Net, who: Person, ...ips: readonly string[]): void {
  const found = ips.map((text) => {
    const ip = parseIp(text) ?? new Uint8Array(4);
    return { name: "eth0", ip, prefixBits: 24 };
  });
  who.machine.handleNetwork(net.now, found);
  net.flush();
}

/** Both reach the server, and nothing passes between them. */
function strangers(): Stage {
  const net = new Net(1);
  net.fate = ({ from, to }) => (from === SERVER || to === SERVER ? [10] : []);
  host(net, SERVER, nth(7));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  return { net, ann, bob };
}
