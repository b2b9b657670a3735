import { expect, test } from "bun:test";
import { decodeCard } from "../../lib/wire/card.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { acquainted, ANN, BOB, SERVER } from "./acquainted.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, shownTo, statesOf } from "./people.ts";

const EVE = at("203.0.113.3:4000");

/** What Ann knows after a run in which she met Bob. */
function metBob(): { net: Net; store: MemoryStore } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  ann.command({ type: "quit" });
  bob.command({ type: "quit" });
  net.run(1_000);
  return { net, store };
}

/** Somebody else comes under Bob's name. */
function impostor(): { net: Net; store: MemoryStore; ann: Person; eve: Person } {
  const { net, store } = metBob();
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  const eve = person(net, EVE, { identity: nth(5), name: "bob", server: SERVER });
  net.run(3_000);
  return { net, store, ann, eve };
}

const LABEL = `bob~${nth(5).peerId.slice(0, 8)}`;

function errorsOf({ events }: Person): string[] {
  return events.filter((event) => event.type === "error").map(({ code }) => code);
}

function trustOf({ events }: Person): string[] {
  return events.filter((event) => event.type === "trust").map(({ trust }) => trust);
}

test("who comes under a known name is told of at once, and gets nothing before a decision", () => {
  const { net, ann, eve } = impostor();

  ann.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  ann.command({ type: "send", req: "2", to: `@${LABEL}`, text: "secret" });
  ann.command({ type: "send", req: "3", to: "#lobby", text: "to the room" });
  eve.command({ type: "send", req: "4", to: "@ann", text: "it is me" });
  net.run(3_000);

  expect(trustOf(ann)).toEqual(["changed"]);
  expect(statesOf(ann, nth(5)).at(-1)).toBe("connected");
  expect(errorsOf(ann)).toEqual(["UNTRUSTED", "UNTRUSTED"]);
  expect(shownTo(eve)).toEqual([]);
  expect(shownTo(ann)).toEqual(["it is me"]);
});

/** Somebody comes under Bob's name in the run in which Ann has met him first. */
function impostorAtOnce(): { net: Net; store: MemoryStore; ann: Person; bob: Person; eve: Person } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  ann.command({ type: "send", req: "0", to: "@bob", text: "hi" });
  net.run(3_000);
  bob.command({ type: "quit" });
  net.run(1_000);
  const eve = person(net, EVE, { identity: nth(5), name: "bob", server: SERVER });
  net.run(3_000);
  return { net, store, ann, bob, eve };
}

/** What is thought of those whom Ann has met, in her client and on her disk. */
function opinionsOf(ann: Person, store: MemoryStore): Map<string, readonly (string | undefined)[]> {
  const inMemory = (id: string): string | undefined => {
    const told = ann.events.flatMap((event) => {
      return (event.type === "peer" || event.type === "trust") && event.who.id === id
        ? [event.trust]
        : [];
    });
    return told.at(-1);
  };
  const kept = store.restoreAll().people.map(({ card, trust }) => {
    const id = decodeCard(card)?.peerId ?? "";
    return [id, [inMemory(id), trust]] as const;
  });
  return new Map(kept);
}

test("who comes under the name of somebody just met is told of, and gets nothing", () => {
  const { net, store, ann, bob, eve } = impostorAtOnce();

  ann.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  ann.command({ type: "send", req: "2", to: `@${LABEL}`, text: "secret" });
  ann.command({ type: "send", req: "3", to: "#lobby", text: "to the room" });
  net.run(3_000);
  const opinions = opinionsOf(ann, store);
  ann.command({ type: "quit" });
  net.run(1_000);
  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);
  again.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  again.command({ type: "send", req: "2", to: "#lobby", text: "to the room" });
  net.run(3_000);

  expect(trustOf(ann)).toEqual(["changed"]);
  expect(errorsOf(ann)).toEqual(["UNTRUSTED", "UNTRUSTED"]);
  expect(trustOf(again)).toEqual(["changed"]);
  expect(errorsOf(again)).toEqual(["UNTRUSTED"]);
  expect(shownTo(bob)).toEqual(["hi"]);
  expect(shownTo(eve)).toEqual([]);
  expect(opinions.get(nth(1).peerId)).toEqual(["known", "known"]);
  expect(opinions.get(nth(5).peerId)).toEqual(["changed", "changed"]);
  expect(opinionsOf(again, store).get(nth(5).peerId)).toEqual(["changed", "changed"]);
});

