import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRoom } from "../../lib/chat/rooms.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { readNamebook } from "../../lib/io/namebook.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { encodeCard } from "../../lib/wire/card.ts";
import { nth } from "../node/end.ts";
import { scratch } from "./support/scratch.ts";

const ME = nth(0).peerId;

function card(index: number, name: string, wallMs: number): Write {
  const { signing, noise, peerId: peer } = nth(index);
  const signed = signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
  return { kind: "card", peer, card: encodeCard(signed), trust: "known", wallMs };
}

function room(name: string, joined: boolean): Write {
  return { kind: "room", room: openRoom(name), name, joined };
}

test("people, rooms and servers are known by name while the client runs, and after", () => {
  const directory = scratch();
  const store = Store.open(join(directory, "p2pchat.db"), ME);
  store.commit([
    card(1, "bob", 1000),
    card(2, "carol", 3000),
    card(3, "bob", 2000),
    card(4, "mallory", 4000),
    { kind: "trust", ...blocked(4, "mallory") },
    card(5, "dave", 500),
    card(6, "dave", 600),
    { kind: "trust", ...blocked(6, "dave") },
    room("#left", false),
    room("#lobby", true),
    room("#dev", true),
  ]);

  const live = readNamebook(directory);
  store.close();

  const [one, two, five] = [1, 3, 5].map((index) => nth(index).peerId.slice(0, 8));
  expect(live).toEqual({
    people: ["carol", `bob~${two}`, `bob~${one}`, `dave~${five}`],
    rooms: ["#dev", "#lobby", "#left"],
    servers: [],
  });
  expect(readNamebook(directory)).toEqual(live);
  chmodSync(join(directory, "p2pchat.db"), 0o400);
  expect(readNamebook(directory)).toEqual(live);
});

function blocked(index: number, name: string) {
  const { signing, noise, peerId: peer } = nth(index);
  const signed = signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
  return {
    peer,
    card: encodeCard(signed),
    trust: "known",
    isBlocked: true,
    wallMs: 4000,
  } as const;
}

test("where there is no database, or none of ours, it throws", () => {
  const directory = scratch();
  expect(() => readNamebook(directory)).toThrow();
  writeFileSync(join(directory, "p2pchat.db"), "no database, but a text that is long enough");
  expect(() => readNamebook(directory)).toThrow();
});
