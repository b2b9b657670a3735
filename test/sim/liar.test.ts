import { expect, test } from "bun:test";
import { addressOf, hostOf, parseAddress, type Address } from "../../lib/base/address.ts";
import { Writer } from "../../lib/base/bytes.ts";
import { encodeNatReport, type Allocation, type NatReport } from "../../lib/wire/nat.ts";
import {
  PUNCH_PACKETS_BURST,
  PUNCH_PACKETS_PER_SECOND,
  PUNCH_SOCKETS_MAX,
} from "../../lib/paths/punchbudget.ts";
import type { IntroducerKind } from "../../lib/paths/introductions.ts";
import type { Card } from "../../lib/wire/card.ts";
import type { Occasion, RendezvousAnswer } from "../../lib/wire/rendezvous.ts";
import type { Client } from "./client.ts";
import { HOME_NAT } from "../support/homenat.ts";
import {
  asSaying,
  forgedPunches,
  inventedCard,
  lyingPeer,
  lyingServer,
  serverSockets,
  type LiarProcess,
  type Lies,
} from "./liars.ts";
import { Meter, type Volume } from "./meter.ts";
import type { NatBehaviour } from "./nat.ts";
import type { Router } from "./network.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";

/** What one introduction may cause. */
const DATAGRAMS = 20;
const BYTES = 6_000;

/** The largest of the probes that a NAT report may cause. */
const PROBE_BYTES = 64;

/** And all of them: nothing else is as small, but for keepalives of those who have met. */
const PUNCH_BYTES = 16;

/** Besides, this opens one's own router, and dies on its way. */
const OPENERS = 1;

/** Nobody is there. */
const OBSERVERS = ["11.9.9.1:3478", "11.9.9.2:3478", "11.9.9.3:3478"];

/** Introductions that are followed in a minute: of one peer, and of all. */
const PER_PEER = 5 + 6;
const PER_MINUTE = 128;

const MINUTE_MS = 60_000;

/** Of one peer in the long run; at once five, and one of each other kind of introducer. */
const PER_PEER_STEADY = 6;
const PER_PEER_AT_ONCE = 5 + 2;

const INTRODUCERS: readonly IntroducerKind[] = ["server", "member", "lan"];

/** Who is said to have this router is met by hundreds of probes, by those who may. */
const TEMPTING: NatReport = {
  ...HOME_NAT,
  mapping: "address-and-port-dependent",
  allocation: { kind: "random" },
  addresses: "several",
  poisons: true,
  recentPorts: [40_000, 50_000],
  crossTrafficPerSecond: 65_535,
};

const RANDOM: Allocation = { kind: "random" };
const SEQUENTIAL: Allocation = { kind: "sequential", step: 1 };
const BLOCK: Allocation = { kind: "block", low: 20_000, high: 20_511 };

test("whatever a server names, nothing goes to loopback, to many, or to nobody", () => {
  const { sim, meter, tell } = deceived();
  const named = [
    ["127.0.0.1:9", "[::1]:9", "224.0.0.251:5353", "[ff02::fb]:5353"],
    ["255.255.255.255:9", "0.0.0.0:9", "192.168.1.255:9", "10.1.2.3:9", "169.254.1.1:9"],
  ];

  const [victim] = victims(sim, 1);
  if (victim === undefined) throw new Error("There is a victim");

  for (const [i, texts] of named.entries()) tell(i, [...addresses(texts), victim]);
  sim.world.runFor(MINUTE_MS);

  expect([...meter.peaks(MINUTE_MS).keys()]).toEqual([victim]);
});

test("one introduction causes 20 datagrams and 6 kB at most, however many it names", () => {
  for (const count of [1, 3, 8]) {
    const { sim, meter, tell } = deceived();

    tell(1, victims(sim, count));
    sim.world.runFor(MINUTE_MS);

    const { datagrams, bytes } = meter.total();
    expect(datagrams).toBeWithin(count, DATAGRAMS + 1);
    expect(bytes).toBeWithin(1, BYTES + 1);
  }
});

