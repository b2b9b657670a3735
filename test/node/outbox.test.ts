import { expect, test } from "bun:test";
import type { PeerCommand } from "../../lib/node/commands.ts";
import { TEXT_BYTES_MAX } from "../../lib/wire/limits.ts";
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

test("of what was taken back nothing more is said, and it stays so in a later run", () => {
  const { net, her, him, id } = regretting();
  her.command({ type: "cancel", req: "c", id });
  her.command({ type: "edit", req: "1", id, text: "secret two" });
  her.command({ type: "react", req: "2", id, emoji: "👍", on: true });
  her.command({ type: "send", req: "3", to: "@bob", text: "about it", replyTo: id });
  her.command({ type: "delete", req: "4", id });
  quit(net, her);
  const later = again(net, her, ann);
  net.run(4_000);
  later.command({ type: "edit", req: "5", id, text: "secret three" });
  later.command({ type: "send", req: "6", to: "@bob", text: "about it", replyTo: id });
  say(later, "@bob", "something else");

  const back = again(net, him, bob);
  net.run(8_000);

  const errors = [...errorsOf(her), ...errorsOf(later)];
  expect(errors.map(({ req, code }) => `${req} ${code}`)).toEqual(
    ["1", "2", "3", "4", "5", "6"].map((req) => `${req} REFUSED`),
  );
  expect(new Set(errors.map(({ text }) => text))).toEqual(
    new Set(["This message was cancelled before it went out: nobody else has it"]),
  );
  expect(shownTo(back)).toEqual(["something else"]);
  expect(back.store.entries()).toHaveLength(1);
});

test("what is asked for at once with the taking back comes too late", () => {
  const { net, her, him, id } = regretting();
  together(net, her, [
    { type: "edit", req: "1", id, text: "secret two" },
    { type: "send", req: "2", to: "@bob", text: "about it", replyTo: id },
    { type: "send", req: "3", to: "@bob", text: "something else" },
    { type: "cancel", req: "c", id },
  ]);

  const back = again(net, him, bob);
  net.run(8_000);

  // The edit was first: it has changed what was then taken back.
  expect(errorsOf(her)).toMatchObject([{ req: "2", code: "REFUSED" }]);
  expect(shownTo(back)).toEqual(["something else"]);
});

test("an answer to one's own message is overtaken by nothing that is said after it", () => {
  const { net, her, him, id } = regretting();
  const answer = { type: "send", to: "@bob", replyTo: id } as const;
  together(net, her, [
    { ...answer, req: "1", text: "one" },
    { type: "send", req: "2", to: "@bob", text: "two" },
    { ...answer, req: "3", text: "three" },
    { type: "send", req: "4", to: "@bob", text: "four" },
  ]);

  const back = again(net, him, bob);
  net.run(8_000);

  expect(shownTo(back)).toEqual(["secret", "one", "two", "three", "four"]);
});

test("who ends before it is known whether a message stands has changed nothing of it", () => {
  const { net, her, him, id } = regretting();
  together(net, her, [
    { type: "edit", req: "1", id, text: "secret two" },
    { type: "send", req: "2", to: "@bob", text: "about it", replyTo: id },
    { type: "send", req: "3", to: "@bob", text: "something else" },
    { type: "quit" },
  ]);
  again(net, her, ann);

  const back = again(net, him, bob);
  net.run(8_000);

  expect(errorsOf(her)).toMatchObject([
    { req: "2", code: "INTERNAL" },
    { req: "1", code: "INTERNAL" },
  ]);
  expect(shownTo(back)).toEqual(["secret", "something else"]);
});

test("what nobody can have yet is deleted without a trace, and is not counted at the end", () => {
  const { net, her, him, id } = regretting();
  her.command({ type: "delete", req: "d", id });
  her.command({ type: "delete", req: "again", id });
  say(her, "@bob", "another secret");
  const second = her.events.find((event) => event.type === "status" && event.req !== "secret");
  const other = second?.type === "status" ? second.id : "";
  together(net, her, [{ type: "delete", req: "e", id: other }, { type: "quit" }]);
  net.run(100);
  net.detach(her.address);
  again(net, her, ann);

  const back = again(net, him, bob);
  net.run(8_000);

  expect(her.events.filter((event) => event.type === "reply")).toMatchObject([
    { req: "d", command: "cancel", id },
    { req: "e", command: "cancel", id: other },
  ]);
  expect(errorsOf(her)).toMatchObject([{ req: "again", code: "REFUSED" }]);
  expect(her.events.at(-1)).toEqual({ type: "bye", waiting: [] });
  expect(shownTo(back)).toEqual([]);
  expect(back.store.entries()).toEqual([]);
});

test("other words that are too many are refused, and what waits stays as it was", () => {
  const { net, her, him, id } = regretting();
  her.command({ type: "edit", req: "1", id, text: "x".repeat(TEXT_BYTES_MAX + 1) });
  her.command({ type: "edit", req: "2", id, text: "" });

  const back = again(net, him, bob);
  net.run(8_000);

  expect(errorsOf(her)).toMatchObject([
    { req: "1", code: "USAGE" },
    { req: "2", code: "USAGE" },
  ]);
  expect(shownTo(back)).toEqual(["secret"]);
});

test("what the other one may have is followed by its deletion", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const [her, him] = [person(net, ANN, ann), person(net, BOB, bob)];
  net.run(6_000);
  say(her, "@bob", "secret");
  net.run(1_000);
  const id = her.events.find((event) => event.type === "status")?.id ?? "";
  her.command({ type: "delete", req: "d", id });
  net.run(1_000);

  expect(him.events.filter(({ type }) => type === "deleted")).toMatchObject([{ id }]);
  const told = her.events.filter((event) => event.type === "status" && event.req === "d");
  expect(told).toMatchObject([{ state: "queued" }, { state: "sent" }, { state: "delivered" }]);
});

test("too many words that wait for one answer of the disk are refused", () => {
  const { net, her, id } = regretting();
  const answer = { type: "send", to: "@bob", text: "so", replyTo: id } as const;
  together(
    net,
    her,
    Array.from({ length: 1025 }, (_, i) => ({ ...answer, req: `${i}` })),
  );
  net.run(1_000);

  expect(errorsOf(her)).toMatchObject([{ req: "1024", code: "QUEUED" }]);
  expect(quit(net, her)).toMatchObject([{ count: 1025 }]);
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

/** Ann has said "secret" to Bob, who is away, and nothing else has been said. */
function regretting() {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const [her, him] = [person(net, ANN, ann), person(net, BOB, bob)];
  net.run(6_000);
  quit(net, him);
  say(her, "@bob", "secret");
  net.run(1_000);
  const said = her.events.find((event) => event.type === "status");
  return { net, her, him, id: said?.id ?? "" };
}

/** In one turn. */
function together(net: Net, { machine }: Person, commands: readonly PeerCommand[]): void {
  for (const command of commands) machine.handleCommand(net.now, command);
  net.flush();
}

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

test("a name is looked for as long at a server that has just come", () => {
  const net = new Net(1);
  const her = person(net, ANN, ann);
  say(her, "@bob", "hello");
  net.run(1_500);
  host(net, SERVER, nth(7));
  net.run(2_000);

  const him = person(net, BOB, bob);
  net.run(3_000);

  expect(shownTo(him)).toEqual(["hello"]);
  expect(errorsOf(her)).toEqual([]);
});
