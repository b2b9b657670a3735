import { Haul, type Side } from "./haul.ts";
import { CLEAR, type Conditions } from "./link.ts";

/** The path of QUIC interop's cases: 10 Mbit/s, 30 ms there and back, a queue of 25 packets. */
export const INTEROP: Partial<Conditions> = {
  delayMs: 15,
  jitterMs: 0,
  bitsPerSecond: 10_000_000,
  queueBytes: 25 * 1500,
};

const MEGABYTE = 1_000_000;

/** Longer than any of them takes; what counts is that all arrives. */
const PATIENCE_MS = 900_000;

const HANDSHAKES = 50;
const HANDSHAKE_PATIENCE_MS = 30_000;

/** Shorter than the 20 s after which a peer that does not answer is given up. */
const SILENCE_MS = 15_000;

const REBINDINGS = 10;
const LOOK_EVERY_MS = 5;

/** One of the interop runner's cases: what went wrong in it, each with its seed. */
export interface Case {
  readonly name: string;
  readonly run: (seed: number) => string[];
}

export const CASES: readonly Case[] = [
  transfer("2 MB at 2 % loss", 2 * MEGABYTE, { loss: 0.02 }),
  transfer("10 MB at 5 % loss", 10 * MEGABYTE, { loss: 0.05 }),
  transfer("1 MB at 20 % loss", MEGABYTE, { loss: 0.2 }),
  transfer("2 MB at 2 % corruption", 2 * MEGABYTE, { corrupt: 0.02 }),
  transfer("10 MB through blackholes, 5 s on and 2 s off", 10 * MEGABYTE, {
    blackhole: { everyMs: 7_000, forMs: 2_000 },
  }),
  transfer("1 MB at a round trip of 750 ms", MEGABYTE, { delayMs: 375 }),
  transfer("2 MB across a path of the least MTU", 2 * MEGABYTE, { mtuBytes: 1280 }),
  interrupted("a path's MTU that shrinks to the least", ({ world }) => {
    world.network.internet.conditions = { ...CLEAR, ...INTEROP, mtuBytes: 1280 };
  }),
  interrupted("a path's MTU that shrinks below the least", ({ world }) => {
    world.network.internet.conditions = { ...CLEAR, ...INTEROP, mtuBytes: 600 };
  }),
  interrupted("a round trip that goes from 30 to 400 ms", ({ world }) => {
    world.network.internet.conditions = { ...CLEAR, ...INTEROP, delayMs: 200 };
  }),
  interrupted("15 s in which nothing arrives on one side", ({ world, ann, bob }) => {
    const [from, to] = [ann.process.host, bob.process.host];
    world.network.cut(from, to);
    world.after(SILENCE_MS, () => world.network.heal(from, to));
  }),
  interrupted("15 s in which nothing arrives on the other", ({ world, ann, bob }) => {
    const [from, to] = [bob.process.host, ann.process.host];
    world.network.cut(from, to);
    world.after(SILENCE_MS, () => world.network.heal(from, to));
  }),
  interrupted("15 s in which the receiver stands still", ({ bob }) =>
    bob.process.pause(SILENCE_MS),
  ),
  interrupted("15 s in which the sender stands still", ({ ann }) => ann.process.pause(SILENCE_MS)),
  { name: `${HANDSHAKES} of ${HANDSHAKES} handshakes at 30 % loss`, run: shakeHands },
  rebinding("10 ports while 10 MB go out", "ann", (haul) => haul.home.nat.rebind()),
  rebinding("10 ports while 10 MB come in", "bob", (haul) => haul.home.nat.rebind()),
  rebinding("10 addresses while 10 MB go out", "ann", readdress),
  rebinding("10 addresses while 10 MB come in", "bob", readdress),
];

function transfer(name: string, bytes: number, conditions: Partial<Conditions>): Case {
  const run = (seed: number): string[] => {
    const haul = new Haul(seed, { ...INTEROP, ...conditions });
    haul.carry(haul.ann, bytes, PATIENCE_MS);
    return haul.troubles();
  };
  return { name, run };
}

/** Of 4 MB, which take three seconds, about a third is there when it happens. */
function interrupted(what: string, interrupt: (haul: Haul) => void): Case {
  const run = (seed: number): string[] => {
    const haul = new Haul(seed, INTEROP);
    haul.world.after(1_000, () => interrupt(haul));
    haul.carry(haul.ann, 4 * MEGABYTE, PATIENCE_MS);
    return haul.troubles();
  };
  return { name: `4 MB through ${what}`, run };
}

function shakeHands(seed: number): string[] {
  return Array.from({ length: HANDSHAKES }).flatMap((_, i) => {
    const haul = new Haul(HANDSHAKES * seed + i, { ...INTEROP, loss: 0.3 });
    haul.say(haul.ann);
    haul.say(haul.bob);
    haul.world.runUntil(() => haul.isAllHeard(), HANDSHAKE_PATIENCE_MS);
    return haul.troubles();
  });
}

/** Ann's router is given another port, or another address, at every eleventh of what is hauled. */
function rebinding(what: string, from: "ann" | "bob", rebind: (haul: Haul) => void): Case {
  const run = (seed: number): string[] => {
    const haul = new Haul(seed, INTEROP);
    const bytes = 10 * MEGABYTE;
    const { ledger }: Side = from === "ann" ? haul.bob : haul.ann;
    let rebindings = 0;
    const look = (): void => {
      if (ledger.heardBytes > ((rebindings + 1) * bytes) / (REBINDINGS + 1)) {
        rebindings += 1;
        rebind(haul);
      }
      if (rebindings < REBINDINGS) haul.world.after(LOOK_EVERY_MS, look);
    };
    look();
    haul.carry(haul[from], bytes, PATIENCE_MS);
    const { moves } = haul.bob.ledger;
    const isNoticed = rebindings === REBINDINGS && moves >= REBINDINGS;
    return [
      ...haul.troubles(),
      ...(isNoticed ? [] : [`seed ${seed}: ${rebindings} rebindings, of which ${moves} noticed`]),
    ];
  };
  return { name: what, run };
}

function readdress(haul: Haul): void {
  haul.world.network.readdress(haul.home);
}