test.each([
  ["random", RANDOM, 2048],
  ["sequential", SEQUENTIAL, 64],
  ["block", BLOCK, 128],
] as const)("a NAT report, %s, costs a victim no more than its probes", (_, allocation, probes) => {
  const { sim, meter, tell } = deceived({}, true);

  const victim = victims(sim, 1);
  tell(1, victim, { ...TEMPTING, allocation });
  sim.world.runFor(MINUTE_MS);

  const { datagrams, bytes } = volumeAt(meter, victim);
  expect(datagrams).toBeWithin(probes, DATAGRAMS + probes + OPENERS + 1);
  expect(bytes).toBeWithin(1, BYTES + PROBE_BYTES * (probes + OPENERS) + 1);
});

/** What the server says of all of them to be believed. */
const INVITING: Occasion = { round: 0, isTurn: true, sharesRoom: true, waitMs: 0 };

test.each([
  ["says nothing", undefined],
  ["says that it is their turn, and that they share a room", INVITING],
] as const)("one birthday in 20 s, however many are not there, if a server %s", (_, occasion) => {
  const { sim, meter, tell } = deceived({}, true);
  const all = victims(sim, 8);

  for (let i = 0; i < 120; i++) {
    tell(i, all.slice(i % 8, (i % 8) + 1), TEMPTING, occasion);
    sim.world.runFor(500);
  }

  const punches = punchesOf(meter);
  const openers = PER_MINUTE * OPENERS;
  expect(punches.peak(MINUTE_MS).datagrams).toBeWithin(2 * 2048 + 1, 3 * 2048 + openers + 1);
  expect(punches.peak(19_900).datagrams).toBeWithin(2048, 2048 + openers + 1);
});

test("strangers have a few birthdays an hour, and who shares a room has more", () => {
  for (const [sharesRoom, birthdays] of [
    [false, 3 + 1],
    [true, 30],
  ] as const) {
    const { sim, meter, tell } = deceived({}, true);
    const victim = victims(sim, 1);

    for (let i = 0; i < 30; i++) {
      tell(i, victim, TEMPTING, { round: 0, isTurn: true, sharesRoom, waitMs: 0 });
      sim.world.runFor(MINUTE_MS / 3 + 1_000);
    }

    // Ten minutes and some give strangers back one more.
    const { datagrams } = punchesOf(meter).total();
    expect(datagrams).toBeWithin(birthdays * 2048, birthdays * 2048 + 30 * OPENERS + 1);
  }
});

test.each([
  ["block", BLOCK],
  ["sequential", SEQUENTIAL],
] as const)("small searches are bounded together too: %s", (_, allocation) => {
  for (const sharesRoom of [false, true]) {
    const { sim, meter, tell } = deceived({}, true);
    const all = victims(sim, 8);

    for (let i = 0; i < 600; i++) {
      const occasion = { ...INVITING, sharesRoom };
      tell(i, all.slice(i % 8, (i % 8) + 1), { ...TEMPTING, allocation }, occasion);
      sim.world.runFor(100);
    }

    const { datagrams: sent } = punchesOf(meter).total();
    const most = (sharesRoom ? 1 : 1 / 2) * PUNCH_PACKETS_BURST + 60 * PUNCH_PACKETS_PER_SECOND;
    expect(sent).toBeWithin(1_000, most + PER_MINUTE * OPENERS + 1);
  }
});

test("whoever is said to be met from many sockets, they are never more than may be", () => {
  for (const allocation of [{ kind: "random" }, { kind: "sequential", step: 1 }] as const) {
    const mapping = "address-and-port-dependent";
    const { sim, ann, tell } = deceived({}, true, { mapping, filtering: mapping, allocation });
    const [victim] = victims(sim, 1);
    if (victim === undefined) throw new Error("There is a victim");
    const before = ann.process.sockets;

    let most = 0;
    for (let i = 0; i < 1_200; i++) {
      // One to be met by a birthday, and one half-way.
      const theirs = { ...TEMPTING, allocation: SEQUENTIAL, addresses: "one" } as const;
      tell(i, [victim], i % 2 === 0 ? HOME_NAT : theirs, INVITING);
      sim.world.runFor(50);
      most = Math.max(most, ann.process.sockets);
    }
    sim.world.runFor(MINUTE_MS);

    expect(most).toBeWithin(before + 20, before + PUNCH_SOCKETS_MAX + 1);
    expect(ann.process.sockets).toBeLessThanOrEqual(before);
  }
});

