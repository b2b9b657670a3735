import { expect, test } from "bun:test";
import { addressOf, parseAddress, type Address } from "../../lib/base/address.ts";
import { encodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import type { RendezvousAnswer } from "../../lib/wire/rendezvous.ts";
import { asSaying, inventedCard, lyingPeer, lyingServer } from "./liars.ts";
import { Meter } from "./meter.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";

/** What one introduction may cause. */
const DATAGRAMS = 20;
const BYTES = 6_000;

/** Introductions that are followed in a minute: of one peer, and of all. */
const PER_PEER = 5 + 6;
const PER_MINUTE = 128;

const MINUTE_MS = 60_000;

/** Who is said to have this router is met by hundreds of probes, by those who may. */
const TEMPTING: NatReport = {
  mapping: "address-and-port-dependent",
  compared: { ports: true, addresses: true },
  filtering: "address-and-port-dependent",
  allocation: { kind: "random" },
  addresses: "several",
  isTranslated: true,
  poisons: true,
  hairpin: false,
  isBlocked: false,
  recentPorts: [40_000, 50_000],
  portsAgeMs: 0,
  crossTrafficPerSecond: 65_535,
};

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

test("a NAT report tempts nobody to spend more on a stranger", () => {
  const { sim, meter, tell } = deceived();

  tell(1, victims(sim, 1), TEMPTING);
  sim.world.runFor(MINUTE_MS);

  expect(meter.total().datagrams).toBeWithin(1, DATAGRAMS + 1);
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

test("a thousand peers who are not there cost one victim 128 introductions in a minute", () => {
  const { sim, meter, tell } = deceived();
  const victim = victims(sim, 1);

  for (let i = 0; i < 1_000; i++) {
    tell(i, victim, i % 2 === 0 ? TEMPTING : undefined);
    sim.world.runFor(100);
  }

  const [[host, most] = ["", undefined]] = meter.peaksByHost(MINUTE_MS);
  expect(victim).toEqual([parseAddress(`${host}:40000`) ?? expect.unreachable()]);
  expect(most?.datagrams).toBeWithin(PER_MINUTE, PER_MINUTE * DATAGRAMS + 1);
  expect(most?.bytes).toBeWithin(PER_MINUTE, PER_MINUTE * BYTES + 1);
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
  readonly tell: (who: number, candidates: readonly Address[], nat?: NatReport) => void;
}

/** A client that has registered with a server that lies. */
function deceived(): Deceived {
  const sim = simulate(1);
  const server = lyingServer(sim);
  const ann = sim.client("ann");
  const meter = new Meter([ann.process.host], [sim.serverAddress()]);
  sim.world.watch(meter);
  sim.world.runFor(1_000);
  const tell: Deceived["tell"] = (who, candidates, nat) => {
    const answer: RendezvousAnswer = {
      kind: "introduction",
      number: 2 + who,
      card: inventedCard(new Prng(who, "nobody"), `nobody${who}`),
      candidates,
      token: new Uint8Array(8).fill(1 + (who % 255)),
      ...(nat && { nat: encodeNatReport(nat) }),
    };
    server.command({ type: "say", to: undefined, sayings: [asSaying(answer)] });
  };
  return { sim, meter, tell };
}

/** Hosts on the internet that know nothing of all this. */
function victims(sim: Simulation, count: number): Address[] {
  return Array.from({ length: count }, (_, i) => {
    const { attachments } = sim.world.network.host(`victim ${i}`);
    return addresses([`${attachments[0]?.ip}:40000`]);
  }).flat();
}

function addresses(texts: readonly string[]): Address[] {
  return texts.map((text) => {
    const address = parseAddress(text);
    if (address === undefined) throw new Error(`Not an address: ${text}`);
    return address;
  });
}
