import type { Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { Write } from "../../lib/node/machine.ts";
import { Agenda, type Appointment } from "./agenda.ts";
import {
  Network,
  type Bind,
  type Family,
  type HostStation,
  type Parcel,
  type Report,
  type Segment,
  type Tap,
} from "./network.ts";
import {
  Process,
  type AnyEvent,
  type Program,
  type Surroundings,
  type Turning,
} from "./process.ts";
import { Trace } from "./trace.ts";

type Happening =
  | Parcel
  | Report
  | { readonly kind: "wake"; readonly process: Turning; readonly life: number }
  | { readonly kind: "call"; readonly call: () => void };

type Entry = Appointment & { readonly what: Happening };

/** Who wants to see what the processes do. */
export interface Watcher extends Tap {
  onStarted?(process: Turning): void;
  onEvent?(process: Turning, event: AnyEvent): void;
  onCommand?(process: Turning, command: unknown): void;
  onCommitted?(process: Turning, writes: readonly Write[], ok: boolean): void;
}

/** Every world begins at this moment: 2026-01-01T00:00:00Z. */
export const BEGINNING_MS = 1_767_225_600_000;

/** More than this in one instant is a machine that asks to be woken and does nothing. */
const HAPPENINGS_PER_INSTANT_MAX = 100_000;

/** Nothing that is due later than this counts as something going on: a keepalive, a rekey. */
const QUIET_MS = 1_000;

/**
 * One virtual clock for any number of hosts. Everything in it follows from the seed: the same seed
 * gives the same trace, byte for byte.
 */
export class World implements Surroundings {
  readonly seed: number;
  readonly network: Network;
  readonly trace = new Trace();
  readonly #agenda = new Agenda<Entry>();
  readonly #watchers: Watcher[] = [];
  readonly #turning = new Set<Turning>();
  #now = BEGINNING_MS;
  #order = 0;
  #underWay = 0;
  #instantHappenings = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.network = new Network(seed, (atMs, what) => {
      this.#underWay += 1;
      this.#push(atMs, what);
    });
  }

  /** In ms since the Unix epoch. */
  get now(): number {
    return this.#now;
  }

  get elapsedMs(): number {
    return this.#now - BEGINNING_MS;
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
    this.network.taps.push(watcher);
  }

  /** Starts a program on a host of its own. */
  run<Event extends AnyEvent, Command>(
    name: string,
    program: Program<Event, Command>,
    { on = this.network.internet, families = [4], ...rest }: RunOptions = {},
  ): Process<Event, Command> {
    const { port = 40_000, clockOffsetMs = 0 } = rest;
    const host = this.network.host(name, on, families);
    const interfaces = () => this.network.interfaces(host);
    return new Process(this, host, port, clockOffsetMs, interfaces, program);
  }

  /** Calls in so many ms. */
  after(ms: number, call: () => void): void {
    this.#push(this.#now + ms, { kind: "call", call });
  }

  /** True once the predicate holds; false if it does not within so many ms. */
  runUntil(predicate: () => boolean, withinMs: number): boolean {
    const deadlineMs = this.#now + withinMs;
    try {
      this.#settle();
      while (!predicate()) {
        const next = this.#agenda.peek();
        if (next === undefined || next.atMs > deadlineMs) {
          this.#now = deadlineMs;
          return false;
        }
        this.#instant(next.atMs);
      }
      return true;
    } catch (cause) {
      const where = `seed ${this.seed}, ${this.elapsedMs} ms after the beginning`;
      throw new Error(`The world broke: ${where}: ${String(cause)}`, { cause });
    }
  }

  runFor(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Until nothing is under way and nobody wants to be woken soon. */
  runUntilQuiet(withinMs = 60_000): boolean {
    return this.runUntil(() => {
      const next = this.#agenda.peek();
      return this.#underWay === 0 && (next === undefined || next.atMs - this.#now > QUIET_MS);
    }, withinMs);
  }

  send(origin: HostStation, bind: Bind, to: Address, bytes: Uint8Array, ttl?: number): void {
    this.trace.add(this.#now, `${origin.name} > ${to}`, bytes);
    this.network.send(this.#now, origin, bind, to, bytes, ttl);
  }

  onInput(process: Turning): void {
    this.#turning.add(process);
  }

  wake(process: Turning, atMs: number, life: number): void {
    this.#push(atMs, { kind: "wake", process, life });
  }

  onStarted(process: Turning): void {
    this.trace.add(this.#now, `${process.name} starts`);
    for (const watcher of this.#watchers) watcher.onStarted?.(process);
  }

  onEvent(process: Turning, event: AnyEvent): void {
    this.trace.add(this.#now, `${process.name} event ${event.type}`);
    for (const watcher of this.#watchers) watcher.onEvent?.(process, event);
  }

  onCommand(process: Turning, command: unknown): void {
    this.trace.add(this.#now, `${process.name} command`);
    for (const watcher of this.#watchers) watcher.onCommand?.(process, command);
  }

  onCommitted(process: Turning, writes: readonly Write[], ok: boolean): void {
    this.trace.add(this.#now, `${process.name} commit ${writes.length} ${ok}`);
    for (const watcher of this.#watchers) watcher.onCommitted?.(process, writes, ok);
  }

  #push(atMs: number, what: Happening): void {
    assert(atMs >= this.#now, "nothing is asked for in the past");
    this.#agenda.push({ atMs, order: this.#order++, what });
  }

  /** All that happens at `atMs`, and the turns that follow from it. */
  #instant(atMs: number): void {
    if (atMs > this.#now) this.#instantHappenings = 0;
    this.#now = Math.max(this.#now, atMs);
    for (let next = this.#agenda.peek(); next?.atMs === atMs; next = this.#agenda.peek()) {
      this.#agenda.pop();
      this.#count();
      this.#happen(next.what);
    }
    this.#settle();
  }

  #happen(what: Happening): void {
    switch (what.kind) {
      case "parcel":
        this.#underWay -= 1;
        this.trace.add(this.#now, `${what.source} < ${what.to}`, what.bytes);
        this.network.arrive(this.#now, what);
        break;
      case "report":
        this.#underWay -= 1;
        this.trace.add(this.#now, `${what.error} ${what.to}`);
        what.origin.recipient?.hearError(what.bind, what.to, what.error);
        break;
      case "wake":
        what.process.handleWake(what.life);
        break;
      case "call":
        what.call();
        break;
      default:
        what satisfies never;
    }
  }

  #count(): void {
    this.#instantHappenings += 1;
    assert(this.#instantHappenings < HAPPENINGS_PER_INSTANT_MAX, "time goes on");
  }

  /** Every process that had an input has its turn; a turn's commit may be the next one's input. */
  #settle(): void {
    for (const process of this.#turning) {
      this.#turning.delete(process);
      this.#count();
      process.turn();
    }
  }
}

export interface RunOptions {
  readonly on?: Segment;
  /** Of each of its addresses, in this order. */
  readonly families?: readonly Family[];
  readonly port?: number;
  readonly clockOffsetMs?: number;
}