test("a peer that lies of its router is searched for where it is alone, once in 20 s", () => {
  const sim = simulate(1);
  sim.server();
  const behind = sim.nat("home", { filtering: "address-and-port-dependent" });
  const ann = sim.client("ann", { behind, surveys: true });
  const meter = new Meter([ann.process.host], [sim.serverAddress()]);
  sim.world.watch(meter);
  sim.world.runFor(5_000);

  const nat = encodeNatReport({ ...TEMPTING, addresses: "one" });
  const claims = { candidates: victims(sim, 7), nat, rooms: ["#lobby"], answers: false };
  const liar = lyingPeer(sim, "mallory", claims);
  sim.world.runFor(4 * MINUTE_MS);

  const own = liar.host.attachments[0]?.ip ?? "";
  const punches = punchesOf(meter);
  expect(punches.total(({ to }) => hostOf(to) !== own).datagrams).toBe(0);
  expect(punches.peak(19_900).datagrams).toBeWithin(2048, 2048 + PER_PEER * OPENERS + 1);
});

test("a peer whose path will die, as it says again and again, is searched for once in 20 s", () => {
  const sim = simulate(1);
  sim.server();
  const behind = sim.nat("home", { filtering: "address-and-port-dependent" });
  const ann = sim.client("ann", { behind, surveys: true });
  const meter = new Meter([ann.process.host], [sim.serverAddress()]);
  sim.world.watch(meter);
  sim.world.runFor(5_000);
  const claims = { candidates: [], rooms: ["#lobby"], answers: true };
  const liar = lyingPeer(sim, "mallory", claims);
  sim.world.runFor(5_000);
  const own = liar.host.attachments[0]?.ip ?? "";
  expect(ann.events.some(({ type }) => type === "peer")).toBe(true);

  const card = inventedCard(new Prng(sim.seed, "identity mallory"), "liar");
  const nat = encodeNatReport({ ...TEMPTING, addresses: "one" });
  const candidates = victims(sim, 7);
  for (let i = 0; i < 4 * 60 * 2; i++) {
    const token = new Uint8Array(8).fill(1 + (i % 255));
    const answer = { kind: "introduction", number: 0, card, candidates, nat, token } as const;
    liar.command({ type: "say", to: ann.peerId, sayings: [asSaying(answer)] });
    sim.world.runFor(500);
  }

  expect(volumeAt(meter, candidates).datagrams).toBe(0);
  const punches = punchesOf(meter);
  expect(punches.total(({ to }) => hostOf(to) !== own).datagrams).toBe(0);
  expect(punches.peak(19_900).datagrams).toBeWithin(2048, 2048 + PER_PEER * OPENERS + 1);
});

test("who is named as an observer hears a few questions and is left alone", () => {
  const { sim, meter, tell } = deceived({ observers: addresses(OBSERVERS) }, true);
  tell(1, []);
  sim.world.runFor(10 * MINUTE_MS);

  const named = OBSERVERS.map((text) => meter.total(({ to }) => to === text).datagrams);
  expect(Math.min(...named)).toBeGreaterThan(0);
  expect(Math.max(...named)).toBeLessThan(40);
});

test("a peer that is introduced again and again is called eleven times in a minute at most", () => {
  const { sim, meter, tell } = deceived();
  const [victim] = victims(sim, 1);
  if (victim === undefined) throw new Error("There is a victim");

  for (let sent = 0; sent < 3 * MINUTE_MS; sent += 250) {
    tell(1, [victim], TEMPTING);
    sim.world.runFor(250);
  }

  expect(meter.peak(MINUTE_MS).datagrams).toBeWithin(PER_PEER, PER_PEER * DATAGRAMS + 1);
});

