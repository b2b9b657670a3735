import { beforeEach, describe, expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { REQUESTS_BURST } from "../../lib/rendezvous/clients.ts";
import * as fc from "fast-check";
import { Directory, NEWCOMER_INTRODUCTIONS_MAX } from "../../lib/rendezvous/directory.ts";
import { TARGET_PER_MINUTE } from "../../lib/rendezvous/introductions.ts";
import type { RendezvousRequest } from "../../lib/wire/rendezvous.ts";
import {
  addr,
  answersTo,
  bothHalves,
  cardOf,
  Desk,
  introductions,
  logs,
  publicAddress,
  topic,
} from "./people.ts";

const ANN = cardOf(1, "ann");
const BOB = cardOf(2, "bob");
const CAROL = cardOf(3, "carol");
const AT_ANN = addr("198.51.100.1:4000");
const AT_BOB = addr("198.51.100.2:4000");
const AT_CAROL = addr("198.51.100.3:4000");
const LOOP_ANN = addr("127.0.0.1:1001");
const LOOP_BOB = addr("127.0.0.1:1002");
const SEEK_BOB: RendezvousRequest = { kind: "seek", peerId: BOB.peerId };

let directory: Directory;
let desk: Desk;

beforeEach(() => {
  directory = new Directory();
  desk = new Desk(directory);
});

describe("find", () => {
  const find = (name: string, prefix = ""): RendezvousRequest => {
    return { kind: "find", request: 7, name, prefix };
  };

  test("introduces the one who bears the name, before the listing tells", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    const outputs = desk.ask(ANN, find("bob"));

    const heard = answersTo(outputs, ANN);
    expect(heard).toMatchObject([{ kind: "introduction", card: BOB }, { kind: "listing" }]);
    expect(answersTo(outputs, BOB)).toMatchObject([{ kind: "introduction", card: ANN }]);
  });

  test("introduces nobody where several bear it, but whom an id tells apart", () => {
    const other = cardOf(9, "bob");
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);
    desk.enter(other, AT_CAROL);

    expect(introductions(desk.ask(ANN, find("bob")))).toEqual([]);
    const outputs = desk.ask(ANN, find("bob", other.peerId.slice(0, 8)));

    expect(answersTo(outputs, ANN)).toMatchObject([
      { kind: "introduction", card: other },
      { kind: "listing" },
    ]);
    expect(answersTo(outputs, BOB)).toEqual([]);
  });

  test("introduces a namesake, and nobody to himself or under no such name", () => {
    const namesake = cardOf(9, "ann");
    desk.enter(ANN, AT_ANN);
    expect(introductions(desk.ask(ANN, find("ann")))).toEqual([]);
    expect(introductions(desk.ask(ANN, find("bob")))).toEqual([]);

    desk.enter(namesake, AT_BOB);

    const outputs = desk.ask(ANN, find("ann"));
    expect(answersTo(outputs, namesake)).toMatchObject([{ kind: "introduction", card: ANN }]);
  });

  test("counts as any introduction: who asks again too soon gets the listing alone", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);
    desk.ask(ANN, find("bob"));
    desk.now += 200;

    const outputs = desk.ask(ANN, find("bob"));

    expect(answersTo(outputs, ANN)).toMatchObject([{ kind: "listing" }]);
    expect(answersTo(outputs, BOB)).toEqual([]);
  });
});

