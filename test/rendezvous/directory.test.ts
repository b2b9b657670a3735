import { beforeEach, describe, expect, test } from "bun:test";
import {
  REGISTRATIONS_BURST,
  REQUESTS_BURST,
  REQUESTS_PER_SECOND,
} from "../../lib/rendezvous/clients.ts";
import { Directory, FOUND_MAX } from "../../lib/rendezvous/directory.ts";
import type { Card } from "../../lib/wire/card.ts";
import type { ListingEntry, RendezvousRequest } from "../../lib/wire/rendezvous.ts";
import { encodeAnswer } from "../../lib/wire/rendezvous.ts";
import { LISTING_BYTES_MAX, LISTING_ENTRIES_MAX } from "../../lib/wire/limits.ts";
import { addr, answersTo, cardOf, Desk, logs, publicAddress } from "./people.ts";

const ANN = cardOf(1, "ann");
const BOB = cardOf(2, "bob");
const CAROL = cardOf(3, "carol");
const AT_ANN = addr("198.51.100.1:4000");
const AT_BOB = addr("198.51.100.2:4000");
const AT_CAROL = addr("198.51.100.3:4000");

let directory: Directory;
let desk: Desk;

beforeEach(() => {
  directory = new Directory();
  desk = new Desk(directory);
});

/** The entries and `next` of each page that `card` is answered. */
function pages(card: Card, request: RendezvousRequest): [readonly ListingEntry[], number][] {
  const found: [readonly ListingEntry[], number][] = [];
  for (const answer of answersTo(desk.ask(card, request), card)) {
    if (answer.kind === "listing") found.push([answer.entries, answer.next]);
  }
  return found;
}

describe("a number", () => {
  test("is given at the first registration, from 1 on, with the address seen", () => {
    const toAnn = answersTo(desk.enter(ANN, AT_ANN), ANN);
    const toBob = answersTo(desk.enter(BOB, AT_BOB), BOB);

    expect(toAnn).toEqual([
      { kind: "registered", number: 1, observed: AT_ANN, observers: [], others: [] },
    ]);
    expect(toBob).toEqual([
      { kind: "registered", number: 2, observed: AT_BOB, observers: [], others: [] },
    ]);
  });

  test("comes with where the server answers STUN, for the address seen", () => {
    directory = new Directory({ sockets: [addr("[::]:3478"), addr("[::]:3479")] });
    desk = new Desk(directory);

    const toAnn = answersTo(desk.enter(ANN, AT_ANN), ANN);
    directory.onMoved(desk.now, ANN.peerId, addr("[2001:db8::1]:4000"));

    const v4 = [addr("0.0.0.0:3478"), addr("0.0.0.0:3479")];
    const v6 = [addr("[::]:3478"), addr("[::]:3479")];
    expect(toAnn).toMatchObject([{ kind: "registered", observers: v4 }]);
    expect(answersTo(desk.drain(), ANN)).toMatchObject([{ kind: "registered", observers: v6 }]);
  });

  test("stays through registrations, moves and a newer session", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    desk.enter(ANN, AT_CAROL, { candidates: [addr("10.0.0.1:1")] });
    directory.onMoved(desk.now, ANN.peerId, AT_ANN);

    expect(directory.list().map(({ number, name }) => [number, name])).toEqual([
      [1, "ann"],
      [2, "bob"],
    ]);
    expect(directory.entry(1)?.address).toBe(AT_ANN);
  });

  test("is gone with the session, and is not given to anybody else", () => {
    desk.enter(ANN, AT_ANN);
    directory.onClosed(desk.now, ANN.peerId);

    desk.enter(BOB, AT_BOB);
    desk.enter(ANN, AT_ANN);

    expect(directory.entry(1)).toBeUndefined();
    expect(directory.list().map(({ number, name }) => [number, name])).toEqual([
      [2, "bob"],
      [3, "ann"],
    ]);
  });
});