test("many peers who are not there cost one victim 128 introductions in a minute", () => {
  const { sim, meter, tell } = deceived();
  const victim = victims(sim, 1);

  for (let i = 0; i < 500; i++) {
    tell(i, victim);
    sim.world.runFor(100);
  }
  sim.world.runFor(9_000);

  const { datagrams, bytes } = volumeAt(meter, victim);
  expect(datagrams).toBeWithin(PER_MINUTE, PER_MINUTE * DATAGRAMS + 1);
  expect(bytes).toBeWithin(PER_MINUTE, PER_MINUTE * BYTES + 1);
});

test("a peer cannot have others call where it is not, nor itself more than may be", () => {
  const sim = simulate(1);
  sim.server();
  const ann = sim.client("ann");
  const meter = new Meter([ann.process.host], [sim.serverAddress()]);
  sim.world.watch(meter);
  const [strangers, nat] = [victims(sim, 7), encodeNatReport(TEMPTING)];

  const claims = { candidates: strangers, nat, rooms: ["#lobby"], answers: false };
  const liar = lyingPeer(sim, "mallory", claims);
  sim.world.runFor(2 * MINUTE_MS);

  const own = addressOf(liar.host.attachments[0]?.ip ?? "", liar.port);
  const peaks = meter.peaks(MINUTE_MS);
  expect([...peaks.keys()]).toEqual(own === undefined ? [] : [own]);
  expect(meter.peak(MINUTE_MS).datagrams).toBeWithin(1, PER_PEER * DATAGRAMS + 1);
});

test.each(["server", "member"] as const)(
  "forged punches are paid by the introduction: %s",
  (by) => {
    for (const [count, poisons] of [
      [1, false],
      [3, false],
      [8, false],
      [3, true],
    ] as const) {
      const { sim, meter, introduce, forge } = besieged();

      introduce[by](1, count, { ...HOME_NAT, poisons });
      for (let i = 0; i < 80; i++) {
        forge(1);
        sim.world.runFor(250);
      }

      const { datagrams, bytes } = meter.total();
      expect(datagrams).toBeWithin(count, DATAGRAMS + 1);
      expect(bytes).toBeWithin(1, BYTES + 1);
    }
  },
);

test("one peer that all introduce, with forged punches, is called no more often for it", () => {
  const { sim, meter, introduce, forge } = besieged();

  for (let i = 0; i < 5 * 240; i++) {
    const by = INTRODUCERS[i % INTRODUCERS.length] ?? "server";
    introduce[by](1, 8);
    for (let punches = 0; punches < 5; punches++) {
      forge(1);
      sim.world.runFor(50);
    }
  }

  const worst = meter.peak(MINUTE_MS);
  expect(worst.datagrams).toBeWithin(PER_PEER_STEADY * DATAGRAMS, PER_PEER * DATAGRAMS + 1);
  expect(worst.bytes).toBeWithin(1, PER_PEER * BYTES + 1);
  const all = PER_PEER_AT_ONCE + 5 * PER_PEER_STEADY;
  expect(meter.total().datagrams).toBeLessThanOrEqual(all * DATAGRAMS);
}, 240_000);

test("all who introduce, with forged punches, cost 128 introductions in a minute", () => {
  const { sim, meter, introduce, forge } = besieged();

  for (let i = 0; i < 700; i++) {
    for (const [place, by] of INTRODUCERS.entries()) introduce[by](3 * i + place, 8);
    // Of those before, whose rounds are over.
    for (let who = Math.max(0, 3 * i - 12); who < 3 * i; who++) forge(who);
    sim.world.runFor(100);
  }

  const { datagrams, bytes } = meter.peak(MINUTE_MS);
  expect(datagrams).toBeWithin(PER_MINUTE * (DATAGRAMS - 4), PER_MINUTE * DATAGRAMS + 1);
  expect(bytes).toBeWithin(1, PER_MINUTE * BYTES + 1);
}, 240_000);