describe("a client that shows itself by the other family", () => {
  const ALSO_ANN = addr("[2001:db8:7::7]:4000");
  const candidatesOfAnn = (): readonly Address[] => {
    desk.now += 60_000;
    const [told] = answersTo(desk.ask(BOB, { kind: "seek", peerId: ANN.peerId }), BOB);
    return told?.kind === "introduction" ? told.candidates : [];
  };

  beforeEach(() => {
    desk.enter(ANN, AT_ANN, { candidates: [addr("192.168.1.5:4000")] });
    desk.enter(BOB, AT_BOB);
  });

  test("is told that it was seen, and introduced with both addresses", () => {
    directory.onSeen(desk.now, ANN.peerId, ALSO_ANN);
    directory.onSeen(desk.now, ANN.peerId, ALSO_ANN);

    expect(answersTo(desk.drain(), ANN)).toMatchObject([
      { kind: "registered", observed: AT_ANN, also: ALSO_ANN },
    ]);
    expect(candidatesOfAnn()).toEqual([AT_ANN, ALSO_ANN, addr("192.168.1.5:4000")]);
  });

  test("is introduced again at once to whom it was introduced before", () => {
    desk.ask(ANN, SEEK_BOB);
    desk.now += 60;
    directory.onSeen(desk.now, ANN.peerId, ALSO_ANN);
    desk.drain();

    const [told] = answersTo(desk.ask(ANN, SEEK_BOB), BOB);

    expect(told?.kind === "introduction" && told.candidates).toContain(ALSO_ANN);
    expect(answersTo(desk.ask(ANN, SEEK_BOB), BOB)).toEqual([]);
  });

  test("by its own family it shows nothing", () => {
    directory.onSeen(desk.now, ANN.peerId, AT_CAROL);

    expect(desk.drain()).toEqual([]);
    expect(candidatesOfAnn()).toEqual([AT_ANN, addr("192.168.1.5:4000")]);
  });

  test("is there no more once its own addresses have changed, but for what it says besides", () => {
    const candidates = [addr("192.168.1.5:4000")];
    directory.onSeen(desk.now, ANN.peerId, ALSO_ANN);
    desk.ask(ANN, { kind: "register", candidates, topics: [topic(1)] });
    expect(candidatesOfAnn()).toContain(ALSO_ANN);

    desk.ask(ANN, { kind: "register", candidates: [addr("192.168.1.6:4000")], topics: [] });

    expect(candidatesOfAnn()).toEqual([AT_ANN, addr("192.168.1.6:4000")]);
  });

  test("that moves to the other family may still be where it was", () => {
    directory.onMoved(desk.now, ANN.peerId, ALSO_ANN);

    expect(candidatesOfAnn()).toEqual([ALSO_ANN, AT_ANN, addr("192.168.1.5:4000")]);
  });

  test("has its log filled no faster than by requests", () => {
    const seen = Array.from({ length: 5_000 }, (_, i) => addr(`[2001:db8:7::${i + 1}]:4000`));
    for (const also of seen) directory.onSeen(desk.now, ANN.peerId, also);

    expect(desk.drain().length).toBeLessThan(2 * REQUESTS_BURST + 10);
  });
});