describe("before it has registered a client", () => {
  beforeEach(() => {
    desk.enter(BOB, AT_BOB);
    directory.onOpened(desk.now, { card: ANN, observed: AT_ANN });
    desk.drain();
  });

  test("is not listed, found or introduced", () => {
    expect(directory.list().map(({ name }) => name)).toEqual(["bob"]);
    expect(pages(BOB, { kind: "list", request: 1, after: 0 })[0]?.[0]).toHaveLength(1);
    expect(pages(BOB, { kind: "find", request: 2, name: "ann", prefix: "" })).toEqual([[[], 0]]);
    expect(answersTo(desk.ask(BOB, { kind: "seek", peerId: ANN.peerId }), BOB)).toEqual([
      { kind: "unknown", peerId: ANN.peerId },
    ]);
  });

  test.each([
    [{ kind: "list", request: 1, after: 0 }],
    [{ kind: "peer", request: 1, number: 1 }],
    [{ kind: "find", request: 1, name: "bob", prefix: "" }],
    [{ kind: "seek", peerId: BOB.peerId }],
  ] as const)("is not answered %j", (request) => {
    expect(desk.ask(ANN, request)).toEqual([]);
  });

  test("is told whether the server is there", () => {
    expect(answersTo(desk.ask(ANN, { kind: "punch", request: 7 }), ANN)).toEqual([
      { kind: "punched", request: 7 },
    ]);
  });
});

test("who has no session is answered nothing", () => {
  desk.enter(ANN, AT_ANN);
  directory.onClosed(desk.now, ANN.peerId);
  desk.drain();

  directory.onMoved(desk.now, ANN.peerId, AT_BOB);
  directory.onClosed(desk.now, ANN.peerId);

  expect(desk.ask(ANN, { kind: "punch", request: 1 })).toEqual([]);
  expect(desk.ask(BOB, { kind: "register", candidates: [], topics: [] })).toEqual([]);
  expect(directory.list()).toEqual([]);
});

describe("a listing", () => {
  test("holds everybody registered, the asker too", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    const listed = pages(ANN, { kind: "list", request: 5, after: 0 });

    const ann = { number: 1, peerId: ANN.peerId, name: "ann", address: AT_ANN };
    const bob = { number: 2, peerId: BOB.peerId, name: "bob", address: AT_BOB };
    expect(listed).toEqual([[[ann, bob], 0]]);
    expect(directory.list()).toEqual([ann, bob]);
  });

  test("comes in pages that fit a datagram and miss nobody", () => {
    const crowd = Array.from({ length: 100 }, (_, i) => cardOf(100 + i, "ß".repeat(1 + (i % 32))));
    for (const [i, card] of crowd.entries()) desk.enter(card, publicAddress(i));
    const [asker] = crowd;
    if (asker === undefined) throw new Error("Cannot ask: nobody is there");

    const numbers: number[] = [];
    let after = 0;
    do {
      const [answer] = answersTo(desk.ask(asker, { kind: "list", request: 1, after }), asker);
      if (answer?.kind !== "listing") throw new Error("Cannot go on: no listing");
      expect(encodeAnswer(answer).length).toBeLessThanOrEqual(LISTING_BYTES_MAX);
      expect(answer.entries.length).toBeLessThanOrEqual(LISTING_ENTRIES_MAX);
      numbers.push(...answer.entries.map(({ number }) => number));
      after = answer.next;
    } while (after !== 0);

    expect(numbers).toEqual(crowd.map((_, i) => i + 1));
  });

  test("fills a page with as many short entries as the wire allows", () => {
    for (let i = 0; i < LISTING_ENTRIES_MAX + 1; i++) desk.enter(cardOf(i, "x"), publicAddress(i));

    const [page] = pages(cardOf(0, "x"), { kind: "list", request: 1, after: 0 });

    expect(page?.[0]).toHaveLength(LISTING_ENTRIES_MAX);
    expect(page?.[1]).toBe(LISTING_ENTRIES_MAX);
  });

  test("beyond the last number is an empty page", () => {
    desk.enter(ANN, AT_ANN);

    expect(pages(ANN, { kind: "list", request: 1, after: 1 })).toEqual([[[], 0]]);
    expect(pages(ANN, { kind: "list", request: 1, after: 0xffff_ffff })).toEqual([[[], 0]]);
  });
});

