import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { signCard } from "../../lib/crypto/card.ts";
import type { Identity } from "../../lib/crypto/identity.ts";
import { type Card, encodeCard } from "../../lib/wire/card.ts";
import { ASIDE_CHANNEL, CHAT_CHANNEL, RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import { decodeChat } from "../../lib/wire/chat.ts";
import { encodeAnswer } from "../../lib/wire/rendezvous.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { type Person, person, shownTo, statesOf } from "./people.ts";

/**
 * A server that introduces whom it likes as whom it likes. Ann knows Bob from an earlier run;
 * Mallory, who is in league with it, has an identity and a session of her own towards each.
 */
const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");
const MALLORY = at("203.0.113.66:4000");

class Stage {
  readonly net: Net;
  readonly server: End;
  readonly ann: Person;
  readonly store = new MemoryStore();
  /** To Ann she is Bob. */
  readonly mallory: End;

  /** `knows`: whether Ann has met Bob in an earlier run. */
  constructor(knows: boolean) {
    this.net = new Net(1);
    this.server = new End(this.net, SERVER, { identity: nth(7), purpose: "server" });
    this.mallory = new End(this.net, MALLORY, { identity: nth(5), name: "bob" });
    if (knows) {
      const card = cardOf(nth(1), "bob", 9);
      this.store.commit([{ kind: "card", peer: nth(1).peerId, card, trust: "known", wallMs: 1 }]);
    }
    this.ann = this.begin();
  }

  begin(): Person {
    const options = { identity: nth(0), name: "ann", server: SERVER, store: this.store };
    const ann = person(this.net, ANN, options);
    this.net.run(1_000);
    return ann;
  }

  introduce(card: Card, ...candidates: readonly Address[]): void {
    const answer = encodeAnswer({ kind: "introduction", number: 1, card, candidates });
    this.server.endpoint.send(nth(0).peerId, RENDEZVOUS_CHANNEL, answer);
    this.net.run(5_000);
  }

  /** Everything that a person has said, as it came to Mallory in the clear. */
  get overheard(): number {
    let count = 0;
    for (const event of this.mallory.events) {
      if (event.kind === "word") count += 1;
      if (event.kind !== "messages" || event.channel === RENDEZVOUS_CHANNEL) continue;
      for (const message of event.messages) {
        const isSaid = decodeChat(message)?.kind === "entries";
        if (event.channel === CHAT_CHANNEL && !isSaid) continue;
        if (event.channel === ASIDE_CHANNEL) continue;
        count += 1;
      }
    }
    return count;
  }
}

function cardOf(identity: Identity, name: string, serial: number): Uint8Array {
  return encodeCard(signed(identity, name, serial));
}

function signed({ signing, noise }: Identity, name: string, serial: number): Card {
  return signCard({ signing, noiseKey: noise.publicKey, name, serial });
}

function warningsOf({ events }: Person): number {
  return events.filter((event) => event.type === "trust" && event.trust === "changed").length;
}

test("who is put in the place of somebody known gets not one word, run after run", () => {
  const stage = new Stage(true);
  const words = ["#lobby", "@bob", `@bob~${nth(5).peerId.slice(0, 8)}`];

  stage.introduce(stage.mallory.endpoint.card, MALLORY);
  for (const to of words) stage.ann.command({ type: "send", req: to, to, text: "secret" });
  stage.net.run(20_000);
  const open = stage.mallory.connections.length;
  stage.ann.command({ type: "quit" });
  stage.net.run(1_000);
  const again = stage.begin();
  stage.introduce(stage.mallory.endpoint.card, MALLORY);
  for (const to of words) again.command({ type: "send", req: to, to, text: "secret" });
  stage.net.run(20_000);

  // The session is open: it is her key that bars her, and nothing in the way.
  expect(open).toBe(1);
  expect(stage.overheard).toBe(0);
  expect([warningsOf(stage.ann), warningsOf(again)]).toEqual([1, 1]);
});

test("a known person's card is worth nothing at another's address", () => {
  const stage = new Stage(true);

  stage.introduce(signed(nth(1), "bob", 9), MALLORY);
  stage.ann.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  stage.net.run(20_000);

  expect(statesOf(stage.ann, nth(1)).at(-1)).toBe("unreachable");
  expect(stage.mallory.connections).toEqual([]);
  expect(stage.overheard).toBe(0);
});

test("an old card of a known person, whose key was stolen since, calls nobody", () => {
  const stage = new Stage(true);
  const stolen = nth(5).noise.publicKey;
  const old = signCard({ signing: nth(1).signing, noiseKey: stolen, name: "bob", serial: 3 });

  stage.introduce(old, MALLORY);
  stage.ann.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  stage.net.run(20_000);

  expect(stage.mallory.connections).toEqual([]);
  expect(stage.overheard).toBe(0);
});

test("a known person under a name that a server made up keeps their own", () => {
  const stage = new Stage(true);
  const bob = new End(stage.net, BOB, { identity: nth(1), name: "bob" });
  const renamed = { ...signed(nth(1), "bob", 9), name: "carol" };

  stage.introduce(renamed, BOB);
  const before = bob.connections.length;
  stage.introduce(signed(nth(1), "bob", 9), BOB);
  const names = stage.ann.events.flatMap((event) => {
    return event.type === "peer" ? [event.who.name] : [];
  });

  expect(before).toBe(0);
  expect(bob.connections).toHaveLength(1);
  expect(new Set(names)).toEqual(new Set(["bob"]));
});

test("a known person who has taken another name is told of before that names them", () => {
  const stage = new Stage(true);

  stage.introduce(signed(nth(1), "robert", 10), BOB);

  const told = stage.ann.events.filter((event) => "who" in event);
  const who = { name: "robert", id: nth(1).peerId };
  expect(told[0]).toEqual({ type: "renamed", who, was: "bob" });
  expect(told[1]).toMatchObject({ type: "peer", who, trust: "known" });
});

test("what is for a known person under the name they have left goes to nobody else", () => {
  const stage = new Stage(true);
  stage.introduce(signed(nth(1), "robert", 10), BOB);

  stage.ann.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  stage.introduce(stage.mallory.endpoint.card, MALLORY);

  const error = stage.ann.events.find(({ type }) => type === "error");
  expect(error).toMatchObject({ req: "1", code: "NO_PEER" });
  expect(error).toMatchObject({ text: "@bob is called robert now: say @robert" });
  expect(stage.overheard).toBe(0);
});

test("people whom a server invents are told of eight times for a name, and barred beyond", () => {
  const stage = new Stage(true);
  const invented = [2, 3, 4, 5, 6].map(nth);

  for (const identity of invented) stage.introduce(signed(identity, "bob", 1), MALLORY);
  stage.ann.command({ type: "send", req: "1", to: "@bob", text: "secret" });
  stage.net.run(20_000);

  expect(warningsOf(stage.ann)).toBe(invented.length);
  expect(stage.ann.events.filter(({ type }) => type === "error")).toMatchObject([
    { code: "UNTRUSTED" },
  ]);
  expect(stage.overheard).toBe(0);
});

test("two who never met are shown different numbers where somebody stands between them", () => {
  const stage = new Stage(false);
  // Towards Bob she has another session, as Ann, under the same identity.
  const bob = person(stage.net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  stage.net.run(1_000);
  const asAnn = signed(nth(5), "ann", 1);

  stage.introduce(stage.mallory.endpoint.card, MALLORY);
  const toBob = encodeAnswer({
    kind: "introduction",
    number: 2,
    card: asAnn,
    candidates: [MALLORY],
  });
  stage.server.endpoint.send(nth(1).peerId, RENDEZVOUS_CHANNEL, toBob);
  stage.net.run(5_000);
  stage.ann.command({ type: "verify", req: "1", to: "@bob", answer: null });
  bob.command({ type: "verify", req: "2", to: "@ann", answer: null });
  stage.net.run(1_000);

  const numbers = [stage.ann, bob].map(({ events }) => {
    const reply = events.find((event) => event.type === "reply" && event.command === "verify");
    return reply?.type === "reply" && reply.command === "verify" ? reply.number : undefined;
  });
  expect(numbers[0]).toBeDefined();
  expect(numbers[1]).toBeDefined();
  expect(numbers[0]).not.toBe(numbers[1]);
  expect(shownTo(bob)).toEqual([]);
});
