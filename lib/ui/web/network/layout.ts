import type { Person } from "../../../contract/people.ts";

/** People that are drawn; of more, those who come first, and the list has them all. */
export const DRAWN_MAX = 24;

/** How far from the middle, of half the width of the picture. */
export const NEAR = 0.5;
export const FAR = 0.86;

/** Ways out from the middle on which somebody who is far may stand. */
const WAYS = 72;

/** Between two who are far, in radians: as much as an avatar with a name takes. */
const APART = 0.6;

/** Between a line from the middle and somebody who is near, in radians. */
const CLEAR = 0.34;

/** Where the server is drawn, in a corner: it is none of those who talk. */
export const SERVER_AT: Point = { x: -0.86, y: -0.84 };

/** How two are connected, as far as this node knows. */
export type Tie = "lan" | "direct" | "carried" | "trying" | "none";

/** A place in the picture: both from -1 to 1, the middle is oneself. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Placed {
  readonly person: Person;
  readonly tie: Tie;
  readonly at: Point;
  /** Where the line to them begins: at whoever carries what is said, or in the middle. */
  readonly from: Point;
}

const MIDDLE: Point = { x: 0, y: 0 };

export function tieOf({ state, path }: Person): Tie {
  switch (state) {
    case "connected":
      if (path === null || path.kind === "direct") return "direct";
      return path.kind === "lan" ? "lan" : "carried";
    case "connecting":
      return "trying";
    case "unreachable":
    case "gone":
    case undefined:
      return "none";
    default:
      return state satisfies never;
  }
}

/**
 * Whoever is connected without a third is near, in an order that does not change; who is carried is
 * behind who carries; everybody else is far, where there is place.
 */
export function layoutOf(people: readonly Person[]): readonly Placed[] {
  const drawn = people.slice(0, DRAWN_MAX).toSorted((a, b) => (a.who.id < b.who.id ? -1 : 1));
  const near = drawn.filter((person) => isNear(person));
  const angles = new Map(near.map(({ who }, i) => [who.id, angleOf(i, near.length)]));
  const placed = near.map((person): Placed => {
    const at = pointAt(angles.get(person.who.id) ?? 0, NEAR);
    return { person, tie: tieOf(person), at, from: MIDDLE };
  });
  const taken = [Math.atan2(SERVER_AT.y, SERVER_AT.x)];
  const far = drawn.filter((person) => !isNear(person));
  const carrierOf = ({ path }: Person): number | undefined => {
    const via = path?.via ?? undefined;
    return via && angles.get(via.id);
  };
  // Those who have a place where they belong come before those who may stand anywhere.
  for (const person of far.toSorted((a, b) => order(carrierOf(a)) - order(carrierOf(b)))) {
    const carrier = carrierOf(person);
    const own = wayFor(carrier, [...angles.values()], taken, far.length);
    taken.push(own);
    const from = carrier === undefined ? MIDDLE : pointAt(carrier, NEAR);
    placed.push({ person, tie: tieOf(person), at: pointAt(own, FAR), from });
  }
  return placed;
}

function order(carrier: number | undefined): number {
  return carrier === undefined ? 1 : 0;
}

/**
 * The way on which nobody is hidden, and no line goes behind somebody: beside whoever carries, or
 * else wherever there is most place. `taken`: by others who are far, of so many.
 */
function wayFor(
  carrier: number | undefined,
  near: readonly number[],
  taken: readonly number[],
  of: number,
): number {
  const apart = Math.min(APART, (1.8 * Math.PI) / (of + 1));
  const badness = (way: number): number => {
    const crowded = taken.reduce((sum, other) => {
      const far = between(way, other);
      return sum + 20 * Math.max(0, apart - far) + 0.05 / (far + 0.1);
    }, 0);
    if (carrier !== undefined) return crowded + between(way, carrier);
    const hidden = near.reduce(
      (sum, other) => sum + 10 * Math.max(0, CLEAR - between(way, other)),
      0,
    );
    return crowded + hidden;
  };
  const ways = Array.from({ length: WAYS }, (_, i) => angleOf(i, WAYS));
  return ways.reduce((best, way) => (badness(way) < badness(best) - 1e-9 ? way : best));
}

/** The angle between two ways out, in radians. */
function between(a: number, b: number): number {
  const turn = Math.abs(a - b) % (2 * Math.PI);
  return Math.min(turn, 2 * Math.PI - turn);
}

function isNear(person: Person): boolean {
  const tie = tieOf(person);
  return tie === "lan" || tie === "direct";
}

/** The first is at the top right, so that few do not stand in one line. */
function angleOf(i: number, of: number): number {
  return (i / Math.max(1, of)) * 2 * Math.PI - Math.PI / 3;
}

function pointAt(angle: number, radius: number): Point {
  return { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius };
}