describe("peer", () => {
  test("is answered with the client of that number, or an empty page", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    expect(pages(ANN, { kind: "peer", request: 1, number: 2 })).toEqual([
      [[{ number: 2, peerId: BOB.peerId, name: "bob", address: AT_BOB }], 0],
    ]);
    for (const number of [0, 3, 0xffff_ffff]) {
      expect(pages(ANN, { kind: "peer", request: 1, number })).toEqual([[[], 0]]);
    }
  });
});

describe("find", () => {
  test("yields everybody of exactly that name", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(cardOf(11, "Ann"), AT_BOB);
    desk.enter(cardOf(12, "ann"), AT_CAROL);

    const found = pages(ANN, { kind: "find", request: 1, name: "ann", prefix: "" });

    expect(found.map(([entries]) => entries.map(({ number }) => number))).toEqual([[1, 3]]);
  });

  test("answers page after page, and the first to register before all latecomers", () => {
    for (let i = 0; i < FOUND_MAX + 50; i++) desk.enter(cardOf(20 + i, "ann"), publicAddress(i));

    const found = pages(cardOf(20, "ann"), { kind: "find", request: 1, name: "ann", prefix: "" });

    const numbers = found.flatMap(([entries]) => entries.map(({ number }) => number));
    expect(numbers).toEqual(Array.from({ length: FOUND_MAX }, (_, i) => i + 1));
    expect(found.slice(0, -1).every(([, next]) => next !== 0)).toBe(true);
    expect(found.at(-1)?.[1]).toBe(0);
  });

  test("keeps the newest card of a client whose older run comes back", () => {
    desk.enter(cardOf(1, "anna", 2), AT_ANN);
    desk.enter(cardOf(1, "ann", 1), AT_ANN);
    desk.enter(BOB, AT_BOB);

    expect(pages(BOB, { kind: "find", request: 1, name: "ann", prefix: "" })).toEqual([[[], 0]]);
    expect(pages(BOB, { kind: "find", request: 1, name: "anna", prefix: "" })[0]?.[0]).toHaveLength(
      1,
    );
  });

  test("follows a client that comes back under another name", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    desk.enter(cardOf(1, "anna", 2), AT_ANN);

    expect(pages(BOB, { kind: "find", request: 1, name: "ann", prefix: "" })).toEqual([[[], 0]]);
    expect(pages(BOB, { kind: "find", request: 1, name: "anna", prefix: "" })[0]?.[0]).toHaveLength(
      1,
    );
  });
});