test("whoever lies, a neighbour whom the local network announces is met at once", () => {
  const { sim, ann, home, guests, introduce } = besieged();
  const bob = sim.client("bob", { behind: home, rooms: [] });
  sim.world.runFor(1_000);
  const card = guests.find(({ card: { peerId } }) => peerId === bob.peerId)?.card;
  if (card === undefined) throw new Error("Bob has registered");
  const lies = (["server", "member"] as const).map((by) => introduce[by]);

  for (let i = 0; i < 900; i++) {
    for (const lie of lies) {
      lie(i, 8);
      lie(i, 8, HOME_NAT, card);
    }
    sim.world.runFor(100);
  }
  expect(ann.isConnectedTo(bob)).toBe(false);
  const [address] = addresses([`${bob.process.host.attachments[0]?.ip}:${bob.process.port}`]);
  if (address === undefined) throw new Error("Bob has an address");
  ann.process.find({ kind: "peer", card, address });

  expect(sim.world.runUntil(() => ann.isConnectedTo(bob), 500)).toBe(true);
}, 240_000);

test("a meter finds the worst interval of each target", () => {
  const sim = simulate(1);
  const [ann, bob] = ["ann", "bob"].map((name) => sim.world.network.host(name));
  if (ann === undefined || bob === undefined) throw new Error("Two are there");
  const meter = new Meter([ann]);
  const [one, other] = addresses(["11.0.9.1:1", "11.0.9.1:2"]);
  if (one === undefined || other === undefined) throw new Error("Two are named");

  for (const now of [0, 10, 99, 100]) meter.onSent(now, ann, one, new Uint8Array(10));
  for (const host of [ann, bob]) meter.onSent(100, host, other, new Uint8Array(1000));
  for (const now of [101, 500]) meter.onSent(now, ann, one, new Uint8Array(10));

  expect(meter.total()).toEqual({ datagrams: 7, bytes: 1060 });
  expect(meter.peaks(100).get(one)).toEqual({ datagrams: 4, bytes: 40 });
  expect(meter.peaks(100).get(other)).toEqual({ datagrams: 1, bytes: 1000 });
  expect(meter.peaksByHost(100).get("11.0.9.1")).toEqual({ datagrams: 5, bytes: 1040 });
});

interface Deceived {
  readonly sim: Simulation;
  /** Of what the client sends to others than the server. */
  readonly meter: Meter;
  /** Introduces the client to the so-manieth of those who are not there. */
  readonly tell: (
    who: number,
    candidates: readonly Address[],
    nat?: NatReport,
    occasion?: Occasion,
  ) => void;
  readonly ann: Client;
}

/** A client that has registered with a server that lies. */
function deceived(
  lies: Lies = {},
  surveys = false,
  home: Partial<NatBehaviour> = { filtering: "address-and-port-dependent" },
): Deceived {
  const sim = simulate(1);
  const server = lyingServer(sim, lies);
  const behind = sim.nat("home", home);
  const ann = sim.client("ann", { behind, surveys });
  const meter = new Meter([ann.process.host], serverSockets(server.host));
  sim.world.watch(meter);
  sim.world.runFor(5_000);
  const tell: Deceived["tell"] = (who, candidates, nat, occasion) => {
    const answer = introductionOf(who, candidates, nat, occasion);
    server.command({ type: "say", to: undefined, sayings: [asSaying(answer)] });
  };
  return { sim, meter, tell, ann };
}

/** Of the so-manieth of those who are not there. */
function introductionOf(
  who: number,
  candidates: readonly Address[],
  nat?: NatReport,
  occasion?: Occasion,
  card = nobody(who),
): RendezvousAnswer {
  return {
    kind: "introduction",
    number: 2 + who,
    card,
    candidates,
    token: tokenOf(who),
    ...(nat && { nat: encodeNatReport(nat) }),
    ...(occasion && { occasion }),
  };
}

function nobody(who: number): Card {
  return inventedCard(new Prng(who, "nobody"), `nobody${who}`);
}

function tokenOf(who: number): Uint8Array {
  return new Writer(8)
    .zeros(4)
    .u32(1 + who)
    .finish();
}

