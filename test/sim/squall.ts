import { Haul } from "./haul.ts";
import { CLEAR } from "./link.ts";
import { Prng } from "./prng.ts";
import { roughPath } from "./roughpath.ts";

/** Keys are renewed at 120 s: what is hauled from here on is under way meanwhile. */
const QUIET_MS = 116_000;
const QUIET_MS_SPREAD = 6_000;

/** How long new faults begin, and how long the longest lasts: less than makes a session give up. */
const FAULTS_MS = 10_000;
const FAULT_MS_MAX = 4_000;

/** How long everything that was queued may take to arrive once all faults are over. */
const PEACE_MS = 60_000;

const BYTES_MAX = 200_000;

export interface Calm {
  readonly seed: number;
  readonly bytes: number;
  readonly troubles: readonly string[];
  readonly keys: number;
  readonly trace: string;
}

/**
 * One session over a rough path, with bulk and words both ways while keys are renewed, processes
 * stand still, one direction or both are cut, and the router gets other ports and addresses.
 */
export function squall(seed: number): Calm {
  const prng = new Prng(seed, "squall");
  const haul = new Haul(seed, roughPath(prng));
  const { world, ann, bob } = haul;
  haul.say(ann);
  world.runFor(QUIET_MS + prng.below(QUIET_MS_SPREAD));

  const endMs = world.now + FAULTS_MS;
  for (const side of [ann, bob]) {
    side.process.command({ type: "haul", bytes: prng.below(BYTES_MAX) });
  }
  while (world.now < endMs) {
    haul.say(prng.chance(0.5) ? ann : bob);
    if (prng.chance(0.15)) makeTrouble(haul, prng);
    world.runFor(prng.below(500));
  }
  world.runFor(FAULT_MS_MAX);
  world.network.internet.conditions = CLEAR;
  world.runUntil(() => haul.isAllHeard(), PEACE_MS);

  return {
    seed,
    bytes: ann.ledger.heardBytes + bob.ledger.heardBytes,
    troubles: haul.troubles(),
    keys: haul.invariants.keys,
    trace: world.trace.digest(),
  };
}

function makeTrouble({ world, home, ann, bob }: Haul, prng: Prng): void {
  const [from, to] = prng.chance(0.5) ? [ann, bob] : [bob, ann];
  const lastsMs = 1 + prng.below(FAULT_MS_MAX);
  switch (prng.below(4)) {
    case 0:
      return from.process.pause(lastsMs);
    case 1:
      world.network.cut(from.process.host, to.process.host);
      return world.after(lastsMs, () => {
        world.network.heal(from.process.host, to.process.host);
      });
    case 2:
      return home.nat.rebind();
    default:
      return world.network.readdress(home);
  }
}
