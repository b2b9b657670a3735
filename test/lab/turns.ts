import type { Kind } from "./natkinds.ts";
import { clientPlace, planOf, type ClientPlace, type Side } from "./plan.ts";

/** How long a place stays empty after a meeting: what is still on its way arrives at nobody. */
const SETTLE_MS = 60;

/** For those who find no place; a meeting takes some hundreds of milliseconds. */
const LOOK_AGAIN_MS = 10;

const SIDES: readonly Side[] = [1, 2];

type Places = readonly [ClientPlace, ClientPlace];

/** Between whom something is to be held. */
interface Between {
  readonly a: Kind;
  readonly b: Kind;
}

/** Where one of several that are held side by side takes place. */
export interface Turn {
  /** From 0 on, below the number of those at once, and nobody else's meanwhile. */
  readonly number: number;
  /** Behind routers that nobody else uses meanwhile. */
  readonly places: Places;
}

/** Holds all of them, as many at once as are allowed, those that find places in their order. */
export async function sideBySide<T extends Between>(
  all: readonly T[],
  atOnce: number,
  hold: (one: T, turn: Turn) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const busy = new Set<string>();
  const takeTurns = async (number: number): Promise<void> => {
    while (waiting.length > 0) {
      const index = waiting.findIndex((one) => freePlaces(one, busy) !== undefined);
      const [next] = index < 0 ? [] : waiting.splice(index, 1);
      const places = next === undefined ? undefined : freePlaces(next, busy);
      if (next === undefined || places === undefined) {
        await Bun.sleep(LOOK_AGAIN_MS);
        continue;
      }
      const sites = places.map(siteName);
      for (const site of sites) busy.add(site);
      await hold(next, { number, places });
      await Bun.sleep(SETTLE_MS);
      for (const site of sites) busy.delete(site);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, async (_, number) => takeTurns(number)));
}

/** Undefined where all are taken. */
function freePlaces({ a, b }: Between, busy: ReadonlySet<string>): Places | undefined {
  const isFree = (place: ClientPlace): boolean => !busy.has(siteName(place));
  const choices = SIDES.flatMap((one) => SIDES.map((two) => [one, two] as const));
  const free = choices.find(([one, two]) => {
    const isTwice = a === b && one === two;
    return !isTwice && isFree(clientPlace(a, one)) && isFree(clientPlace(b, two));
  });
  return free === undefined ? undefined : [clientPlace(a, free[0]), clientPlace(b, free[1])];
}

/** Equal for places behind one router. */
function siteName(place: ClientPlace): string {
  return planOf(place).site;
}