describe("limits", () => {
  test("a client is answered so many requests at once, and then as time allows", () => {
    desk.enter(ANN, AT_ANN);
    desk.now += 60_000;

    const answered = (count: number) =>
      Array.from({ length: count }, (_, request) =>
        desk.ask(ANN, { kind: "punch", request }),
      ).filter((outputs) => answersTo(outputs, ANN).length > 0).length;

    expect(answered(2 * REQUESTS_BURST)).toBe(REQUESTS_BURST);
    desk.now += 1000;
    expect(answered(2 * REQUESTS_BURST)).toBe(REQUESTS_PER_SECOND);
  });

  test("who has asked too much is registered anew all the same, and not without end", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);
    const register = (port: number) => {
      const candidates = [addr(`192.168.1.5:${port}`)];
      return desk.ask(ANN, { kind: "register", candidates, topics: [] });
    };
    for (let i = 0; i < 5 * REQUESTS_BURST; i++) desk.ask(ANN, { kind: "punch", request: i });

    const [registered] = answersTo(register(4000), ANN);
    const told = answersTo(desk.ask(BOB, { kind: "seek", peerId: ANN.peerId }), BOB);
    const answered = Array.from({ length: 5 * REQUESTS_BURST }, (_, i) => register(5000 + i));

    expect(registered).toMatchObject({ kind: "registered" });
    expect(told).toMatchObject([{ candidates: [AT_ANN, addr("192.168.1.5:4000")] }]);
    expect(answered.filter((outputs) => answersTo(outputs, ANN).length > 0)).toHaveLength(
      REGISTRATIONS_BURST - 1,
    );
  });

  test("a flood of requests is one line of the log a minute, and no other client's concern", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    const lines = Array.from({ length: 5 * REQUESTS_BURST }, (_, request) =>
      logs(desk.ask(ANN, { kind: "punch", request })),
    ).flat();

    expect(lines.filter(({ message }) => message === "too many requests")).toHaveLength(1);
    expect(answersTo(desk.ask(BOB, { kind: "punch", request: 1 }), BOB)).toHaveLength(1);
  });

  test("a client too many is refused, and let in when another has gone", () => {
    directory = new Directory({ clientsMax: 2 });
    desk = new Desk(directory);
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    const refused = desk.enter(CAROL, AT_CAROL);
    const isTaken = directory.onOpened(desk.now, { card: CAROL, observed: AT_CAROL });
    desk.drain();
    const again = desk.enter(ANN, AT_ANN);
    directory.onClosed(desk.now, BOB.peerId);
    const admitted = desk.enter(CAROL, AT_CAROL);

    expect(logs(refused).map(({ level, message }) => [level, message])).toEqual([
      ["warn", "refuse"],
    ]);
    expect(isTaken).toBe(false);
    expect(answersTo(refused, CAROL)).toEqual([]);
    expect(answersTo(again, ANN)).toHaveLength(1);
    expect(answersTo(admitted, CAROL)).toHaveLength(1);
  });
});

describe("the log", () => {
  test("has a line for everybody who comes, registers, moves and goes", () => {
    const outputs = desk.enter(ANN, AT_ANN);
    directory.onMoved(desk.now, ANN.peerId, AT_BOB);
    directory.onClosed(desk.now, ANN.peerId);
    const lines = [...logs(outputs), ...logs(desk.drain())];

    const { peerId: id, name: client } = ANN;
    expect(lines.map(({ level, message, fields }) => [level, message, fields])).toEqual([
      ["info", "come", { number: null, client, id, address: AT_ANN }],
      ["info", "register", { number: 1, client, id, address: AT_ANN, topics: 0 }],
      ["info", "move", { number: 1, client, id, address: AT_BOB }],
      ["info", "go", { number: 1, client, id, address: AT_BOB }],
    ]);
  });

  test("has a line for every request that was answered", () => {
    desk.enter(ANN, AT_ANN);
    const requests: RendezvousRequest[] = [
      { kind: "list", request: 1, after: 0 },
      { kind: "peer", request: 2, number: 9 },
      { kind: "punch", request: 3 },
      { kind: "find", request: 4, name: "bob", prefix: "" },
      { kind: "seek", peerId: BOB.peerId },
    ];

    const lines = requests.map((request) => logs(desk.ask(ANN, request)));

    const asker = { number: 1, client: "ann", id: ANN.peerId, address: AT_ANN };
    expect(lines.flat().map(({ message, fields }) => [message, fields])).toEqual([
      ["list", { ...asker, after: 0, entries: 1 }],
      ["peer", { ...asker, wanted: 9, found: false }],
      ["punch", asker],
      ["find", { ...asker, wanted: "bob", entries: 0 }],
      ["seek", { ...asker, wanted: BOB.peerId, found: false }],
    ]);
  });
});