test("of two who come under one name at once, the one met first is known, then and later", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  person(net, EVE, { identity: nth(5), name: "bob", server: SERVER });
  net.run(3_000);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);

  const opinions = opinionsOf(ann, store);
  ann.command({ type: "quit" });
  net.run(1_000);
  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);

  expect([...opinions.values()].map((both) => both.join(" ")).toSorted()).toEqual([
    "changed changed",
    "known known",
  ]);
  expect(trustOf(ann)).toEqual(["changed"]);
  expect(trustOf(again)).toEqual(["changed"]);
  expect(opinionsOf(again, store)).toEqual(opinions);
});

test("the one who is known is still reached by name and id", () => {
  const { net, ann, eve } = impostor();
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);

  ann.command({ type: "send", req: "1", to: `@bob~${nth(1).peerId.slice(0, 8)}`, text: "hi" });
  ann.command({ type: "send", req: "2", to: "#lobby", text: "all" });
  net.run(3_000);

  expect(shownTo(bob)).toEqual(["hi", "all"]);
  expect(shownTo(eve)).toEqual([]);
});

test("that nothing is sent to them survives a restart, and is said again", () => {
  const { net, store, ann, eve } = impostor();
  ann.command({ type: "quit" });
  net.run(1_000);

  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);
  again.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  net.run(1_000);

  expect(trustOf(again)).toEqual(["changed"]);
  expect(errorsOf(again)).toEqual(["UNTRUSTED"]);
  expect(shownTo(eve)).toEqual([]);
});

test("all of one name are told of at the start, before anything names them, and once", () => {
  const { net, store, ann } = impostor();
  ann.command({ type: "quit" });
  net.run(1_000);
  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);

  for (const { events } of [ann, again]) {
    const named = events.flatMap((event) => ("who" in event ? [event] : []));
    const namesakes = named.filter(({ type }) => type === "namesake");
    const ids = namesakes.map(({ who }) => who.id);
    expect(ids.toSorted()).toEqual([nth(1).peerId, nth(5).peerId].toSorted());
    const isNamed = (id: string): number => named.findIndex(({ who }) => who.id === id);
    for (const id of ids) expect(named[isNamed(id)]?.type).toBe("namesake");
  }
});

test("who is trusted gets what is said from then on, in the next run too", () => {
  const { net, store, ann, eve } = impostor();

  ann.command({ type: "trust", req: "1", to: `@${LABEL}` });
  ann.command({ type: "send", req: "2", to: `@${LABEL}`, text: "hello namesake" });
  ann.command({ type: "send", req: "3", to: "#lobby", text: "all" });
  ann.command({ type: "send", req: "4", to: "@bob", text: "which?" });
  net.run(3_000);
  ann.command({ type: "quit" });
  net.run(1_000);
  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);

  expect(shownTo(eve)).toEqual(["hello namesake", "all"]);
  expect(errorsOf(ann)).toEqual(["AMBIGUOUS"]);
  expect(trustOf(again)).toEqual([]);
});

test("of two of one name, of whom one is blocked, the name is the other's", () => {
  const { net, ann, eve } = impostor();
  const send = (req: string): void => ann.command({ type: "send", req, to: "@bob", text: req });
  const trusted = (): unknown[] =>
    ann.events.flatMap((event) =>
      event.type === "reply" && "trust" in event ? [[event.command, event.who.id]] : [],
    );

  send("1");
  ann.command({ type: "trust", req: "2", to: `@${LABEL}` });
  send("3");
  ann.command({ type: "block", req: "4", to: `@bob~${nth(1).peerId.slice(0, 8)}` });
  send("to Eve");
  ann.command({ type: "block", req: "6", to: "@bob" });
  send("7");
  ann.command({ type: "unblock", req: "8", to: `@${LABEL}` });
  ann.command({ type: "unblock", req: "9", to: "@bob" });
  net.run(3_000);

  expect(errorsOf(ann)).toEqual(["UNTRUSTED", "AMBIGUOUS", "AMBIGUOUS"]);
  expect(shownTo(eve)).toEqual(["to Eve"]);
  const [bobs, eves] = [nth(1).peerId, nth(5).peerId];
  expect(trusted()).toEqual([
    ["trust", eves],
    ["block", bobs],
    ["block", eves],
    ["unblock", eves],
    ["unblock", bobs],
  ]);
});

