import { describe, expect, test } from "bun:test";
import type { Address } from "../../../lib/base/address.ts";
import { concatBytes, toHex } from "../../../lib/base/bytes.ts";
import type { PeerId } from "../../../lib/base/ids.ts";
import { encodeUtf8 } from "../../../lib/base/text.ts";
import { openRoom } from "../../../lib/chat/rooms.ts";
import { signCard } from "../../../lib/crypto/card.ts";
import type { Identity } from "../../../lib/crypto/identity.ts";
import {
  CARRIED_BYTES_BURST,
  PAIR_BYTES_BURST,
  PAIR_BYTES_PER_SECOND,
} from "../../../lib/node/carrier.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { encodeChat } from "../../../lib/wire/chat.ts";
import { CARRIED_BYTES_MAX } from "../../../lib/wire/limits.ts";
import { decodeRelay, encodeRelay, type RelayDatagram } from "../../../lib/wire/relay.ts";
import { End, nth } from "../end.ts";
import { at, Net, type Sent } from "../net.ts";
import { host, type Person, person, shownTo, statesOf } from "../people.ts";
import { ChatStage, EVES, LOBBY, OTHER } from "./chatstage.ts";

const STRANGER = nth(3).peerId;

function tell(stage: ChatStage, datagram: RelayDatagram): void {
  stage.eve.send([{ kind: "datagram", data: encodeRelay(datagram) }]);
}

/** What the victim has said to the attacker of carrying. */
function told(stage: ChatStage): RelayDatagram[] {
  const all = stage.eve.framesOf("datagram").map(({ data }) => decodeRelay(data));
  return all.filter((datagram) => datagram !== undefined);
}

function bytesTo({ net, bystander }: ChatStage, from: Address): number {
  return net.sent
    .filter((sent) => sent.from === from && sent.to === bystander.address)
    .reduce((sum, { bytes }) => sum + bytes.length, 0);
}

describe("a member that is asked to carry", () => {
  test("says no to who wants to reach a stranger, and not without end", () => {
    const stage = new ChatStage();

    for (let i = 0; i < 200; i++) {
      tell(stage, { kind: "carry", peer: STRANGER, data: new Uint8Array(100) });
      stage.net.run(5);
    }

    const answers = told(stage);
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["uncarried"]));
    expect(answers.length).toBeWithin(1, 16 + 16 + 2);
  });

  test("says no to who is in no room with the other", () => {
    const stage = new ChatStage();
    stage.tell({ kind: "leave", room: LOBBY });
    stage.net.run(500);
    const before = bytesTo(stage, stage.victim.address);

    tell(stage, { kind: "carry", peer: OTHER, data: new Uint8Array(CARRIED_BYTES_MAX) });
    stage.net.run(500);

    expect(told(stage)).toEqual([{ kind: "uncarried", peer: OTHER, why: "not-there" }]);
    expect(bytesTo(stage, stage.victim.address) - before).toBeLessThan(500);
  });

  test("passes on no more than its buckets hold, whatever comes", () => {
    const stage = new ChatStage();
    const before = bytesTo(stage, stage.victim.address);

    for (let i = 0; i < 5_000; i++) {
      tell(stage, { kind: "carry", peer: OTHER, data: new Uint8Array(CARRIED_BYTES_MAX) });
      stage.net.run(1);
    }

    const passed = bytesTo(stage, stage.victim.address) - before;
    // Five seconds, and a fifth for headers and acknowledgements.
    const most = PAIR_BYTES_BURST + 5 * PAIR_BYTES_PER_SECOND;
    expect(passed).toBeWithin(most / 2, 1.2 * most);
    expect(most).toBeLessThan(CARRIED_BYTES_BURST + 5 * PAIR_BYTES_PER_SECOND);
    expect(stage.stateOfEve).toBe("connected");
  });

  test("passes on nothing that is too long for the paths of others", () => {
    const stage = new ChatStage();
    const before = bytesTo(stage, stage.victim.address);

    tell(stage, { kind: "carry", peer: OTHER, data: new Uint8Array(CARRIED_BYTES_MAX + 1) });
    stage.net.run(500);

    expect(bytesTo(stage, stage.victim.address) - before).toBeLessThan(CARRIED_BYTES_MAX);
    expect(told(stage)).toEqual([]);
  });

  test("ignores what is for the sender, nothing at all, and kinds that it does not know", () => {
    const stage = new ChatStage();

    tell(stage, { kind: "carry", peer: EVES, data: new Uint8Array(10) });
    tell(stage, { kind: "carry", peer: STRANGER, data: new Uint8Array(0) });
    for (const data of [[], [1], [4, 1, 2], [3, ...new Uint8Array(32), 9], [255]]) {
      stage.eve.send([{ kind: "datagram", data: Uint8Array.from(data) }]);
    }
    stage.net.run(1_000);

    expect(told(stage)).toEqual([]);
    expect(stage.stateOfEve).toBe("connected");
  });
});