interface Besieged {
  readonly sim: Simulation;
  readonly ann: Client;
  readonly home: Router;
  /** Of what she sends to others than the server and the member. */
  readonly meter: Meter;
  /** Who has registered with the server. */
  readonly guests: readonly { readonly card: Card }[];
  /** Has her told of the so-manieth of those who are not there, at so many addresses. */
  readonly introduce: Readonly<Record<IntroducerKind, Introduce>>;
  /** Sends her punches that seem to be of that one, from ever other places. */
  readonly forge: (who: number) => void;
}

type Introduce = (who: number, count: number, nat?: NatReport, card?: Card) => void;

/** A client whose server, a member of her room and her local network all lie. */
function besieged(): Besieged {
  const sim = simulate(1);
  const guests: { readonly card: Card; readonly observed: Address }[] = [];
  const server = lyingServer(sim, {
    answers: (_, asker) => {
      guests.push(asker);
      return [];
    },
  });
  const home = sim.nat("home");
  const ann = sim.client("ann", { behind: home });
  const claims = { candidates: [], rooms: ["#lobby"], answers: true };
  const mallory = lyingPeer(sim, "mallory", claims);
  const own = addressOf(mallory.host.attachments[0]?.ip ?? "", mallory.port);
  sim.world.runFor(1_000);
  const say = (liar: LiarProcess, answer: RendezvousAnswer): void => {
    liar.command({ type: "say", to: ann.peerId, sayings: [asSaying(answer)] });
  };
  const liar = guests.find(({ observed }) => observed === own);
  if (liar === undefined || own === undefined) throw new Error("The liar has registered");
  say(server, introductionOf(0, [own], undefined, undefined, liar.card));
  sim.world.runFor(1_000);

  const meter = new Meter([ann.process.host], [...serverSockets(server.host), own]);
  sim.world.watch(meter);
  const strangers = victims(sim, 8);
  const ip = ann.process.host.attachments[0]?.ip ?? "";
  const neighbours = addresses(
    Array.from({ length: 8 }, (_, i) => `${ip.slice(0, -1)}${77 + i}:9`),
  );
  const to = (count: number): Address[] => strangers.slice(0, count);
  let forged = 0;
  return {
    sim,
    ann,
    home,
    meter,
    guests,
    introduce: {
      server: (who, count, nat, card) =>
        say(server, introductionOf(who, to(count), nat, undefined, card)),
      member: (who, count, nat, card) =>
        say(mallory, introductionOf(who, to(count), nat, undefined, card)),
      lan: (who, count, _, card = nobody(who)) => {
        for (const address of neighbours.slice(0, count)) {
          ann.process.find({ kind: "peer", card, address });
        }
      },
    },
    forge: (who) => {
      const texts = [`${ip}:${ann.process.port}`, `12.0.${forged % 250}.1:${1_000 + forged}`];
      forged = (forged + 1) % 50_000;
      const [at, from] = addresses(texts);
      if (at === undefined || from === undefined) throw new Error("Those are addresses");
      for (const punch of forgedPunches(tokenOf(who))) ann.process.receive(at, from, punch);
    },
  };
}

/** Hosts on the internet that know nothing of all this. */
function victims(sim: Simulation, count: number): Address[] {
  return Array.from({ length: count }, (_, i) => {
    const { attachments } = sim.world.network.host(`victim ${i}`);
    return addresses([`${attachments[0]?.ip}:40000`]);
  }).flat();
}

function punchesOf(meter: Meter): Meter {
  const punches = new Meter([]);
  for (const sent of meter.sent) if (sent.bytes <= PUNCH_BYTES) punches.sent.push(sent);
  return punches;
}

/** What went to any port of those. */
function volumeAt(meter: Meter, targets: readonly Address[]): Volume {
  const hosts = new Set(targets.map(hostOf));
  return meter.total(({ to }) => hosts.has(hostOf(to)));
}

function addresses(texts: readonly string[]): Address[] {
  return texts.map((text) => {
    const address = parseAddress(text);
    if (address === undefined) throw new Error(`Not an address: ${text}`);
    return address;
  });
}
