import { beforeEach, describe, expect, test } from "bun:test";
import type { PeerId } from "../../lib/base/ids.ts";
import { INQUIRIES_MAX, INQUIRY_TIMEOUT_MS, LIST_MAX } from "../../lib/rendezvous/inquiries.ts";
import { Registrar, type RegistrarEvent } from "../../lib/rendezvous/registrar.ts";
import { SEEKS_MAX, SEEKS_WAITING_MAX } from "../../lib/rendezvous/seeks.ts";
import { CANDIDATES_MAX, TOPICS_MAX } from "../../lib/wire/limits.ts";
import { encodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import type { ListingEntry, RendezvousRequest } from "../../lib/wire/rendezvous.ts";
import { addr, cardOf, publicAddress, START, topic } from "./people.ts";

const BOB = cardOf(2, "bob");
const CAROL = cardOf(3, "carol");
const HOME = addr("192.168.1.5:4000");
const HOME_NAT: NatReport = {
  mapping: "endpoint-independent",
  compared: { ports: true, addresses: false },
  filtering: "unknown",
  allocation: { kind: "sequential", step: 1 },
  addresses: "unknown",
  isTranslated: true,
  poisons: undefined,
  hairpin: undefined,
  isBlocked: false,
  recentPorts: [4001, 4002],
  portsAgeMs: 100,
  crossTrafficPerSecond: 1,
};

let registrar: Registrar;
let events: RegistrarEvent[];

beforeEach(() => {
  registrar = new Registrar();
  events = [];
});

/** The requests of a turn; its events are put to `events`. */
function turn(): RendezvousRequest[] {
  const requests: RendezvousRequest[] = [];
  for (let output = registrar.pollOutput(); output !== undefined;) {
    if (output.kind === "request") requests.push(output.request);
    else events.push(output.event);
    output = registrar.pollOutput();
  }
  return requests;
}

/** Lets time pass up to `until`; when each request was made, after START. */
function pass(until: number): [number, RendezvousRequest][] {
  const made: [number, RendezvousRequest][] = [];
  for (let at = registrar.pollTimeout(); at <= START + until; at = registrar.pollTimeout()) {
    registrar.handleTimeout(at);
    for (const request of turn()) made.push([at - START, request]);
  }
  return made;
}

function openServer(now = START): void {
  registrar.onServerOpened(now);
  turn();
}

function entryOf(number: number): ListingEntry {
  const { peerId, name } = cardOf(number);
  return { number, peerId, name, address: publicAddress(number) };
}

/** The number of the one request of this turn that has one. */
function askedRequest(): number {
  const [request] = turn().flatMap((asked) => ("request" in asked ? [asked.request] : []));
  if (request === undefined) throw new Error("Cannot answer: nothing was asked");
  return request;
}

describe("registration", () => {
  test("waits for the server, then says all in one request, and repeats nothing", () => {
    registrar = new Registrar({ topics: [topic(1)] });
    registrar.setCandidates(START, [HOME]);
    expect(turn()).toEqual([]);

    registrar.onServerOpened(START);
    registrar.setTopics(START, [topic(1), topic(2)]);

    expect(turn()).toEqual([
      { kind: "register", candidates: [HOME], topics: [topic(1), topic(2)] },
    ]);
    expect(turn()).toEqual([]);
  });

  test("is made again when candidates or topics change, and only then", () => {
    openServer();

    registrar.setCandidates(START, [HOME]);
    registrar.setTopics(START, [topic(1)]);
    const changed = turn();
    registrar.setCandidates(START, [addr("192.168.1.5:4000")]);
    registrar.setTopics(START, [topic(1)]);
    const unchanged = turn();
    registrar.setTopics(START, [topic(2)]);

    expect(changed).toEqual([{ kind: "register", candidates: [HOME], topics: [topic(1)] }]);
    expect(unchanged).toEqual([]);
    expect(turn()).toEqual([{ kind: "register", candidates: [HOME], topics: [topic(2)] }]);
  });

  test("is made again with every session, ahead of everything else", () => {
    openServer();
    registrar.seek(START, BOB.peerId);
    registrar.onServerClosed(START);
    turn();

    registrar.onServerOpened(START + 1000);

    expect(turn().map(({ kind }) => kind)).toEqual(["register", "seek"]);
  });

  test("holds as many candidates and topics as a registration may", () => {
    registrar.setCandidates(
      START,
      Array.from({ length: 20 }, (_, i) => publicAddress(i)),
    );
    registrar.setTopics(
      START,
      Array.from({ length: 50 }, (_, i) => topic(i)),
    );
    registrar.onServerOpened(START);

    const [request] = turn();

    expect(request?.kind === "register" && request.candidates).toHaveLength(CANDIDATES_MAX);
    expect(request?.kind === "register" && request.topics).toHaveLength(TOPICS_MAX);
  });

  test("is confirmed by number and address, as often as the server says so", () => {
    openServer();

    const also = addr("[2001:db8::7]:4000");
    const others = [addr("[2001:db8::1]:3478")];
    const observers = [addr("0.0.0.0:3479")];
    const answer = { number: 3, observed: HOME, observers, others, also };
    registrar.handleAnswer(START, { kind: "registered", ...answer });
    turn();

    expect(events).toEqual([{ type: "registered", ...answer }]);
  });
});

describe("seek", () => {
  const asked = (made: readonly [number, RendezvousRequest][]) => made.map(([at]) => at);

  test("asks at once, on the ladder, then every fifteen seconds", () => {
    openServer();
    registrar.seek(START, BOB.peerId);

    const first = turn();
    const later = pass(30_000);

    expect(first).toEqual([{ kind: "seek", peerId: BOB.peerId }]);
    expect(asked(later)).toEqual([500, 1000, 2000, 4000, 19_000]);
    expect(later.every(([, request]) => request.kind === "seek")).toBe(true);
  });

  test("asks once more as soon as this client was seen by the other family, and once alone", () => {
    const isSeen = (...hosts: readonly string[]) => {
      const place = { number: 1, observed: HOME, observers: [], others: [] };
      for (const host of hosts) {
        const also = addr(`[2001:db8::${host}]:4000`);
        registrar.handleAnswer(START, { kind: "registered", ...place, also });
      }
      return turn();
    };
    openServer();
    registrar.seek(START, BOB.peerId);
    registrar.seek(START, CAROL.peerId);
    turn();
    registrar.handleAnswer(START, { kind: "unknown", peerId: CAROL.peerId });

    expect(isSeen("7", "8", "9")).toEqual([{ kind: "seek", peerId: BOB.peerId }]);
    expect(isSeen("7")).toEqual([]);

    registrar.setCandidates(START, [HOME]);
    turn();
    expect(isSeen("8")).toEqual([{ kind: "seek", peerId: BOB.peerId }]);
  });

  test("ends with unseek", () => {
    openServer();
    registrar.seek(START, BOB.peerId);
    registrar.seek(START, CAROL.peerId);
    turn();

    registrar.unseek(BOB.peerId);

    expect(pass(500)).toEqual([[500, { kind: "seek", peerId: CAROL.peerId }]]);
    registrar.unseek(CAROL.peerId);
    expect(pass(60_000)).toEqual([]);
    expect(registrar.pollTimeout()).toBe(Infinity);
  });

  test("repeated is the same seek", () => {
    openServer();
    registrar.seek(START, BOB.peerId);
    turn();

    registrar.seek(START + 100, BOB.peerId);

    expect(turn()).toEqual([]);
  });

  test("without a server waits for one, and then begins anew", () => {
    registrar.seek(START, BOB.peerId);
    expect(turn()).toEqual([]);
    expect(registrar.pollTimeout()).toBe(Infinity);

    registrar.onServerOpened(START + 70_000);

    expect(turn().map(({ kind }) => kind)).toEqual(["register", "seek"]);
    expect(asked(pass(72_000))).toEqual([70_500, 71_000, 72_000]);
  });

  test("stops with the server", () => {
    openServer();
    registrar.seek(START, BOB.peerId);

    registrar.onServerClosed(START);

    expect(turn()).toEqual([]);
    expect(pass(60_000)).toEqual([]);
  });

  test("of somebody unknown is asked again every ten seconds, until the ladder is of use", () => {
    openServer();
    registrar.seek(START, BOB.peerId);
    turn();

    registrar.handleAnswer(START + 50, { kind: "unknown", peerId: BOB.peerId });

    expect(asked(pass(10_050))).toEqual([10_050]);
    expect(events).toEqual([{ type: "unknown", peerId: BOB.peerId }]);
    expect(asked(pass(15_000))).toEqual([10_550, 11_050, 12_050, 14_050]);
  });

  test("makes up for nothing after this machine has slept", () => {
    openServer();
    registrar.seek(START, BOB.peerId);
    turn();

    registrar.handleTimeout(START + 3_600_000);

    expect(turn()).toHaveLength(1);
    expect(registrar.pollTimeout()).toBe(START + 3_600_500);
  });

  describe("of more than are asked for at a time", () => {
    const crowd = (size: number) => Array.from({ length: size }, (_, i) => cardOf(100 + i).peerId);

    /** Says of everybody who was asked for that he is not there, until `until`; who was. */
    function absent(until: number): [number, PeerId][] {
      const made: [number, PeerId][] = [];
      const answer = (at: number): void => {
        for (const request of turn()) {
          if (request.kind !== "seek") continue;
          made.push([at - START, request.peerId]);
          registrar.handleAnswer(at, { kind: "unknown", peerId: request.peerId });
        }
      };
      answer(START);
      for (let at = registrar.pollTimeout(); at <= START + until; at = registrar.pollTimeout()) {
        registrar.handleTimeout(at);
        answer(at);
      }
      return made;
    }

    test("the newest is asked for at once, in the place of one who is absent", () => {
      openServer();
      const [present = BOB.peerId, ...others] = crowd(SEEKS_MAX);
      registrar.seek(START, present);
      turn();
      for (const peerId of others) registrar.seek(START, peerId);
      absent(0);

      registrar.seek(START, BOB.peerId);

      expect(turn()).toEqual([{ kind: "seek", peerId: BOB.peerId }]);
      expect(pass(600).map(([, request]) => request)).toContainEqual({
        kind: "seek",
        peerId: present,
      });
    });

    test("all have their turn, at the rate of those few", () => {
      openServer();
      for (const peerId of crowd(3 * SEEKS_MAX)) registrar.seek(START, peerId);

      const made = absent(60_000);

      expect(new Set(made.map(([, peerId]) => peerId)).size).toBe(3 * SEEKS_MAX);
      const steady = made.filter(([at]) => at > 0);
      expect(steady.length).toBeGreaterThanOrEqual(6 * SEEKS_MAX);
      expect(steady.length).toBeLessThanOrEqual(7 * SEEKS_MAX);
    });

    test("the end of one makes room for another", () => {
      openServer();
      const [first = BOB.peerId, ...others] = crowd(SEEKS_MAX + 1);
      for (const peerId of [first, ...others]) registrar.seek(START, peerId);
      turn();

      registrar.unseek(others[0] ?? BOB.peerId);

      expect(pass(0)).toEqual([[0, { kind: "seek", peerId: first }]]);
    });

    test("one whose turn is to come is no longer sought after unseek", () => {
      openServer();
      const [first = BOB.peerId, ...others] = crowd(SEEKS_MAX + 1);
      for (const peerId of [first, ...others]) registrar.seek(START, peerId);
      absent(0);

      registrar.unseek(first);

      expect(absent(30_000).map(([, peerId]) => peerId)).not.toContain(first);
    });

    test("no more than a limit wait for their turn", () => {
      openServer();
      const all = crowd(SEEKS_MAX + SEEKS_WAITING_MAX + 1);
      for (const peerId of all) registrar.seek(START, peerId);

      registrar.unseek(all.at(-1) ?? BOB.peerId);
      turn();

      expect(asked(pass(0))).toHaveLength(1);
    });
  });
});

describe("what is known of the NAT", () => {
  test("is part of the registration, and a change of it makes another", () => {
    openServer();
    turn();

    registrar.setNat(START + 10, HOME_NAT);
    const known = turn();
    registrar.setNat(START + 20, undefined);

    const plain = { kind: "register", candidates: [], topics: [] } as const;
    expect(known).toEqual([{ ...plain, nat: encodeNatReport(HOME_NAT) }]);
    expect(turn()).toEqual([plain]);
  });

  test("is told to another server as old as it is by then", () => {
    registrar.setNat(START, HOME_NAT);
    registrar.onServerOpened(START + 4000);

    const [request] = turn();

    const nat = encodeNatReport({ ...HOME_NAT, portsAgeMs: HOME_NAT.portsAgeMs + 4000 });
    expect(request).toEqual({ kind: "register", candidates: [], topics: [], nat });
  });
});

describe("introductions", () => {
  test("are passed on, asked for or not", () => {
    openServer();

    registrar.handleAnswer(START, {
      kind: "introduction",
      number: 2,
      card: BOB,
      candidates: [HOME],
    });
    turn();

    const introduced = { type: "introduced", number: 2, card: BOB, candidates: [HOME] } as const;
    expect(events).toEqual([
      { ...introduced, nat: undefined, token: undefined, occasion: undefined, probes: undefined },
    ]);
  });

  test("tell what the other says of its NAT, where it can be read", () => {
    openServer();
    const introduction = { kind: "introduction", number: 2, card: BOB, candidates: [] } as const;

    registrar.handleAnswer(START, { ...introduction, nat: encodeNatReport(HOME_NAT) });
    registrar.handleAnswer(START, { ...introduction, nat: Uint8Array.of(1, 2) });
    turn();

    expect(events.map((event) => event.type === "introduced" && event.nat)).toEqual([
      HOME_NAT,
      undefined,
    ]);
  });

  test("are ignored without a session, as is every answer", () => {
    registrar.handleAnswer(START, { kind: "introduction", number: 2, card: BOB, candidates: [] });
    const answer = { number: 1, observed: HOME, observers: [], others: [] };
    registrar.handleAnswer(START, { kind: "registered", ...answer });
    turn();

    expect(events).toEqual([]);
  });
});

describe("a question", () => {
  test("without a server fails at once", () => {
    registrar.list(START, 1);
    registrar.peer(START, 2, 1);
    registrar.punch(START, 3);
    registrar.find(START, 4, "bob");

    expect(turn()).toEqual([]);
    expect(events).toEqual(
      [1, 2, 3, 4].map((token) => ({ type: "failed", token, reason: "no-server" }) as const),
    );
  });

  test("fails when its time is over, and a late answer is ignored", () => {
    openServer();
    registrar.punch(START, 9);
    const request = askedRequest();

    expect(registrar.pollTimeout()).toBe(START + INQUIRY_TIMEOUT_MS);
    registrar.handleTimeout(START + INQUIRY_TIMEOUT_MS);
    registrar.handleAnswer(START + INQUIRY_TIMEOUT_MS, { kind: "punched", request });
    turn();

    expect(events).toEqual([{ type: "failed", token: 9, reason: "timeout" }]);
    expect(registrar.pollTimeout()).toBe(Infinity);
  });

  test("fails with the server, once", () => {
    openServer();
    registrar.list(START, 1);
    turn();
    registrar.find(START, 2, "bob");

    registrar.onServerClosed(START + 10);

    expect(turn()).toEqual([]);
    expect(events).toEqual([
      { type: "failed", token: 1, reason: "no-server" },
      { type: "failed", token: 2, reason: "no-server" },
    ]);
    expect(pass(60_000)).toEqual([]);
    expect(events).toHaveLength(2);
  });

  test("too many ends the oldest", () => {
    openServer();

    for (let token = 0; token <= INQUIRIES_MAX; token++) registrar.punch(START, token);

    expect(turn()).toHaveLength(INQUIRIES_MAX + 1);
    expect(events).toEqual([{ type: "failed", token: 0, reason: "timeout" }]);
  });

  test("punch is answered with its round trip", () => {
    openServer();
    registrar.punch(START, 4);
    const request = askedRequest();

    registrar.handleAnswer(START + 41.5, { kind: "punched", request });
    registrar.handleAnswer(START + 50, { kind: "punched", request });
    turn();

    expect(events).toEqual([{ type: "punched", token: 4, rttMs: 41.5 }]);
  });

  test("peer is answered with one entry of that number, or fails", () => {
    openServer();
    const ask = (token: number, entries: readonly ListingEntry[]) => {
      registrar.peer(START, token, 2);
      const request = askedRequest();
      registrar.handleAnswer(START, { kind: "listing", request, entries, next: 0 });
      turn();
    };

    ask(1, [entryOf(2)]);
    ask(2, []);
    ask(3, [entryOf(7)]);

    expect(events).toEqual([
      { type: "found", token: 1, entries: [entryOf(2)] },
      { type: "failed", token: 2, reason: "no-such-number" },
      { type: "failed", token: 3, reason: "no-such-number" },
    ]);
  });

  test("find collects the pages that follow one another, and may find nobody", () => {
    openServer();
    registrar.find(START, 1, "bob");
    const request = askedRequest();
    registrar.handleAnswer(START, { kind: "listing", request, entries: [entryOf(1)], next: 1 });
    expect(turn()).toEqual([]);
    registrar.handleAnswer(START, { kind: "listing", request, entries: [entryOf(5)], next: 0 });
    registrar.find(START, 2, "carol");
    const second = askedRequest();
    registrar.handleAnswer(START, { kind: "listing", request: second, entries: [], next: 0 });
    turn();

    expect(events).toEqual([
      { type: "found", token: 1, entries: [entryOf(1), entryOf(5)] },
      { type: "found", token: 2, entries: [] },
    ]);
  });

  test("list asks for page after page, each with a time of its own", () => {
    openServer();
    registrar.list(START, 1);
    const first = askedRequest();

    const entries = [entryOf(1), entryOf(2)];
    registrar.handleAnswer(START + 2000, { kind: "listing", request: first, entries, next: 2 });
    const [next] = turn();
    const second = next?.kind === "list" ? next.request : 0;
    const rest = { kind: "listing", request: second, entries: [entryOf(8)], next: 0 } as const;
    registrar.handleTimeout(START + 4000);
    registrar.handleAnswer(START + 4900, rest);
    turn();

    expect(next).toEqual({ kind: "list", request: second, after: 2 });
    expect(second).not.toBe(first);
    expect(events).toEqual([{ type: "listed", token: 1, entries: [...entries, entryOf(8)] }]);
  });

  test("list follows a server that leads in circles for so many entries", () => {
    openServer();
    registrar.list(START, 1);
    const page = Array.from({ length: 24 }, (_, i) => entryOf(i + 1));

    let asked = 0;
    for (let [request] = turn(); request?.kind === "list"; [request] = turn()) {
      asked += 1;
      const answer = { kind: "listing", request: request.request, entries: page, next: 1 } as const;
      registrar.handleAnswer(START, answer);
    }

    expect(asked).toBe(Math.ceil(LIST_MAX / 24));
    expect(events.map((event) => event.type === "listed" && event.entries.length)).toEqual([
      LIST_MAX,
    ]);
  });

  test("list ends with a page that is empty, whatever is said to follow", () => {
    openServer();
    registrar.list(START, 1);
    const request = askedRequest();

    registrar.handleAnswer(START, { kind: "listing", request, entries: [], next: 9 });

    expect(turn()).toEqual([]);
    expect(events).toEqual([{ type: "listed", token: 1, entries: [] }]);
  });

  test("is not answered by an answer of another kind or number, nor of one not sought", () => {
    openServer();
    registrar.punch(START, 1);
    const punch = askedRequest();
    registrar.list(START, 2);
    const list = askedRequest();

    registrar.handleAnswer(START, { kind: "listing", request: punch, entries: [], next: 0 });
    registrar.handleAnswer(START, { kind: "punched", request: list });
    registrar.handleAnswer(START, { kind: "punched", request: 12_345 });
    registrar.handleAnswer(START, { kind: "unknown", peerId: BOB.peerId });

    expect(turn()).toEqual([]);
    expect(events).toEqual([]);
  });
});