describe("who is told that something was carried", () => {
  test("talks on with others, however many calls are forged, and knows nobody for them", () => {
    const stage = new ChatStage();
    const { victim, bystander, net } = stage;

    for (let i = 0; i < 500; i++) {
      const from = i % 2 === 0 ? OTHER : STRANGER;
      // As long as a call, and any ephemeral key will do: to find out costs a Diffie-Hellman.
      const noise = concatBytes(Uint8Array.of(2, 1, 1), net.random(400));
      tell(stage, { kind: "carried", peer: from, data: noise });
    }
    net.run(1_000);

    bystander.command({ type: "send", req: "b", to: "#lobby", text: "are you there?" });
    net.run(1_000);
    expect(shownTo(victim)).toContain("are you there?");
    expect(statesOf(victim, nth(3))).toEqual([]);
  });

  test("keeps the session with whoever is said to have sent it", () => {
    const stage = new ChatStage();
    const { victim, bystander, net } = stage;
    const packets = net.sent.filter(({ from, to }) => {
      return from === bystander.address && to === victim.address;
    });

    for (const { bytes } of packets) tell(stage, { kind: "carried", peer: OTHER, data: bytes });
    net.run(5_000);

    expect(statesOf(victim, nth(0)).at(-1)).toBe("connected");
    const paths = stage.told("peer").filter(({ who }) => who.id === OTHER);
    expect(paths.map(({ path }) => path?.kind)).not.toContain("relay");
    victim.command({ type: "send", req: "v", to: "@other", text: "as ever" });
    net.run(1_000);
    expect(shownTo(bystander)).toContain("as ever");
  });

  test("stays where it meets its server, whoever says to have carried the server's packets", () => {
    const stage = new ChatStage();
    const { net, victim } = stage;
    const held: Uint8Array[] = [];
    net.fate = ({ from, to, bytes }) => {
      if (from !== SERVER || to !== victim.address) return [10];
      held.push(bytes);
      return [];
    };
    victim.command({ type: "punch", req: "p", to: null });
    net.run(100);
    net.fate = () => [10];

    for (const data of held) tell(stage, { kind: "carried", peer: nth(7).peerId, data });
    net.run(2_000);

    expect(held.length).toBeGreaterThan(0);
    expect(told(stage)).toEqual([]);
  });

  test("does not listen to who is in no room with it", () => {
    const stage = new ChatStage();
    stage.tell({ kind: "leave", room: LOBBY });
    stage.net.run(500);
    const calls = { kind: "carried", peer: EVES, data: new Uint8Array(300) } as const;

    for (let i = 0; i < 100; i++) tell(stage, calls);
    stage.net.run(1_000);

    expect(told(stage)).toEqual([]);
  });
});

test("who refuses to carry to somebody for whom it was not asked may be asked later", () => {
  const stage = new ChatStage();
  const { net, victim, bystander } = stage;
  const ends = new Map([
    [victim.address, bystander.address],
    [bystander.address, victim.address],
  ]);
  tell(stage, { kind: "uncarried", peer: OTHER, why: "never" });
  net.run(500);

  net.fate = ({ from, to }) => (ends.get(from) === to ? [] : [10]);
  victim.command({ type: "send", req: "v", to: "@other", text: "are you there?" });
  net.run(4_000);

  const asked = told(stage).filter(({ kind, peer }) => kind === "carry" && peer === OTHER);
  expect(asked.length).toBeGreaterThan(0);
});

type Lie = (carried: {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly data: Uint8Array;
}) => readonly { readonly from: PeerId; readonly to: PeerId; readonly data: Uint8Array }[];

const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const CAROL = at("198.51.100.3");
const DAVE = at("198.51.100.4");
const SERVER = at("203.0.113.1");

/** Ann and Bob, whom nothing direct connects, and Carol, who carries as she likes. */
class LyingStage {
  readonly net = new Net(1);
  readonly ann: Person;
  readonly bob: Person;
  readonly carol: End;
  lie: Lie = (carried) => [carried];
  #seen = 0;

  constructor() {
    const { net } = this;
    host(net, SERVER, nth(7));
    net.fate = (sent) => (isBetween(sent) ? [] : [10]);
    this.ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
    this.bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
    this.carol = new End(net, CAROL, { identity: nth(2), name: "carol" });
    this.#meet(nth(0), "ann", ANN);
    this.#meet(nth(1), "bob", BOB);
    net.run(500);
    const rooms = encodeChat({ kind: "rooms", rooms: [openRoom("#lobby")], proofs: [] });
    for (const { card } of this.carol.connections) {
      this.carol.endpoint.send(card.peerId, CHAT_CHANNEL, rooms);
    }
  }

