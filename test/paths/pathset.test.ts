import { expect, test } from "bun:test";
import { parseAddress, viaAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { peerIdOf } from "../../lib/base/ids.ts";
import { type Follower, type Path, type PathProbe, PathSet } from "../../lib/paths/pathset.ts";
import { TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { seeded } from "../crypto/seeded.ts";

const SIZE = TRANSPORT_BYTES_MIN;
const HERE = path("192.0.2.1:4000");
const THERE = path("192.0.2.2:4000");
const NEAR = { ...path("192.168.1.9:4000"), kind: "lan" } as const;

function begin(first: Path = HERE): PathSet {
  return new PathSet(seeded(1), "goes-back", first);
}

test("a peer that is heard elsewhere is followed once it has answered from there", () => {
  const paths = begin();

  paths.onHeard(0, THERE, SIZE);
  const probe = paths.pollProbe(0);

  expect(probe?.path).toEqual(THERE);
  expect(paths.current).toEqual(HERE);
  expect(paths.onResponse(50, probe?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(THERE);
  expect(paths.pollTimeout()).toBe(Infinity);
});

test("what is heard on the current path is nothing new", () => {
  const paths = begin();

  paths.onHeard(0, HERE, SIZE);

  expect(paths.pollProbe(0)).toBeUndefined();
});

test("an answer counts once, in time, and only with the data of the challenge", () => {
  const paths = begin();
  paths.onHeard(0, THERE, SIZE);
  const data = paths.pollProbe(0)?.data ?? new Uint8Array();

  expect(paths.onResponse(10, data.toReversed())).toBe(false);
  expect(paths.onResponse(10, new Uint8Array(8))).toBe(false);
  expect(paths.onResponse(10, data)).toBe(true);
  expect(paths.onResponse(10, data)).toBe(false);

  const late = begin();
  late.onHeard(0, THERE, SIZE);
  expect(late.onResponse(3_000, late.pollProbe(0)?.data ?? data)).toBe(false);
  expect(late.current).toEqual(HERE);
});

test("a path gets a challenge for each packet from it at most, and five a second", () => {
  const paths = begin();
  paths.onHeard(0, THERE, SIZE);

  expect(count(paths, 0)).toBe(1);
  expect(count(paths, 2_999)).toBe(0);

  for (let i = 0; i < 100; i++) paths.onHeard(2_999, THERE, SIZE);
  expect(count(paths, 2_999)).toBe(1);
  expect(count(paths, 3_000)).toBe(0);

  for (let i = 0; i < 100; i++) paths.onHeard(3_000, THERE, SIZE);
  let challenges = 0;
  for (let now = 3_000; now < 4_000; now++) challenges += count(paths, now);
  expect(challenges).toBe(5);
});

test("a packet smaller than a challenge leads to none", () => {
  const paths = begin();

  paths.onHeard(0, THERE, SIZE - 1);
  paths.onAlternative(0, NEAR, SIZE - 1);

  expect(count(paths, 0)).toBe(0);
});

test("a copy by a better path is tried, by an equal one not", () => {
  const paths = begin();

  paths.onAlternative(0, THERE, SIZE);
  expect(paths.pollProbe(0)).toBeUndefined();

  paths.onAlternative(0, NEAR, SIZE);
  const probe = paths.pollProbe(0);
  expect(paths.onResponse(1, probe?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(NEAR);

  paths.onAlternative(2, THERE, SIZE);
  expect(paths.pollProbe(2)).toBeUndefined();
});

test("an improvement that is none any more when it is proved is left alone", () => {
  const paths = begin();
  const other = { ...NEAR, remote: path("192.168.1.10:4000").remote };
  paths.onAlternative(0, NEAR, SIZE);
  paths.onAlternative(0, other, SIZE);
  const first = paths.pollProbe(0)?.data ?? new Uint8Array();
  const second = paths.pollProbe(0)?.data ?? new Uint8Array();

  expect(paths.onResponse(1, second)).toBe(true);
  expect(paths.onResponse(1, first)).toBe(false);
  expect(paths.current).toEqual(other);
});

test("four paths are tried at a time, and others when their time is over", () => {
  const paths = begin();
  const elsewhere = Array.from({ length: 100 }, (_, i) => path(`192.0.2.${i + 10}:4000`));

  for (const one of elsewhere) paths.onHeard(0, one, SIZE);
  expect(count(paths, 0)).toBe(4);
  expect(paths.pollTimeout()).toBe(3_000);

  expect(count(paths, 3_000)).toBe(0);
  expect(paths.pollTimeout()).toBe(Infinity);
  for (const one of elsewhere.toReversed()) paths.onHeard(3_000, one, SIZE);
  expect(paths.pollProbe(3_000)?.path).toEqual(elsewhere.at(-1));
});

test("a doubted path is left for the first other one that answers, and stays a spare", () => {
  const paths = begin();
  paths.setCandidates([HERE, THERE, NEAR], 20);

  expect(paths.doubt(0)).toBe(false);
  const first = asked(paths, 0);

  expect(first.map(({ path: it }) => it)).toEqual([HERE, THERE, NEAR]);
  expect(paths.isDoubted).toBe(true);
  expect(paths.onResponse(30, first[1]?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(THERE);
  expect(paths.spares).toEqual([HERE]);
  expect(paths.isDoubted).toBe(false);
  expect(asked(paths, 10_000)).toEqual([]);
});

test("a search repeats what was not answered, and candidates while paid for", () => {
  const paths = begin();
  paths.setCandidates([THERE, NEAR], 5);

  paths.doubt(0);
  let now = 0;
  const rounds = Array.from({ length: 4 }, () => {
    const challenged = asked(paths, now).length;
    now = paths.pollTimeout();
    return challenged;
  });

  expect(rounds).toEqual([3, 3, 2, 1]);
  paths.setCandidates([THERE, NEAR], 20);
  expect(asked(paths, now).length).toBe(3);
});

test("a path that answers beside the current one is a spare until it is needed", () => {
  const paths = begin();
  paths.setCandidates([THERE], 20);
  paths.search(0);
  const [own, other] = asked(paths, 0);

  expect(paths.onResponse(40, other?.data ?? new Uint8Array())).toBe(false);
  expect(paths.current).toEqual(HERE);
  expect(paths.doubt(100)).toBe(true);
  expect(paths.current).toEqual(THERE);

  const quick = begin();
  quick.setCandidates([THERE], 20);
  quick.search(0);
  const [mine, later] = asked(quick, 0);
  expect(quick.onResponse(40, mine?.data ?? new Uint8Array())).toBe(false);
  expect(quick.onResponse(41, later?.data ?? new Uint8Array())).toBe(false);
  expect(quick.current).toEqual(HERE);
  expect(own?.data).not.toEqual(other?.data);
});

test("a path that answers itself is not left, whatever else answers later", () => {
  const paths = begin();
  paths.setCandidates([THERE], 20);
  paths.doubt(0);
  const [own, other] = asked(paths, 0);

  expect(paths.onResponse(30, own?.data ?? new Uint8Array())).toBe(false);
  expect(paths.onResponse(31, other?.data ?? new Uint8Array())).toBe(false);

  expect(paths.current).toEqual(HERE);
});

test("four spares are kept, the latest", () => {
  const paths = begin();
  const ways = Array.from({ length: 6 }, (_, i) => path(`192.0.2.${i + 10}:4000`));

  for (const way of ways) {
    paths.doubt(0);
    expect(paths.onMet(0, way)).toBe(true);
  }

  expect(paths.current).toEqual(path("192.0.2.15:4000"));
  expect(paths.spares).toEqual(ways.slice(1, 5).toReversed());
});

test("a handshake by another path makes it a spare, and by a better one moves", () => {
  const paths = begin();

  expect(paths.onMet(0, THERE)).toBe(false);
  expect(paths.spares).toEqual([THERE]);
  expect(paths.onMet(0, NEAR)).toBe(true);
  expect(paths.current).toEqual(NEAR);
});

test("a better path that was left is tried again every half minute", () => {
  const paths = begin(NEAR);
  paths.setCandidates([THERE], 20);
  paths.doubt(0);
  paths.onResponse(30, asked(paths, 0)[1]?.data ?? new Uint8Array());
  expect(paths.current).toEqual(THERE);

  expect(paths.pollTimeout()).toBe(30_030);
  expect(count(paths, 30_029)).toBe(0);
  const probe = paths.pollProbe(30_030);

  expect(probe?.path).toEqual(NEAR);
  expect(paths.onResponse(30_050, probe?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(NEAR);
  expect(paths.pollTimeout()).toBe(Infinity);
});

function asked(paths: PathSet, now: number): PathProbe[] {
  const found: PathProbe[] = [];
  for (let probe = paths.pollProbe(now); probe !== undefined; probe = paths.pollProbe(now)) {
    found.push(probe);
  }
  return found;
}

function count(paths: PathSet, now: number): number {
  let challenges = 0;
  while (paths.pollProbe(now) !== undefined) challenges++;
  return challenges;
}

function path(text: string): Path {
  const remote = parseAddress(text);
  assert(remote !== undefined, "a test's addresses are addresses");
  return { socket: 0, remote, kind: "direct" };
}

const CARRIED: Path = {
  socket: -1,
  remote: viaAddress(peerIdOf(new Uint8Array(32)), peerIdOf(new Uint8Array(32).fill(1))),
  kind: "relay",
};

test("a path through another peer is left for any that leads straight there", () => {
  const paths = begin(CARRIED);

  paths.onAlternative(0, HERE, SIZE);
  expect(paths.onResponse(10, paths.pollProbe(0)?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(HERE);
  expect(paths.spares).toEqual([CARRIED]);

  paths.onAlternative(20, CARRIED, SIZE);
  expect(paths.pollProbe(20)).toBeUndefined();
});

test("what comes late by a worse path does not lead back from a better one that is heard", () => {
  const paths = begin(HERE);
  paths.onHeard(0, CARRIED, SIZE);
  const data = paths.pollProbe(0)?.data ?? new Uint8Array();

  paths.onHeard(10, HERE, SIZE);

  expect(paths.onResponse(20, data)).toBe(false);
  expect(paths.current).toEqual(HERE);
});

test("who is heard by a worse path alone is followed there", () => {
  const paths = begin(HERE);
  paths.onHeard(0, HERE, SIZE);
  paths.onHeard(10, CARRIED, SIZE);

  expect(paths.onResponse(20, paths.pollProbe(10)?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(CARRIED);
});

test("a path that is offered is used as soon as the current one is doubted", () => {
  const paths = begin(HERE);

  paths.offer(0, [CARRIED]);
  const probes = [paths.pollProbe(0), paths.pollProbe(0)];
  const offered = probes.find((probe) => probe?.path === CARRIED);
  expect(paths.onResponse(10, offered?.data ?? new Uint8Array())).toBe(false);
  expect(paths.current).toEqual(HERE);

  expect(paths.doubt(20)).toBe(true);
  expect(paths.current).toEqual(CARRIED);
});

test("to show oneself elsewhere is one challenge, whose answer changes nothing", () => {
  const paths = begin();

  paths.show([THERE, NEAR]);
  const shown = [paths.pollProbe(0), paths.pollProbe(0), paths.pollProbe(0)];

  expect(shown.map((probe) => probe?.path)).toEqual([THERE, NEAR, undefined]);
  for (const probe of shown) expect(paths.onResponse(10, probe?.data ?? SOME)).toBe(false);
  expect(paths.current).toEqual(HERE);
  expect(paths.spares).toEqual([]);
  expect(paths.pollTimeout()).toBe(Infinity);
});

const SOME = new Uint8Array(8);

test("two who follow each other at the same moment do not change places for good", () => {
  for (const delayMs of [0, 1, 20, 300, 700]) {
    const ends = [new End("stays", HERE), new End("goes-back", THERE)] as const;

    for (let now = 0; now < 10_000; now++) for (const end of ends) end.turn(now, delayMs, ends);

    expect(ends[0].paths.current).toEqual(ends[1].paths.current);
    expect(ends[0].moves + ends[1].moves).toBeLessThanOrEqual(3);
  }
});

test("who stays follows a peer that is back later, or by a better path, or when it doubts", () => {
  const follows = (now: number, back: Path, isDoubtful: boolean): boolean => {
    const paths = new PathSet(seeded(1), "stays", back);
    paths.onHeard(0, THERE, SIZE);
    expect(paths.onResponse(50, paths.pollProbe(0)?.data ?? new Uint8Array())).toBe(true);
    paths.onHeard(now, back, SIZE);
    const probe = paths.pollProbe(now);
    if (isDoubtful) paths.doubt(now);
    return paths.onResponse(now + 50, probe?.data ?? new Uint8Array());
  };

  expect(follows(100, HERE, false)).toBe(false);
  expect(follows(3_000, HERE, false)).toBe(true);
  expect(follows(100, NEAR, false)).toBe(true);
  expect(follows(100, HERE, true)).toBe(true);
});

interface Sent {
  readonly atMs: number;
  readonly path: Path;
  readonly challenge?: Uint8Array;
  readonly response?: Uint8Array;
}

/** One of two who talk without a pause, each on the path that it has in use. */
class End {
  readonly paths: PathSet;
  moves = 0;
  readonly #arriving: Sent[] = [];

  constructor(follower: Follower, first: Path) {
    this.paths = new PathSet(seeded(follower === "stays" ? 1 : 2), follower, first);
  }

  turn(now: number, delayMs: number, ends: readonly End[]): void {
    const other = ends.find((end) => end !== this);
    assert(other !== undefined, "there are two");
    const send = (sent: Omit<Sent, "atMs">): void => {
      other.#arriving.push({ ...sent, atMs: now + delayMs });
    };
    for (
      let [next] = this.#arriving;
      next !== undefined && next.atMs <= now;
      [next] = this.#arriving
    ) {
      this.#arriving.shift();
      const { challenge, response } = next;
      if (challenge !== undefined) send({ path: next.path, response: challenge });
      else if (response === undefined) this.paths.onHeard(now, next.path, SIZE);
      else if (this.paths.onResponse(now, response)) this.moves += 1;
    }
    for (let due = this.paths.pollProbe(now); due !== undefined; due = this.paths.pollProbe(now)) {
      send({ path: due.path, challenge: due.data });
    }
    if (now % 5 === 0) send({ path: this.paths.current });
  }
}
