import { expect, test } from "bun:test";
import { signCard } from "../../lib/crypto/card.ts";
import { encodeAside } from "../../lib/wire/aside.ts";
import { decodeCard, encodeCard } from "../../lib/wire/card.ts";
import { ASIDE_CHANNEL } from "../../lib/wire/channels.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");
const CAROL = at("203.0.113.3:4000");

/** Who said what, as this person was told. */
function heardBy({ events }: Person): string[] {
  return events
    .filter((event) => event.type === "message")
    .map(({ from, text }) => `${from.name}: ${text}`);
}

/** Ann has said something to Bob, and is gone; Carol, who never met her, comes. */
function late(store = new MemoryStore()): { net: Net; bob: Person; carol: Person } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  ann.command({ type: "send", req: "1", to: "#lobby", text: "hello" });
  net.run(3_000);
  ann.command({ type: "quit" });
  net.run(1_000);
  const carol = person(net, CAROL, { identity: nth(2), name: "carol", server: SERVER, store });
  net.run(10_000);
  return { net, bob, carol };
}

test("what is passed on has its author's name, though they never met", () => {
  const { carol } = late();

  expect(heardBy(carol)).toEqual(["ann: hello"]);
});

test("the name is known in the next run, and makes nobody known", () => {
  const store = new MemoryStore();
  const { net, carol } = late(store);
  carol.command({ type: "quit" });
  net.run(1_000);

  const kept = store.restoreAll().people.map(({ trust, lastSeenMs }) => [trust, lastSeenMs]);
  expect(kept).toContainEqual(["new", 0]);
});

test("who comes under the name of an author never met is known, and the author is not", () => {
  const store = new MemoryStore();
  const { net, carol } = late(store);

  const namesake = person(net, ANN, { identity: nth(4), name: "ann", server: SERVER });
  net.run(5_000);
  carol.command({ type: "send", req: "1", to: "#lobby", text: "welcome" });
  net.run(3_000);

  const turned = carol.events.filter((event) => event.type === "trust");
  const kept = store.restoreAll().people.flatMap(({ card, trust }) => {
    const { peerId, name } = decodeCard(card) ?? {};
    return name === "ann" ? [`${peerId} ${trust}`] : [];
  });
  expect(turned.map(({ who, trust }) => [who.id, trust])).toEqual([[nth(0).peerId, "changed"]]);
  expect(heardBy(namesake)).toContain("carol: welcome");
  expect(kept.toSorted()).toEqual(
    [`${nth(0).peerId} changed`, `${nth(4).peerId} known`].toSorted(),
  );
});

test("a card that nobody asked for is passed over, and one that its owner did not sign", () => {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: undefined });
  const eve = new End(net, BOB, { identity: nth(5), name: "eve" });
  const { signing, noise } = nth(6);
  const card = signCard({ signing, noiseKey: noise.publicKey, name: "bob", serial: 1 });
  const bytes = encodeCard(card);
  const forged = bytes.slice();
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const cards = encodeAside({ kind: "cards", cards: [bytes, forged] });

  eve.endpoint.connect(net.now, cardOf(ann), [ANN]);
  net.run(1_000);
  eve.endpoint.send(nth(0).peerId, ASIDE_CHANNEL, cards);
  net.run(1_000);
  ann.command({ type: "block", req: "1", to: "@bob" });

  expect(eve.connections).toHaveLength(1);
  expect(ann.events.find(({ type }) => type === "error")).toMatchObject({ code: "NO_PEER" });
});

test("nobody is told of whom they may not hear", () => {
  const { net, bob, carol } = late();
  const eve = new End(net, at("203.0.113.9:4000"), { identity: nth(5), name: "eve" });
  eve.endpoint.connect(net.now, cardOf(bob), [BOB]);
  eve.endpoint.connect(net.now, cardOf(carol), [CAROL]);
  net.run(1_000);
  const before = eve.count("messages");

  // She has not said that she is in any room.
  const question = encodeAside({ kind: "who-are", peers: [nth(0).peerId] });
  for (const id of [nth(1), nth(2)]) eve.endpoint.send(id.peerId, ASIDE_CHANNEL, question);
  net.run(1_000);

  expect(eve.connections).toHaveLength(2);
  const told = eve.events.slice(before).filter((event) => {
    return event.kind === "messages" && event.channel === ASIDE_CHANNEL;
  });
  expect(told).toEqual([]);
});

/** The card of this person, signed anew. */
function cardOf(of: Person) {
  const identity = { [ANN]: nth(0), [BOB]: nth(1), [CAROL]: nth(2) }[of.address] ?? nth(0);
  const name = { [ANN]: "ann", [BOB]: "bob", [CAROL]: "carol" }[of.address] ?? "ann";
  const { signing, noise } = identity;
  return signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
}