  run(ms: number, isDone: () => boolean = () => false): boolean {
    return this.net.runUntil(() => {
      this.#carry();
      return isDone();
    }, ms);
  }

  get lastPath() {
    const states = this.ann.events.filter((event) => event.type === "peer");
    return states.findLast(({ who }) => who.id === nth(1).peerId)?.path;
  }

  #meet({ signing, noise }: Identity, name: string, address: Address): void {
    const card = signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
    this.carol.endpoint.connect(this.net.now, card, [address]);
  }

  #carry(): void {
    const { events, endpoint } = this.carol;
    for (; this.#seen < events.length; this.#seen++) {
      const event = events[this.#seen];
      if (event?.kind !== "datagram") continue;
      const asked = decodeRelay(event.data);
      if (asked?.kind !== "carry") continue;
      const from = event.connection.card.peerId;
      for (const said of this.lie({ from, to: asked.peer, data: asked.data.slice() })) {
        const datagram = { kind: "carried", peer: said.from, data: said.data } as const;
        endpoint.sendUnreliable(said.to, encodeRelay(datagram));
      }
    }
    this.net.flush();
  }
}

function isBetween({ from, to }: Sent): boolean {
  return (from === ANN && to === BOB) || (from === BOB && to === ANN);
}

const random = new Net(2).prng;

function altered(data: Uint8Array): Uint8Array {
  const copy = data.slice();
  const index = random.below(copy.length);
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}

const earlier: Uint8Array[] = [];

const LIES: readonly (readonly [string, Lie])[] = [
  ["carries as it should", (it) => [it]],
  ["drops three of ten", (it) => (random.chance(0.3) ? [] : [it])],
  ["alters three of ten", (it) => [random.chance(0.3) ? { ...it, data: altered(it.data) } : it]],
  ["says everything three times", (it) => [it, it, it]],
  [
    "repeats what it carried before",
    (it) => {
      earlier.push(it.data);
      const data = earlier[random.below(earlier.length)] ?? it.data;
      return [it, { ...it, data }];
    },
  ],
  ["sends everything back as well", (it) => [it, { from: it.to, to: it.from, data: it.data }]],
  ["says that others have sent it too", (it) => [{ ...it, from: nth(6).peerId }, it]],
  [
    "speaks for both",
    (it) => [it, { from: it.from, to: it.to, data: random.bytes(it.data.length) }],
  ],
];

test.each(LIES)(
  "a carrier that %s delivers what was said once and in order, or nothing",
  (_, lie) => {
    const stage = new LyingStage();
    stage.lie = lie;
    stage.run(10_000, () => stage.lastPath?.kind === "relay");
    const texts = Array.from({ length: 50 }, (__, i) => `word ${i}`);

    for (const text of texts) {
      stage.ann.command({ type: "send", req: text, to: "@bob", text });
      stage.run(100);
    }
    stage.run(10_000);

    expect(shownTo(stage.bob)).toEqual(texts);
    expect(statesOf(stage.ann, nth(6))).toEqual([]);
  },
);

test("a carrier sees nothing of what is said, and carries it to nobody else", () => {
  const stage = new LyingStage();
  const seen: Uint8Array[] = [];
  stage.lie = (it) => {
    seen.push(it.data);
    return [it];
  };
  stage.run(5_000, () => stage.lastPath?.kind === "relay");
  const secret = "the words of the two are for the two alone";

  stage.ann.command({ type: "send", req: "r", to: "@bob", text: secret });
  stage.run(2_000);

  expect(shownTo(stage.bob)).toEqual([secret]);
  const all = toHex(concatBytes(...seen));
  const words = [secret, "words", "bob", "ann"].map((word) => toHex(encodeUtf8(word)));
  for (const hex of [...words, nth(0).peerId]) expect(all).not.toContain(hex);
});

test("a carrier that alters everything connects nobody, and what it is blamed for is said", () => {
  const stage = new LyingStage();
  stage.lie = (it) => [{ ...it, data: altered(it.data) }];

  stage.run(20_000);

  expect(statesOf(stage.ann, nth(1)).at(-1)).toBe("unreachable");
  expect(shownTo(stage.bob)).toEqual([]);
});

test("a carrier that carries the call and then nothing more is left for another", () => {
  const stage = new LyingStage();
  stage.run(5_000, () => stage.lastPath?.kind === "relay");
  expect(stage.lastPath?.via?.name).toBe("carol");
  person(stage.net, DAVE, { identity: nth(3), name: "dave", server: SERVER });
  stage.run(3_000);

  stage.lie = () => [];
  stage.ann.command({ type: "send", req: "r", to: "@bob", text: "still there?" });
  stage.run(5_000);

  expect(shownTo(stage.bob)).toEqual(["still there?"]);
  expect(stage.lastPath?.via?.name).toBe("dave");
  expect(statesOf(stage.ann, nth(1))).not.toContain("gone");
});
