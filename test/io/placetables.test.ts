import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { parseAddress } from "../../lib/base/address.ts";
import { idBytes, type PeerId } from "../../lib/base/ids.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { Store } from "../../lib/io/store.ts";
import { ENCOUNTERS_MAX } from "../../lib/node/encounters.ts";
import { NETWORKS_MAX } from "../../lib/node/networks.ts";
import { ANN, BOB, CAROL } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

const fileIn = (directory: string): string => join(directory, "p2pchat.db");

function open(file: string): Store {
  const store = Store.open(file, ANN);
  stores.push(store);
  return store;
}

/** As the next run of the program finds it. */
function reopen(file: string): Store {
  stores.pop()?.close();
  return open(file);
}

test("what was learnt last of each network is there again, of many those learnt last", () => {
  const file = fileIn(scratch());
  const learnt = (place: string, byte: number, wallMs: number) => {
    return { kind: "network", place, nat: Uint8Array.of(byte), wallMs } as const;
  };
  const many = Array.from({ length: NETWORKS_MAX }, (_, i) => learnt(`place ${i}`, 0, 100 + i));

  open(file).commit([learnt("home", 1, 1), learnt("work", 2, 2), learnt("home", 3, 3)]);
  const few = reopen(file).restore().networks;
  stores.at(-1)?.commit(many);
  const most = reopen(file).restore().networks;

  expect(few).toEqual([
    { place: "work", nat: Uint8Array.of(2), wallMs: 2 },
    { place: "home", nat: Uint8Array.of(3), wallMs: 3 },
  ]);
  expect(most.map(({ place }) => place)).toEqual(many.map(({ place }) => place));
});

test("where people were met last from each network is there again, of many the latest", () => {
  const file = fileIn(scratch());
  const met = (peer: PeerId, place: string, port: number, wallMs: number) => {
    const remote = parseAddress(`192.0.2.1:${port}`);
    if (remote === undefined) throw new Error("it is an address");
    return { kind: "encounter", peer, place, remote, technique: "call", wallMs } as const;
  };
  const many = Array.from({ length: ENCOUNTERS_MAX }, (_, i) => met(BOB, `${i}`, 5, 100 + i));

  open(file).commit([met(BOB, "home", 1, 1), met(CAROL, "home", 2, 2), met(BOB, "home", 3, 3)]);
  const few = reopen(file).restore().encounters;
  stores.at(-1)?.commit(many);
  const most = reopen(file).restore().encounters;

  expect(few).toMatchObject([
    { peer: CAROL, place: "home", remote: "192.0.2.1:2", technique: "call", wallMs: 2 },
    { peer: BOB, place: "home", remote: "192.0.2.1:3", technique: "call", wallMs: 3 },
  ]);
  expect(most.map(({ place }) => place)).toEqual(many.map(({ place }) => place));
});

test("what is no address in a database that somebody has edited is nowhere", () => {
  const file = fileIn(scratch());
  open(file);
  stores.pop()?.close();
  const edited = new Database(file);
  const insert = edited.query("INSERT INTO encounters VALUES (?, 'home', ?, 'call', 1)");
  insert.run(idBytes(BOB), "localhost:99999");
  edited.close();

  expect(open(file).restore().encounters).toEqual([]);
});

test("of who has left a room nothing is kept, however many have come and gone", () => {
  const file = fileIn(scratch());
  const come = [BOB, CAROL].map((who) => member(who, true));

  open(file).commit([...come, member(BOB, false), member(CAROL, false), member(CAROL, true)]);

  const { members } = reopen(file).restore().chat;
  stores.pop()?.close();
  const db = new Database(file, { readonly: true });
  const rows = db.query("SELECT peer FROM members").all();
  db.close();
  expect(members).toEqual([{ room: openRoom("#lobby"), peer: CAROL }]);
  expect(rows).toHaveLength(1);
});

function member(peer: PeerId, joined: boolean) {
  return { kind: "member", room: openRoom("#lobby"), peer, joined } as const;
}
