import type { Address } from "../../base/address.ts";
import type { LogEvent } from "../../node/events.ts";
import { Lease, type LeasePace } from "./lease.ts";
import type { Protocol, ProtocolName } from "./protocol.ts";
import { firstGrant, pause } from "./race.ts";

/** How long the removal of mappings may hold up the end. */
const RELEASE_MS_MAX = 300;

/** How often an announcement, which anybody can forge, makes a router be asked. */
const ANNOUNCED_MS_MIN = 2_000;

/** What happens to mappings, of one router or of all. */
export interface MappingHandlers {
  /** This machine's port is reached at `address` for so long; told once for each new address. */
  readonly onMapped: (address: Address, protocol: ProtocolName, leaseMs: number) => void;
  readonly onLost: (address: Address) => void;
  readonly log: (level: LogEvent["level"], message: string, fields: LogEvent["fields"]) => void;
}

export interface RouterTiming extends LeasePace {
  readonly leaseMs: number;
  /** How often a router is asked whether it has begun anew. */
  readonly checkMs: number;
}

export interface RouterOptions extends MappingHandlers {
  /** In the order of preference. */
  readonly protocols: readonly Protocol[];
  readonly now: () => number;
  readonly timing: RouterTiming;
}

/** Keeps one port mapped on one router, as long as the router allows and until it is closed. */
export class Router {
  readonly #options: RouterOptions;
  readonly #lease: Lease;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #wake = new AbortController();
  #announcedAtMs = -Infinity;
  /** Whose mapping it is. */
  #holder: Protocol | undefined;
  #address: Address | undefined;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#lease = new Lease(options.now(), options.timing);
    this.#running = this.#run();
  }

  /** It is said that the router has begun anew: it is asked about that, if not just before. */
  onAnnounced(): void {
    const now = this.#options.now();
    if (now < this.#announcedAtMs + ANNOUNCED_MS_MIN) return;
    this.#announcedAtMs = now;
    this.#wake.abort();
  }

  /** Removes the mapping, as far as the router does that in 300 ms. */
  async close(): Promise<void> {
    const { protocols } = this.#options;
    this.#end.abort();
    this.#setAddress(undefined);
    await this.#running;
    const signal = AbortSignal.timeout(RELEASE_MS_MAX);
    await Promise.all(protocols.map((protocol) => protocol.release(signal)));
    for (const protocol of protocols) protocol.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.#lease.onAsked();
      if (this.#holder === undefined) await this.#begin(signal);
      else await this.#renew(this.#holder, signal);
      if (!signal.aborted) await this.#hold(signal);
    }
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { protocols, timing, log, now } = this.#options;
    const grant = await firstGrant(protocols, timing.leaseMs, signal, (protocol, why) =>
      log("debug", "port not mapped", { protocol, why }),
    );
    if (signal.aborted) return;
    if (grant === undefined) return this.#onRefused();
    this.#holder = grant.protocol;
    this.#lease.onGranted(now(), grant.leaseMs);
    this.#setAddress(grant.address, grant.leaseMs);
  }

  async #renew(holder: Protocol, signal: AbortSignal): Promise<void> {
    const { timing, log, now } = this.#options;
    const answer = await holder.ask(timing.leaseMs, Promise.resolve(), signal);
    if (signal.aborted) return;
    if (answer.kind === "refused") {
      log("debug", "port mapping not renewed", { protocol: holder.name, why: answer.why });
      return this.#onRefused();
    }
    const { address, leaseMs } = answer;
    log("debug", "port mapping renewed", { protocol: holder.name, address, leaseMs });
    this.#lease.onGranted(now(), leaseMs);
    this.#setAddress(address, leaseMs);
  }

  #onRefused(): void {
    this.#lease.onRefused(this.#options.now());
    this.#forgetEnded();
  }

  #forgetEnded(): void {
    if (this.#lease.isHeld(this.#options.now())) return;
    this.#holder = undefined;
    this.#setAddress(undefined);
  }

  /** Until it is time to ask again, because of the clock or because the router has begun anew. */
  async #hold(signal: AbortSignal): Promise<void> {
    const { now, timing } = this.#options;
    let checkAtMs = now() + timing.checkMs;
    while (!signal.aborted && now() < this.#lease.askAtMs) {
      const holder = this.#holder;
      const dueAtMs = holder === undefined ? Infinity : Math.min(checkAtMs, this.#lease.endsAtMs);
      const isWoken = await this.#pause(Math.min(this.#lease.askAtMs, dueAtMs) - now(), signal);
      if (isWoken && holder === undefined) this.#lease.onLost(now());
      if (signal.aborted || holder === undefined) continue;
      this.#forgetEnded();
      if (now() < checkAtMs && !isWoken) continue;
      checkAtMs = now() + timing.checkMs;
      const isThere = await holder.check(signal);
      if (!isThere && !signal.aborted) this.#onGone(holder);
    }
  }

  /** True where an announcement ended it. */
  async #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    await pause(Math.max(1, ms), AbortSignal.any([signal, this.#wake.signal]));
    const isWoken = this.#wake.signal.aborted;
    if (isWoken) this.#wake = new AbortController();
    return isWoken;
  }

  /** What the router had is no longer there; it may be had again, by this protocol or another. */
  #onGone(holder: Protocol): void {
    this.#options.log("info", "router has begun anew", { protocol: holder.name });
    this.#holder = undefined;
    this.#lease.onLost(this.#options.now());
  }

  #setAddress(address: Address | undefined, leaseMs = 0): void {
    const before = this.#address;
    const { onMapped, onLost, log } = this.#options;
    if (address === before) return;
    this.#address = address;
    if (before !== undefined) {
      log("info", "port no longer mapped", { address: before });
      onLost(before);
    }
    const protocol = this.#holder?.name;
    if (address === undefined || protocol === undefined) return;
    log("info", "port mapped", { protocol, address, leaseMs });
    onMapped(address, protocol, leaseMs);
  }
}
