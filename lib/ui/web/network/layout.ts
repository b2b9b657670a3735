import type { Person } from "../../../contract/people.ts";

/** People that are drawn; of more, those who come first, and the list has them all. */
export const DRAWN_MAX = 24;

/** How far from the middle, of half the width of the picture. */
export const NEAR = 0.5;
export const FAR = 0.86;

/** Beside the line to whoever carries, so that none hides the other, in radians. */
const BESIDE = 0.6;

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
  const far = drawn.filter((person) => !isNear(person));
  const byCarrier = Map.groupBy(far, ({ path }) => {
    const via = path?.via ?? undefined;
    return via && angles.get(via.id);
  });
  for (const [angle, group] of byCarrier) {
    for (const [i, person] of group.entries()) {
      const isAlone = angle === undefined;
      const own = isAlone ? angleBetween(i, group.length, near.length) : angle + BESIDE * (i + 1);
      const at = pointAt(own, FAR);
      const from = isAlone ? MIDDLE : pointAt(angle, NEAR);
      placed.push({ person, tie: tieOf(person), at, from });
    }
  }
  return placed;
}

function isNear(person: Person): boolean {
  const tie = tieOf(person);
  return tie === "lan" || tie === "direct";
}

/** The first is at the top right, so that few do not stand in one line. */
function angleOf(i: number, of: number): number {
  return (i / Math.max(1, of)) * 2 * Math.PI - Math.PI / 3;
}

/** As far from whoever is near as can be, so that no line goes behind somebody. */
function angleBetween(i: number, of: number, near: number): number {
  const both = near === 0 ? of : (of * near) / commonDivisor(of, near);
  return angleOf(i + of / (2 * both), of);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function pointAt(angle: number, radius: number): Point {
  return { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius };
}