test("with who is blocked nobody talks, until they are let in again", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  const eve = person(net, EVE, { identity: nth(5), name: "eve", server: SERVER });
  net.run(3_000);

  ann.command({ type: "block", req: "1", to: "@eve" });
  eve.command({ type: "send", req: "2", to: "@ann", text: "listen" });
  ann.command({ type: "send", req: "3", to: "#lobby", text: "without her" });
  ann.command({ type: "send", req: "4", to: "@eve", text: "no" });
  net.run(30_000);
  ann.command({ type: "quit" });
  net.run(1_000);
  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(30_000);
  const shownWhileBlocked = [...shownTo(ann), ...shownTo(again), ...shownTo(eve)];
  again.command({ type: "unblock", req: "5", to: "@eve" });
  net.run(60_000);

  expect(errorsOf(ann)).toEqual(["REFUSED"]);
  expect(shownWhileBlocked).toEqual([]);
  expect(statesOf(again, nth(5)).at(-1)).toBe("connected");
  expect(shownTo(again)).toEqual(["listen"]);
});

test("who is in a room is told with what is thought of them", () => {
  const { net, ann } = impostor();
  person(net, at("203.0.113.4:4000"), { identity: nth(2), name: "cem", server: SERVER });
  net.run(3_000);

  ann.command({ type: "block", req: "1", to: "@cem" });
  ann.command({ type: "who", req: "2", room: "#lobby" });

  const reply = ann.events.find((event) => event.type === "reply" && event.command === "who");
  const members = reply?.type === "reply" && reply.command === "who" ? reply.members : [];
  const opinions = members.map(({ id, trust, isBlocked }) => `${id} ${trust} ${isBlocked}`);
  expect(opinions.toSorted()).toEqual(
    [
      `${nth(0).peerId} null false`,
      `${nth(1).peerId} known false`,
      `${nth(2).peerId} known true`,
      `${nth(5).peerId} changed false`,
    ].toSorted(),
  );
});

test("two who compare see the same, and are verified for good once each says so", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);

  ann.command({ type: "verify", req: "1", to: "@bob", answer: null });
  net.run(100);
  bob.command({ type: "verify", req: "2", to: "@ann", answer: null });
  net.run(1_000);
  ann.command({ type: "verify", req: "3", to: "@bob", answer: "match" });
  net.run(1_000);

  const seen = [ann, bob].map(({ events }) =>
    events.find((event) => event.type === "verify" && event.state === "compare"),
  );
  const numbers = [ann, bob].flatMap(({ events }) =>
    events.flatMap((event) =>
      event.type === "reply" && event.command === "verify" ? [event.number] : [],
    ),
  );
  expect(seen[0]).toMatchObject({ pictures: (seen[1] as { pictures?: unknown }).pictures });
  expect(new Set(numbers).size).toBe(1);
  expect(trustOf(ann)).toEqual(["verified"]);
  expect(bob.events.findLast(({ type }) => type === "verify")).toMatchObject({ state: "match" });
  const again = store.restoreAll().people.map(({ trust }) => trust);
  expect(again).toEqual(["verified"]);
});

test("a code that the other shows verifies at once, and one of somebody else's keys warns", () => {
  const { ann, bob } = acquainted();
  const code = `p2pchat-verify:${nth(1).peerId}:${nth(0).peerId}`;
  const forged = `p2pchat-verify:${nth(5).peerId}:${nth(0).peerId}`;

  ann.command({ type: "verify", req: "1", to: "@bob", answer: code });
  bob.command({ type: "verify", req: "2", to: "@ann", answer: forged });
  bob.command({ type: "verify", req: "3", to: "@ann", answer: "p2pchat" });

  expect(trustOf(ann)).toEqual(["verified"]);
  expect(trustOf(bob)).toEqual(["changed"]);
  expect(errorsOf(bob)).toEqual(["USAGE"]);
});