describe("seek", () => {
  test("introduces both to each other at once, back to back", () => {
    desk.enter(ANN, AT_ANN, { candidates: [addr("192.168.1.5:4000"), addr("8.8.8.8:53")] });
    desk.enter(BOB, AT_BOB);

    const outputs = desk.ask(ANN, SEEK_BOB);

    expect(outputs.map(({ kind }) => kind)).toEqual(["log", "answer", "answer", "log"]);
    expect(answersTo(outputs, ANN)).toEqual([
      { kind: "introduction", number: 2, card: BOB, candidates: [AT_BOB] },
    ]);
    expect(answersTo(outputs, BOB)).toEqual([
      {
        kind: "introduction",
        number: 1,
        card: ANN,
        candidates: [AT_ANN, addr("192.168.1.5:4000")],
      },
    ]);
  });

  test("tells each what the other says of its NAT, unread, as old as it is by now", () => {
    const nat = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 99);
    desk.enter(ANN, AT_ANN, { nat });
    desk.enter(BOB, AT_BOB);
    desk.now += 25_600;

    const outputs = desk.ask(ANN, SEEK_BOB);

    const older = nat.with(10, 2);
    expect(answersTo(outputs, BOB)).toMatchObject([{ card: ANN, nat: older }]);
    expect(answersTo(outputs, ANN)).toEqual([
      { kind: "introduction", number: 2, card: BOB, candidates: [AT_BOB] },
    ]);
  });

  test("forgets what a client said of its NAT when it says nothing, or comes anew", () => {
    const nat = new Uint8Array(21).fill(1);
    desk.enter(ANN, AT_ANN, { nat });
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB, { nat });
    desk.ask(BOB, { kind: "register", candidates: [], topics: [] });

    const outputs = desk.ask(ANN, SEEK_BOB);

    for (const answer of [...answersTo(outputs, ANN), ...answersTo(outputs, BOB)]) {
      expect(answer).not.toHaveProperty("nat");
    }
  });

  test("is logged with both parties", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);

    const line = logs(desk.ask(ANN, SEEK_BOB)).at(-1);

    expect(line).toEqual({
      kind: "log",
      level: "info",
      message: "introduction",
      fields: {
        number: 1,
        client: "ann",
        id: ANN.peerId,
        address: AT_ANN,
        targetNumber: 2,
        targetName: "bob",
        targetId: BOB.peerId,
        targetAddress: AT_BOB,
        cause: "seek",
      },
    });
  });

  test("that comes too soon is not answered, and later it is", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);
    desk.ask(ANN, SEEK_BOB);

    expect(introductions(desk.ask(ANN, SEEK_BOB))).toEqual([]);
    expect(introductions(desk.ask(BOB, { kind: "seek", peerId: ANN.peerId }))).toEqual([]);
    desk.now += 500;
    expect(introductions(desk.ask(ANN, SEEK_BOB))).toEqual(bothHalves(ANN, BOB));
  });

  test("of oneself is ignored", () => {
    desk.enter(ANN, AT_ANN);

    expect(desk.ask(ANN, { kind: "seek", peerId: ANN.peerId })).toEqual([]);
  });

  test("of one that has gone is unknown", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);
    directory.onClosed(desk.now, BOB.peerId);
    desk.drain();

    const outputs = desk.ask(ANN, SEEK_BOB);

    expect(answersTo(outputs, ANN)).toEqual([{ kind: "unknown", peerId: BOB.peerId }]);
  });

  test("uses the address that was seen last, and the client is told of it", () => {
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB, { candidates: [addr("198.51.100.2:5"), addr("198.51.100.3:5")] });

    directory.onMoved(desk.now, BOB.peerId, AT_CAROL);

    expect(answersTo(desk.drain(), BOB)).toEqual([
      { kind: "registered", number: 2, observed: AT_CAROL, observers: [], others: [] },
    ]);
    expect(answersTo(desk.ask(ANN, SEEK_BOB), ANN)).toEqual([
      {
        kind: "introduction",
        number: 2,
        card: BOB,
        candidates: [AT_CAROL, addr("198.51.100.3:5")],
      },
    ]);
  });

  test("gives loopback addresses to two on the server's own machine alone", () => {
    desk.enter(ANN, LOOP_ANN, { candidates: [LOOP_ANN, addr("10.0.0.1:1001")] });
    desk.enter(BOB, LOOP_BOB);
    desk.enter(CAROL, AT_CAROL, { candidates: [addr("127.0.0.1:9")] });

    const near = desk.ask(BOB, { kind: "seek", peerId: ANN.peerId });
    const far = desk.ask(CAROL, { kind: "seek", peerId: ANN.peerId });

    const candidates = [LOOP_ANN, addr("10.0.0.1:1001")];
    expect(answersTo(near, BOB)).toEqual([
      { kind: "introduction", number: 1, card: ANN, candidates },
    ]);
    expect(answersTo(near, ANN)).toEqual([
      { kind: "introduction", number: 2, card: BOB, candidates: [LOOP_BOB] },
    ]);
    expect(answersTo(far, CAROL)).toEqual([
      { kind: "introduction", number: 1, card: ANN, candidates: [addr("10.0.0.1:1001")] },
    ]);
    expect(answersTo(far, ANN)).toEqual([
      { kind: "introduction", number: 3, card: CAROL, candidates: [AT_CAROL] },
    ]);
  });
});

