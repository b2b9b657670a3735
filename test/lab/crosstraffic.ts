import { siteOf, type Place } from "./plan.ts";
import { Probe } from "./probe.ts";
import type { Topology } from "./topology.ts";

/** Nobody listens there. */
const FIRST_PORT = 10_000;
const PORTS = 50_000;

/** What others behind a router do: to those that map by destination each datagram is a new flow. */
export class CrossTraffic implements Disposable {
  readonly #probe: Probe;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  private constructor(probe: Probe, flowsPerSecond: number) {
    this.#probe = probe;
    this.#timer = setInterval(() => this.#send(), 1000 / flowsPerSecond);
  }

  /** From the place itself, because a router sees no difference. */
  static async start(lab: Topology, place: Place, flowsPerSecond: number): Promise<CrossTraffic> {
    const hostname = siteOf(place).v4 === undefined ? "::" : "0.0.0.0";
    return new CrossTraffic(await Probe.open(lab, place, { hostname }), flowsPerSecond);
  }

  /** How many flows there have been. */
  get sent(): number {
    return this.#sent;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#probe[Symbol.dispose]();
  }

  #send(): void {
    const { v4, v6 } = siteOf("server");
    const host = this.#probe.address.startsWith("[") ? `[${v6}]` : v4;
    this.#probe.send(`${host}:${FIRST_PORT + (this.#sent % PORTS)}`, "cross traffic");
    this.#sent += 1;
  }
}
