import { expect, test } from "bun:test";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, type PersonOptions, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");

const ann = { identity: nth(0), name: "ann", server: SERVER } as const;
const bob = { identity: nth(1), name: "bob", server: SERVER } as const;

test("what is said to somebody away outlives both programs, and comes once, in order", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  let [her, him] = [person(net, ANN, ann), person(net, BOB, bob)];
  net.run(6_000);
  quit(net, him);
  say(her, "@bob", "one", "two");
  net.run(1_000);

  const firstEnd = quit(net, her);
  her = again(net, her, ann);
  net.run(4_000);
  // She knows him by the card of the run before alone.
  say(her, "@bob", "three");
  net.run(1_000);
  const secondEnd = quit(net, her);
  him = again(net, him, bob);
  net.run(4_000);
  const early = shownTo(him);
  her = again(net, her, ann);
  net.run(8_000);
  const lastEnd = quit(net, her);

  const who = { name: "bob", id: nth(1).peerId };
  const free = { isBarred: false, isBlocked: false, held: 0, heldBy: [] };
  expect(firstEnd).toEqual([{ who, count: 2, ...free }]);
  expect(secondEnd).toEqual([{ who, count: 3, ...free }]);
  expect(early).toEqual([]);
  expect(shownTo(him)).toEqual(["one", "two", "three"]);
  expect(statesOf(her)).toEqual(["delivered", "delivered", "delivered"]);
  expect(lastEnd).toEqual([]);
});

test("what waits for somebody who is blocked is not sent, and the end says so", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  let [her, him] = [person(net, ANN, ann), person(net, BOB, bob)];
  net.run(6_000);
  quit(net, him);
  say(her, "@bob", "one");
  her.command({ type: "block", req: "b", to: "@bob" });
  net.run(1_000);

  const end = quit(net, her);
  her = again(net, her, ann);
  him = again(net, him, bob);
  net.run(8_000);
  const whileBlocked = shownTo(him);
  her.command({ type: "unblock", req: "u", to: "@bob" });
  net.run(30_000);

  expect(end).toMatchObject([{ count: 1, isBarred: true, isBlocked: true }]);
  expect(whileBlocked).toEqual([]);
  expect(shownTo(him)).toEqual(["one"]);
});

test("what waits is taken back in a later run, and the rest arrives without it", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  let [her, him] = [person(net, ANN, ann), person(net, BOB, bob)];
  net.run(6_000);
  quit(net, him);
  for (const text of ["one", "two", "three"]) {
    say(her, "@bob", text);
    net.run(1_000);
  }
  const id = her.events.find((event) => event.type === "status" && event.req === "two");
  const second = id?.type === "status" ? id.id : "";
  quit(net, her);
  her = again(net, her, ann);
  net.run(4_000);

  her.command({ type: "cancel", req: "c1", id: second });
  net.run(100);
  her.command({ type: "cancel", req: "c2", id: second });
  net.run(100);
  him = again(net, him, bob);
  net.run(8_000);

  expect(her.events.filter((event) => event.type === "reply")).toMatchObject([
    { req: "c1", command: "cancel", id: second },
  ]);
  expect(errorsOf(her)).toMatchObject([{ req: "c2", code: "REFUSED" }]);
  expect(her.events.find((event) => event.type === "status")).toMatchObject({
    id: second,
    state: "failed",
    reason: "cancelled",
  });
  expect(shownTo(him)).toEqual(["one", "three"]);
  expect(quit(net, her)).toEqual([]);
});

test("what is said to a name that nobody has heard of is refused, and not kept", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const her = person(net, ANN, ann);
  net.run(3_000);

  say(her, "@dave", "hello");
  net.run(2_900);
  const early = errorsOf(her);
  net.run(200);

  expect(early).toEqual([]);
  expect(errorsOf(her)).toMatchObject([{ req: "hello", code: "NO_PEER" }]);
  expect(statesOf(her)).toEqual([]);
  expect(quit(net, her)).toEqual([]);
});

test("who ends while a name is looked for is told that what was said is not kept", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const her = person(net, ANN, ann);
  net.run(3_000);
  say(her, "@dave", "hello");

  const end = quit(net, her);

  expect(errorsOf(her)).toMatchObject([{ req: "hello", code: "NO_PEER" }]);
  expect(end).toEqual([]);
});

test("without a server that could be asked for a name, that is what is said", () => {
  const net = new Net(1);
  const her = person(net, ANN, ann);
  net.run(3_000);

  say(her, "@dave", "hello");
  net.run(3_100);

  expect(errorsOf(her)).toMatchObject([{ req: "hello", code: "NO_SERVER" }]);
});

function say(who: Person, to: string, ...texts: readonly string[]): void {
  for (const text of texts) who.command({ type: "send", req: text, to, text });
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

function statesOf({ events }: Person): string[] {
  return events
    .filter((event) => event.type === "status")
    .map(({ state }) => state)
    .filter((state) => state !== "queued" && state !== "sent");
}

function errorsOf({ events }: Person) {
  return events.filter((event) => event.type === "error");
}
