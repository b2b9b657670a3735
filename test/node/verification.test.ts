import { expect, test } from "bun:test";
import type { PeerId } from "../../lib/base/ids.ts";
import { commitmentTo } from "../../lib/crypto/shortauth.ts";
import {
  type VerificationMessage,
  type VerificationOutput,
  Verifications,
} from "../../lib/node/verification.ts";
import { seeded } from "../crypto/seeded.ts";
import { nth } from "./end.ts";

const [ANN, BOB, EVE] = [nth(0).peerId, nth(1).peerId, nth(2).peerId];

/** One person's comparisons, and what came of them. */
class Side {
  readonly id: PeerId;
  readonly verifications: Verifications;
  readonly told: Exclude<VerificationOutput, { kind: "send" }>[] = [];

  constructor(id: PeerId, seed: number) {
    this.id = id;
    this.verifications = new Verifications(id, seeded(seed));
  }

  /** What it wants sent. */
  poll(): VerificationMessage[] {
    const sent: VerificationMessage[] = [];
    for (let o = this.verifications.pollOutput(); o; o = this.verifications.pollOutput()) {
      if (o.kind === "send") sent.push(o.message);
      else this.told.push(o);
    }
    return sent;
  }

  get kinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }

  shown(peer: PeerId): string | undefined {
    return this.verifications.pictures(peer)?.join(" ");
  }
}

/** Carries what two say to each other, until neither says more. */
function talk(a: Side, b: Side): void {
  for (;;) {
    const [fromA, fromB] = [a.poll(), b.poll()];
    if (fromA.length + fromB.length === 0) return;
    for (const message of fromA) b.verifications.handleMessage(a.id, message);
    for (const message of fromB) a.verifications.handleMessage(b.id, message);
  }
}

test("nothing is shown before both persons want to compare, and then the same to both", () => {
  const [ann, bob] = [new Side(ANN, 1), new Side(BOB, 2)];

  ann.verifications.begin(BOB);
  talk(ann, bob);
  const before = [ann.shown(BOB), bob.shown(ANN)];
  bob.verifications.begin(ANN);
  talk(ann, bob);

  expect(before).toEqual([undefined, undefined]);
  expect(bob.kinds).toEqual(["asked", "pictures"]);
  expect(ann.kinds).toEqual(["pictures"]);
  expect(ann.shown(BOB)).toBe(bob.shown(ANN));
});

test("of two who begin at once one leads, whoever they are", () => {
  for (const [low, high] of [
    [ANN, BOB],
    [BOB, ANN],
  ] as const) {
    const [a, b] = [new Side(low, 3), new Side(high, 4)];

    a.verifications.begin(high);
    b.verifications.begin(low);
    talk(a, b);

    expect(a.shown(high)).toBeDefined();
    expect(a.shown(high)).toBe(b.shown(low));
  }
});

test("what the other person found is told, and ends the comparison", () => {
  const [ann, bob] = [new Side(ANN, 5), new Side(BOB, 6)];
  ann.verifications.begin(BOB);
  talk(ann, bob);
  bob.verifications.begin(ANN);
  talk(ann, bob);

  ann.verifications.conclude(BOB, false);
  talk(ann, bob);

  expect(bob.told.at(-1)).toEqual({ kind: "verdict", peer: ANN, isSame: false });
  expect(ann.shown(BOB)).toBeUndefined();
});

test("a reveal of something else than what was committed to is noticed", () => {
  const bob = new Side(BOB, 7);
  const nonce = new Uint8Array(16);

  bob.verifications.handleMessage(ANN, { kind: "compare", commitment: commitmentTo(nonce) });
  bob.verifications.begin(ANN);
  bob.verifications.handleMessage(ANN, { kind: "reveal", nonce: nonce.fill(1) });
  bob.poll();

  expect(bob.kinds).toEqual(["asked", "broken"]);
  expect(bob.shown(ANN)).toBeUndefined();
});

test("a peer gets no second try out of one command", () => {
  const bob = new Side(BOB, 8);
  const offer = (byte: number): VerificationMessage => {
    return { kind: "compare", commitment: commitmentTo(new Uint8Array(16).fill(byte)) };
  };

  bob.verifications.handleMessage(ANN, offer(1));
  bob.verifications.begin(ANN);
  bob.verifications.handleMessage(ANN, offer(2));
  bob.verifications.handleMessage(ANN, { kind: "reveal", nonce: new Uint8Array(16).fill(2) });
  const agreed = bob.poll().filter(({ kind }) => kind === "agree");

  expect(agreed).toHaveLength(1);
  expect(bob.shown(ANN)).toBeUndefined();
});

test("stray messages do nothing", () => {
  const bob = new Side(BOB, 9);
  const nonce = new Uint8Array(16);

  bob.verifications.handleMessage(ANN, { kind: "agree", nonce });
  bob.verifications.handleMessage(ANN, { kind: "reveal", nonce });
  bob.verifications.handleMessage(ANN, { kind: "verdict", isSame: true });
  bob.verifications.conclude(ANN, true);

  expect(bob.poll()).toEqual([]);
  expect(bob.told).toEqual([]);
});

test("each person's finding is told once, whoever is the first to say it", () => {
  const [ann, bob] = [new Side(ANN, 1), new Side(BOB, 2)];
  ann.verifications.begin(BOB);
  talk(ann, bob);
  bob.verifications.begin(ANN);
  talk(ann, bob);

  ann.verifications.conclude(BOB, true);
  talk(ann, bob);
  bob.verifications.conclude(ANN, true);
  talk(ann, bob);
  for (const isSame of [true, false]) {
    ann.verifications.handleMessage(BOB, { kind: "verdict", isSame });
    bob.verifications.handleMessage(ANN, { kind: "verdict", isSame });
  }
  talk(ann, bob);

  expect(ann.kinds).toEqual(["pictures", "verdict"]);
  expect(bob.kinds).toEqual(["asked", "pictures", "verdict"]);
  expect([ann.told.at(-1), bob.told.at(-1)]).toMatchObject([{ isSame: true }, { isSame: true }]);
});

test("who stands between two is seen: it commits to each before it knows the other's", () => {
  let same = 0;
  for (let seed = 0; seed < 2_000; seed++) {
    const [ann, bob] = [new Side(ANN, seed), new Side(BOB, seed + 50_000)];
    // To Ann she is Bob, and to Bob she is Ann: a session, and an identity of hers, with each.
    const [asBob, asAnn] = [new Side(EVE, seed + 90_000), new Side(EVE, seed + 130_000)];
    ann.verifications.begin(EVE);
    talk(ann, asBob);
    asBob.verifications.begin(ANN);
    asAnn.verifications.begin(BOB);
    talk(asAnn, bob);
    bob.verifications.begin(EVE);
    talk(ann, asBob);
    talk(asAnn, bob);

    expect(ann.shown(EVE)).toBeDefined();
    expect(bob.shown(EVE)).toBeDefined();
    // Two pictures of seven alike by chance come once in 200 pairs; all seven never here.
    if (ann.shown(EVE) === bob.shown(EVE)) same += 1;
  }

  expect(same).toBe(0);
});
