import { expect, test } from "bun:test";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, type PersonOptions, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ALICE = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");
const CAROL = at("203.0.113.3:4000");

const alice = { identity: nth(0), name: "alice", server: SERVER, asksHold: true } as const;
const bob = { identity: nth(1), name: "bob", server: SERVER } as const;
const carol = { identity: nth(2), name: "carol", server: SERVER, holds: true } as const;

/** They have met; Bob has gone, and Alice has said this to him. */
function stage(...texts: readonly string[]) {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const her = person(net, ALICE, alice);
  const him = person(net, BOB, bob);
  const third = person(net, CAROL, carol);
  net.run(6_000);
  quit(net, him);
  for (const text of texts) say(her, "@bob", text);
  return { net, her, him, third };
}

test("what is said to somebody away waits with a third, who brings it, and word of it", () => {
  const { net, her, him, third } = stage("one", "two");
  net.run(6_000);
  const held = her.events.filter((event) => event.type === "held");
  const end = quit(net, her);
  const bobs = again(net, him, bob);
  net.run(6_000);
  const heard = shownTo(bobs);
  quit(net, bobs);
  const hers = again(net, her, alice);
  net.run(6_000);

  const by = { name: "carol", id: nth(2).peerId };
  expect(held).toMatchObject([
    { req: "one", room: "@bob", by },
    { req: "two", room: "@bob", by },
  ]);
  expect(end).toMatchObject([{ who: { name: "bob" }, count: 2, held: 2, heldBy: [by] }]);
  expect(heard).toEqual(["one", "two"]);
  expect(deliveredTo(hers)).toEqual(["bob", "bob"]);
  expect(quit(net, hers)).toEqual([]);
  expect(shownTo(third)).toEqual([]);
});

test("what comes sealed from somebody who is blocked is not shown before that ends", () => {
  const { net, her, him } = stage("one");
  net.run(6_000);
  quit(net, her);
  let bobs = again(net, him, bob);
  bobs.command({ type: "block", req: "b", to: "@alice" });
  net.run(6_000);
  const whileBlocked = [shownTo(bobs), entriesOf(bobs)];
  bobs.command({ type: "unblock", req: "u", to: "@alice" });
  quit(net, bobs);
  bobs = again(net, bobs, bob);
  net.run(6_000);

  expect(whileBlocked).toEqual([[], []]);
  expect(shownTo(bobs)).toEqual(["one"]);
});

test("who blocks somebody is told what others hold for them already", () => {
  const { net, her } = stage("one", "two");
  net.run(6_000);

  her.command({ type: "block", req: "b", to: "@bob" });
  her.command({ type: "unblock", req: "u", to: "@bob" });

  const held = { count: 2, by: [{ name: "carol", id: nth(2).peerId }] };
  const told = her.events.filter(({ type }) => type === "trust");
  expect(told).toMatchObject([{ isBlocked: true, held }, { isBlocked: false }]);
  expect(told.at(-1)).not.toHaveProperty("held");
  const answers = her.events.filter(({ type }) => type === "reply");
  expect(answers).toMatchObject([{ command: "block", held }, { command: "unblock" }]);
});

test("what is sealed names nobody who can be seen outside, and is not what was said", () => {
  const { net, third } = stage("a secret that nobody else is to read");
  net.run(6_000);

  const [held] = third.store.sealed.held.values();
  const bytes = Buffer.from(held?.envelope ?? []);
  expect(held).toMatchObject({ sender: nth(0).peerId, recipient: nth(1).peerId });
  expect(bytes.includes("secret")).toBe(false);
  expect(bytes.includes(Buffer.from(nth(0).peerId, "hex"))).toBe(false);
  expect(bytes.includes("alice")).toBe(false);
});

function say(who: Person, to: string, text: string): void {
  who.command({ type: "send", req: text, to, text });
}

/** Ends the program; what it says of those for whom something waits. */
function quit(net: Net, who: Person) {
  who.command({ type: "quit" });
  net.run(100);
  net.detach(who.address);
  const bye = who.events.at(-1);
  if (bye?.type !== "bye") throw new Error("It says goodbye last");
  return bye.waiting;
}

/** The program starts once more, with what is on its disk. */
function again(net: Net, { address, store }: Person, options: PersonOptions): Person {
  return person(net, address, { ...options, store });
}

function deliveredTo({ events }: Person): (string | undefined)[] {
  return events
    .filter((event) => event.type === "status" && event.state === "delivered")
    .map((event) => (event.type === "status" ? event.by?.name : undefined));
}

/** What of Alice is on that disk. */
function entriesOf({ store }: Person) {
  return store.entries().filter(({ author }) => author === nth(0).peerId);
}
