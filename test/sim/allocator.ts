import { hostOf, portOf, type Address } from "../../lib/base/address.ts";
import type { Prng } from "./prng.ts";

/** RFC 4787 §4.2.1, and RFC 7422 for blocks. */
export type PortAllocation =
  /** The inner port while it is free, then the next free one. */
  | { readonly kind: "preserving" }
  /** So many up, or down, from the one given out last, whoever had that. */
  | { readonly kind: "sequential"; readonly step: number }
  /** At random among the ports of a block that its host has for itself. */
  | { readonly kind: "block"; readonly ports: number }
  | { readonly kind: "random" };

export const PORT_MIN = 1024;
export const PORT_COUNT = 65_536 - PORT_MIN;

/** Gives out the ports of a translator. */
export class Allocator {
  readonly #allocation: PortAllocation;
  readonly #prng: Prng;
  /** Of mappings that hosts nobody plays open beside ours, in ms; Infinity where they do not. */
  readonly #crossGapMs: number;
  #crossAtMs: number | undefined;
  #next: number;
  /** The first port of each host's block. */
  readonly #blocks = new Map<string, number>();

  constructor(allocation: PortAllocation, crossPerSecond: number, prng: Prng) {
    this.#allocation = allocation;
    this.#crossGapMs = 1000 / crossPerSecond;
    this.#prng = prng;
    this.#next = prng.below(PORT_COUNT);
  }

  /** A free port for `inner`; undefined where none is left that it might have. */
  allocate(now: number, inner: Address, isFree: (port: number) => boolean): number | undefined {
    const allocation = this.#allocation;
    switch (allocation.kind) {
      case "preserving":
        return search(Math.max(PORT_MIN, portOf(inner)) - PORT_MIN, 1, WHOLE, isFree);
      case "sequential": {
        this.#cross(now, allocation.step);
        const port = search(this.#next, allocation.step, WHOLE, isFree);
        if (port !== undefined) this.#next = around(port - PORT_MIN + allocation.step);
        return port;
      }
      case "block": {
        const range = { low: this.#blockOf(inner, allocation.ports), ports: allocation.ports };
        return search(this.#prng.below(range.ports), 1, range, isFree);
      }
      case "random":
        return this.anywhere(isFree);
      default:
        return allocation satisfies never;
    }
  }

  /** As Linux does where the one that it would take is taken. */
  anywhere(isFree: (port: number) => boolean): number | undefined {
    return search(this.#prng.below(PORT_COUNT), 1, WHOLE, isFree);
  }

  /** The ports given meanwhile to others, whose mappings come as calls do: each gap at random. */
  #cross(now: number, step: number): void {
    if (this.#crossGapMs === Infinity) return;
    this.#crossAtMs ??= now + this.#gap();
    for (; this.#crossAtMs <= now; this.#crossAtMs += this.#gap()) {
      this.#next = around(this.#next + step);
    }
  }

  #gap(): number {
    return -Math.log(1 - this.#prng.unit()) * this.#crossGapMs;
  }

  #blockOf(inner: Address, ports: number): number {
    const host = hostOf(inner);
    let low = this.#blocks.get(host);
    if (low !== undefined) return low;
    const count = Math.floor(PORT_COUNT / ports);
    const taken = new Set(this.#blocks.values());
    let block = this.#prng.below(count);
    while (taken.has(PORT_MIN + block * ports) && taken.size < count) block = (block + 1) % count;
    low = PORT_MIN + block * ports;
    this.#blocks.set(host, low);
    return low;
  }
}

interface Range {
  readonly low: number;
  readonly ports: number;
}

const WHOLE: Range = { low: PORT_MIN, ports: PORT_COUNT };

/** The first free port from the `start`th of the range, and around its ends. */
function search(
  start: number,
  step: number,
  { low, ports }: Range,
  isFree: (port: number) => boolean,
): number | undefined {
  for (let tries = 0; tries < ports; tries++) {
    const offset = (((start + tries * step) % ports) + ports) % ports;
    if (isFree(low + offset)) return low + offset;
  }
  return undefined;
}

function around(offset: number): number {
  return ((offset % PORT_COUNT) + PORT_COUNT) % PORT_COUNT;
}
