import { expect, test } from "bun:test";
import { signCard } from "../../lib/crypto/card.ts";
import { type Identity, identityFromSecret } from "../../lib/crypto/identity.ts";
import { Envelopes } from "../../lib/node/envelopes.ts";
import { Pins } from "../../lib/node/pins.ts";
import { Roster } from "../../lib/node/roster.ts";
import { seeded } from "../crypto/seeded.ts";
import { nth } from "./end.ts";

const [ALICE, BOB] = [nth(0), nth(1)];
const RUNS = { after: 0, signature: new Uint8Array(64), runs: [new Uint8Array(3)] };

function cardOf({ signing, noise }: Identity, name: string, serial = 1) {
  return signCard({ signing, noiseKey: noise.publicKey, name, serial });
}

/** One person's, who knows those others so. */
function envelopesOf(
  identity: Identity,
  name: string,
  known: ConstructorParameters<typeof Roster>[0] = [],
) {
  const roster = new Roster(known);
  const pins = new Pins();
  const card = cardOf(identity, name);
  const random = seeded(name.length);
  return { roster, pins, its: new Envelopes({ now: 0, random, identity, roster, pins, card }) };
}

const acquaintance = (identity: Identity, name: string, trust: "new" | "known" | "changed") => {
  return { card: cardOf(identity, name), trust, isBlocked: false, lastSeenMs: 1 };
};

test("something is sealed to whom one has met, and not to who is merely said to be so", () => {
  const sealedFor = (trust: "new" | "known" | "changed"): boolean => {
    const { its } = envelopesOf(ALICE, "alice", [acquaintance(BOB, "bob", trust)]);
    return its.seal(BOB.peerId, RUNS) !== undefined;
  };
  const { its, roster } = envelopesOf(ALICE, "alice");

  expect([sealedFor("known"), sealedFor("new"), sealedFor("changed")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(its.seal(BOB.peerId, RUNS)).toBeUndefined();
  roster.learn(cardOf(BOB, "bob"));
  expect(its.seal(BOB.peerId, RUNS)).toBeUndefined();
});

/** What an author of this name seals for Bob. */
function sealed(author: Identity, name: string): Uint8Array {
  const { its } = envelopesOf(author, name, [acquaintance(BOB, "bob", "known")]);
  return its.seal(BOB.peerId, RUNS) ?? new Uint8Array(0);
}

test("who has sealed something is known from then on, and kept, as a stranger", () => {
  const bob = envelopesOf(BOB, "bob");

  expect(bob.its.open(0, sealed(ALICE, "alice"))).toEqual({ author: ALICE.peerId, ...RUNS });
  expect(bob.roster.get(ALICE.peerId)?.trust).toBe("new");
  expect(bob.pins.pollStore(0)).toMatchObject([{ kind: "card", peer: ALICE.peerId, trust: "new" }]);
});

test("who comes sealed under the name of somebody known is barred", () => {
  const bob = envelopesOf(BOB, "bob", [acquaintance(ALICE, "alice", "known")]);

  bob.its.open(0, sealed(nth(5), "alice"));

  expect(bob.roster.isBarred(nth(5).peerId)).toBe(true);
});

test("a key that its owner has replaced seals nothing any more", () => {
  const { signing } = ALICE;
  const later = signCard({ signing, noiseKey: nth(6).noise.publicKey, name: "alice", serial: 2 });
  const known = { card: later, trust: "known", isBlocked: false, lastSeenMs: 1 } as const;
  const bob = envelopesOf(BOB, "bob", [known]);

  expect(bob.its.open(0, sealed(ALICE, "alice"))).toBe("never");
  expect(bob.roster.get(ALICE.peerId)?.card.serial).toBe(2);
});

test("strangers have their turn, however many there are", () => {
  const bob = envelopesOf(BOB, "bob");
  const open = (now: number, i: number): string => {
    const opened = bob.its.open(now, sealed(identityFromSecret(seeded(i)(64)), `s${i}`));
    return typeof opened === "string" ? opened : "opened";
  };
  const first = Array.from({ length: 20 }, (_, i) => open(0, i));

  expect(first.filter((it) => it === "opened")).toHaveLength(16);
  expect(first.at(-1)).toBe("later");
  expect(open(0, 0)).toBe("opened");
  expect(open(15_000, 30)).toBe("opened");
  expect(open(15_000, 31)).toBe("later");
});
