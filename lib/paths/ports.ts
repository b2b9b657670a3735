import { compareBytes, u16At, Writer } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { sha256 } from "../crypto/primitives.ts";

/** Where routers put mappings: RFC 4787 §4.2 keeps them out of the well-known ports. */
export const PORT_MIN = 1024;
export const PORT_MAX = 65_535;

/** Dynamic ports, RFC 6335 §6: hardly any of them is in use. */
const DYNAMIC_PORT_MIN = 49_152;

/** One of each of two who meet, whoever of them begins. */
export interface FreshPorts {
  readonly lower: number;
  readonly higher: number;
}

/**
 * Ports that both who have this token come to by themselves, others in every round: for the one
 * with the lower Noise key, and for the other.
 */
export function freshPorts(token: Uint8Array, round: number): FreshPorts {
  const digest = sha256(token, new Writer().u16(round).finish());
  return { lower: dynamicPort(digest), higher: dynamicPort(digest.subarray(2)) };
}

/**
 * The same whoever introduces them, in each series of rounds another: one that both come to who
 * know one another's Noise keys.
 */
export function pairPort(a: Uint8Array, b: Uint8Array, series: number): number {
  const keys = [a, b].toSorted(compareBytes);
  return dynamicPort(sha256(...keys, new Writer().u16(series).finish()));
}

function dynamicPort(digest: Uint8Array): number {
  return DYNAMIC_PORT_MIN + (u16At(digest, 0) % (PORT_MAX - DYNAMIC_PORT_MIN + 1));
}

/** Ports from `low` to `high`, without one twice, in an order that only chance decides. */
export function* shuffledPorts(
  random: Random,
  low: number,
  high: number,
): Generator<number, undefined> {
  // Fisher–Yates from the front; only what was moved is remembered, as few are ever drawn.
  const moved = new Map<number, number>();
  for (let at = low; at <= high; at++) {
    const chosen = at + below(random, high - at + 1);
    yield moved.get(chosen) ?? chosen;
    moved.set(chosen, moved.get(at) ?? at);
    moved.delete(at);
  }
}

/**
 * The `count` ports that a sequential allocator gives next, the nearest first: after `last`, in
 * steps of `step`, which may be negative, around the end of what there is.
 */
export function nextPorts(last: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => wrapped(last + step * (i + 1)));
}

function wrapped(port: number): number {
  const span = PORT_MAX - PORT_MIN + 1;
  return PORT_MIN + ((((port - PORT_MIN) % span) + span) % span);
}

/** Uniform in [0, limit), for a limit of at most 2^16. */
function below(random: Random, limit: number): number {
  const fair = 2 ** 24 - (2 ** 24 % limit);
  for (;;) {
    const [a = 0, b = 0, c = 0] = random(3);
    const drawn = a * 65_536 + b * 256 + c;
    if (drawn < fair) return drawn % limit;
  }
}