describe("a topic", () => {
  test("introduces a newcomer and its members to each other", () => {
    desk.enter(ANN, AT_ANN, { topics: [topic(1)] });
    desk.enter(BOB, AT_BOB, { topics: [topic(1), topic(2)] });

    const outputs = desk.enter(CAROL, AT_CAROL, { topics: [topic(1)] });

    expect(introductions(outputs)).toEqual([...bothHalves(CAROL, BOB), ...bothHalves(CAROL, ANN)]);
    expect(answersTo(outputs, CAROL)[0]?.kind).toBe("registered");
  });

  test("keeps those apart who share none", () => {
    desk.enter(ANN, AT_ANN, { topics: [topic(1)] });

    const outputs = desk.enter(BOB, AT_BOB, { topics: [topic(2)] });

    expect(introductions(outputs)).toEqual([]);
  });

  test("shared twice is one introduction", () => {
    const topics = [topic(1), topic(2), topic(1)];
    desk.enter(ANN, AT_ANN, { topics });

    expect(introductions(desk.enter(BOB, AT_BOB, { topics }))).toEqual(bothHalves(BOB, ANN));
  });

  test("is new to a member that was killed and comes back at once", () => {
    desk.enter(ANN, AT_ANN, { topics: [topic(1)] });
    desk.enter(BOB, AT_BOB, { topics: [topic(1)] });

    desk.now += 50;
    const back = desk.enter(BOB, AT_BOB, { topics: [topic(1)] });

    expect(introductions(back)).toEqual(bothHalves(BOB, ANN));
  });

  test("is new to a member that adds it, and to nobody who repeats it", () => {
    desk.enter(ANN, AT_ANN, { topics: [topic(1), topic(2)] });
    desk.enter(BOB, AT_BOB, { topics: [topic(3)] });
    const both = [topic(3), topic(2)];

    const added = desk.ask(BOB, { kind: "register", candidates: [], topics: both });
    desk.now += 60_000;
    const repeated = desk.ask(BOB, { kind: "register", candidates: [], topics: both });

    expect(introductions(added)).toEqual(bothHalves(BOB, ANN));
    expect(introductions(repeated)).toEqual([]);
  });

  test("no longer holds who left it, closed its session or came back without it", () => {
    const topics = [topic(1)];
    for (const [card, at] of [
      [ANN, AT_ANN],
      [BOB, AT_BOB],
      [CAROL, AT_CAROL],
    ] as const) {
      desk.enter(card, at, { topics });
    }

    desk.ask(ANN, { kind: "register", candidates: [], topics: [] });
    directory.onClosed(desk.now, BOB.peerId);
    desk.enter(CAROL, AT_CAROL, { topics: [] });

    expect(introductions(desk.enter(cardOf(9), publicAddress(9), { topics }))).toEqual([]);
  });

  test("is new to a client that comes back in a newer session, for it may know nobody", () => {
    const topics = [topic(1)];
    desk.enter(ANN, AT_ANN, { topics });
    desk.enter(BOB, AT_BOB, { topics });
    desk.now += 15_000;

    const outputs = desk.enter(ANN, AT_CAROL, { topics });

    expect(introductions(outputs)).toEqual(bothHalves(ANN, BOB));
  });

  test("introduces a newcomer to the newest members, and no more than so many", () => {
    const topics = [topic(1)];
    const crowd = Array.from({ length: NEWCOMER_INTRODUCTIONS_MAX + 30 }, (_, i) =>
      cardOf(100 + i),
    );
    for (const [i, card] of crowd.entries()) desk.enter(card, publicAddress(i), { topics });
    desk.now += 60_000;

    const outputs = desk.enter(ANN, AT_ANN, { topics });

    const newest = crowd.toReversed().slice(0, NEWCOMER_INTRODUCTIONS_MAX);
    expect(introductions(outputs)).toEqual(newest.flatMap((card) => bothHalves(ANN, card)));
  });

  test("does not bury a member under newcomers that come and go", () => {
    const topics = [topic(1)];
    desk.enter(ANN, AT_ANN, { topics });

    let heard = 0;
    for (let i = 0; i < 1000; i++) {
      desk.now += 60;
      const card = cardOf(100 + i);
      const outputs = desk.enter(card, publicAddress(i), { topics });
      heard += answersTo(outputs, ANN).length;
      directory.onClosed(desk.now, card.peerId);
    }

    expect(heard).toBeGreaterThan(TARGET_PER_MINUTE / 2);
    expect(heard).toBeLessThanOrEqual(TARGET_PER_MINUTE);
  });

  test("that no more memberships are left for is stayed out of, and said so", () => {
    directory = new Directory({ membershipsMax: 1 });
    desk = new Desk(directory);
    desk.enter(ANN, AT_ANN, { topics: [topic(1)] });

    const outputs = desk.enter(BOB, AT_BOB, { topics: [topic(1)] });

    expect(introductions(outputs)).toEqual([]);
    expect(answersTo(outputs, BOB)).toHaveLength(1);
    expect(logs(outputs).map(({ message }) => message)).toContain("topics full");
  });
});