test.each([
  ["a broken one", "p2pchat-verify:zz"],
  ["half of one", `p2pchat-verify:${nth(1).peerId}`],
  ["one with more behind it", `p2pchat-verify:${nth(1).peerId}:${nth(0).peerId}:`],
  ["one's own", `p2pchat-verify:${nth(0).peerId}:${nth(1).peerId}`],
])("a code that nobody else can show says nothing of keys: %s", (_, code) => {
  const { net, ann, bob } = acquainted();
  ann.command({ type: "verify", req: "1", to: "@bob", answer: "match" });

  ann.command({ type: "verify", req: "2", to: "@bob", answer: code });
  ann.command({ type: "send", req: "3", to: "@bob", text: "still me" });
  net.run(1_000);

  expect(trustOf(ann)).toEqual(["verified"]);
  expect(errorsOf(ann)).toEqual(["USAGE"]);
  expect(shownTo(bob)).toEqual(["still me"]);
});

test("whose keys did not match is barred for that, and nobody is said to have their name", () => {
  const { ann } = acquainted();

  ann.command({ type: "verify", req: "1", to: "@bob", answer: "differs" });
  ann.command({ type: "send", req: "2", to: "@bob", text: "secret" });

  const error = ann.events.find((event) => event.type === "error");
  expect(error).toMatchObject({ req: "2", code: "UNTRUSTED" });
  expect(error?.text).toContain("the keys that you have compared differ");
});

test("whoever leaves the name that was another's is still barred, and not said to differ", () => {
  const { net, ann, eve } = impostor();
  eve.command({ type: "quit" });
  net.run(1_000);
  const options = { identity: nth(5), name: "eve", server: SERVER, serial: 2 };
  person(net, EVE, options);
  net.run(3_000);

  ann.command({ type: "send", req: "1", to: "@eve", text: "secret" });

  const error = ann.events.findLast((event) => event.type === "error");
  expect(error).toMatchObject({ req: "1", code: "UNTRUSTED" });
  expect(error?.text).toContain("or they came under a name that is another's");
});

test.each([{ type: "verify", answer: null }, { type: "block" }, { type: "why" }] as const)(
  "oneself is nobody to %j",
  (command) => {
    const { ann } = acquainted();

    ann.command({ ...command, req: "1", to: "@ann" });

    const error = ann.events.find((event) => event.type === "error");
    expect(error).toMatchObject({ code: "USAGE", text: "You are ann yourself" });
  },
);

test("what was missed of who is let in again comes at once, from whoever has it", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const [ann, bob] = [
    person(net, ANN, { identity: nth(0), name: "ann", server: SERVER }),
    person(net, BOB, { identity: nth(1), name: "bob", server: SERVER }),
    person(net, EVE, { identity: nth(2), name: "carol", server: SERVER }),
  ];
  net.run(3_000);
  ann.command({ type: "block", req: "1", to: "@bob" });
  bob.command({ type: "send", req: "2", to: "#lobby", text: "missed" });
  net.run(5_000);
  bob.command({ type: "quit" });
  net.run(60_000);
  const before = shownTo(ann);

  ann.command({ type: "unblock", req: "3", to: "@bob" });
  net.run(1_000);

  expect(before).toEqual([]);
  expect(shownTo(ann)).toEqual(["missed"]);
});

test("at the next start it is told who is blocked, and nothing where nobody is", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  ann.command({ type: "block", req: "1", to: "@bob" });
  ann.command({ type: "quit" });
  net.run(1_000);
  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);

  const [before, after] = [ann, again].map(({ events }) => {
    return events.find(({ type }) => type === "ready");
  });
  expect(before).not.toHaveProperty("blocked");
  expect(after).toHaveProperty("blocked", [{ name: "bob", id: nth(1).peerId }]);
});