test("whatever clients do, introductions come in pairs between two who are registered", () => {
  const people = Array.from({ length: 5 }, (_, i) => cardOf(50 + i));
  const who = fc.nat({ max: 4 });
  const step = fc.oneof(
    fc.record({ do: fc.constant("open" as const), who, topics: fc.subarray([0, 1, 2]) }),
    fc.record({ do: fc.constant("close" as const), who }),
    fc.record({ do: fc.constant("move" as const), who, port: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant("register" as const), who, topics: fc.subarray([0, 1, 2]) }),
    fc.record({ do: fc.constant("seek" as const), who, whom: who }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 20_000 }) }),
  );
  const personOf = (index: number) => people[index] ?? ANN;
  const topicsOf = (topics: readonly number[]) => topics.map(topic);

  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      directory = new Directory();
      desk = new Desk(directory);
      const numbers = new Map<string, number>();
      for (const at of steps) {
        if (at.do === "wait") desk.now += at.ms;
        else if (at.do === "close") {
          directory.onClosed(desk.now, personOf(at.who).peerId);
          numbers.delete(personOf(at.who).peerId);
        } else if (at.do === "move") {
          directory.onMoved(desk.now, personOf(at.who).peerId, addr(`20.0.0.${at.who}:${at.port}`));
        }

        const person = "who" in at ? personOf(at.who) : ANN;
        const outputs = desk.drain();
        if (at.do === "open") {
          const from = addr(`20.0.0.${at.who}:7`);
          outputs.push(...desk.enter(person, from, { topics: topicsOf(at.topics) }));
        } else if (at.do === "register") {
          const topics = topicsOf(at.topics);
          outputs.push(...desk.ask(person, { kind: "register", candidates: [], topics }));
        } else if (at.do === "seek") {
          outputs.push(...desk.ask(person, { kind: "seek", peerId: personOf(at.whom).peerId }));
        }

        for (const { number, peerId } of directory.list()) {
          expect(numbers.get(peerId) ?? number).toBe(number);
          numbers.set(peerId, number);
        }
        const halves = introductions(outputs);
        expect(halves.length % 2).toBe(0);
        const listed = new Set(directory.list().map(({ peerId }) => peerId.slice(0, 8)));
        for (let i = 0; i < halves.length; i += 2) {
          const [to = "", about = ""] = (halves[i] ?? "").split("<");
          expect(halves[i + 1]).toBe(`${about}<${to}`);
          expect(to).not.toBe(about);
          expect(listed.has(to) && listed.has(about)).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("twenty thousand clients in topics of ten are each listed once and meet their topic", () => {
  const count = 20_000;
  const topics = count / 10;
  let introduced = 0;
  for (let i = 0; i < count; i++) {
    desk.now += 1;
    const outputs = desk.enter(cardOf(i), publicAddress(i), { topics: [topic(i % topics)] });
    introduced += introductions(outputs).length / 2;
  }
  for (let i = 0; i < count; i += 2) directory.onClosed(desk.now, cardOf(i).peerId);
  desk.drain();

  // Member k of a topic meets the k before it: 10 * 9 / 2 in each.
  expect(introduced).toBe(topics * 45);
  expect(directory.list()).toHaveLength(count / 2);
  expect(directory.list().every(({ number }) => number % 2 === 0)).toBe(true);
});

describe("what those who seek one another say of their attempts", () => {
  const secret = new Uint8Array(32).fill(7);
  const probes = { calls: 20, punches: 0, callsSeen: 3, punchesSeen: 0 };
  const seekAnn: RendezvousRequest = { kind: "seek", peerId: ANN.peerId };

  beforeEach(() => {
    directory = new Directory({ meetingSecret: secret });
    desk = new Desk(directory);
    desk.enter(ANN, AT_ANN);
    desk.enter(BOB, AT_BOB);
  });

  test("is told to the other one alone", () => {
    const outputs = desk.ask(ANN, { ...SEEK_BOB, probes });

    expect(answersTo(outputs, BOB)).toMatchObject([{ kind: "introduction", probes }]);
    expect(answersTo(outputs, ANN)[0]).not.toHaveProperty("probes");
  });

  test("is told although it came too early for an introduction of its own", () => {
    desk.ask(ANN, SEEK_BOB);
    expect(introductions(desk.ask(BOB, { ...seekAnn, probes }))).toEqual([]);
    desk.now += 500;

    const outputs = desk.ask(ANN, { ...SEEK_BOB, probes: { ...probes, calls: 40 } });

    expect(answersTo(outputs, ANN)).toMatchObject([{ probes }]);
    expect(answersTo(outputs, BOB)).toMatchObject([{ probes: { calls: 40 } }]);
  });

  test("is forgotten a minute later", () => {
    desk.ask(BOB, { ...seekAnn, probes });
    desk.now += 61_000;

    expect(answersTo(desk.ask(ANN, SEEK_BOB), ANN)[0]).not.toHaveProperty("probes");
  });
});
