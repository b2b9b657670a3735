import { readFileSync } from "node:fs";
import { Builder } from "./builder.ts";
import { Conntrack } from "./conntrack.ts";
import { DelayBox, type Line } from "./delaybox.ts";
import { inside, removeNamespaces, run, sweepNamespaces } from "./namespaces.ts";
import {
  CORE,
  planOf,
  serverPlan,
  siteOf,
  type ClientPlace,
  type Place,
  type Plan,
} from "./plan.ts";
import { otherPorts } from "./routers.ts";

export const PREFIX = "p2plab";

const COUNTED = /([\d.]+) \. (\d+) \. (\d+) counter packets (\d+)/g;

const UDP_HEADER_BYTES = 8;

/** How often mappings are looked through for those that have lived for too long. */
const AGING_MS = 200;

/** Datagrams of one length between the server and one address, since the lab was built. */
export interface ServerTraffic {
  readonly direction: "in" | "out";
  /** Such as "203.0.7.2:40000". */
  readonly client: string;
  /** Of the datagram's payload. */
  readonly bytes: number;
  readonly datagrams: number;
}

/** What the way between two places does to datagrams. */
export interface Way {
  /** Undefined for anywhere. */
  readonly from?: Place;
  readonly to?: Place;
  readonly delayMs: number;
  readonly lossPercent?: number;
}

let built = 0;

/**
 * A small internet in network namespaces, with the kernel's own address translation:
 *
 *     server   open.1                         public addresses
 *         \    /
 *          core ── delay box                  routes, and knows no private address
 *        /   |   \
 *   router router carrier                     of every kind in routers.ts
 *      |    |  \      \
 *      |    |   \    router
 *      |    |    \       \
 *      |  x.1   x.2     carrier-….1           private addresses; some share a network
 *  port-restricted.1
 *
 * Places are added as they are wanted, in some hundredths of a second each. No interface is ever
 * made in the machine's own namespace, and the namespaces' names hold this process's id, so that
 * labs neither collide with one another nor with the machine.
 */
export class Topology implements AsyncDisposable {
  readonly #prefix: string;
  readonly #builder: Builder;
  readonly #conntracks = new Map<string, Conntrack>();
  readonly #agings = new Map<string, NodeJS.Timeout>();
  #restarts = 0;
  #building: Promise<void> = Promise.resolve();
  #box: Promise<DelayBox> | undefined;

  private constructor(prefix: string) {
    this.#prefix = prefix;
    this.#builder = new Builder(prefix);
  }

  /** The core, the server and the places named. */
  static async build(...places: readonly ClientPlace[]): Promise<Topology> {
    await sweepNamespaces(PREFIX);
    built += 1;
    const topology = new Topology(`${PREFIX}-${process.pid}-${built}`);
    try {
      await topology.#construct([serverPlan(), ...places.map(planOf)]);
    } catch (error) {
      await topology[Symbol.asyncDispose]();
      throw error;
    }
    return topology;
  }

  /** Makes the places and their routers, but for what is there. */
  async add(...places: readonly ClientPlace[]): Promise<void> {
    this.#building = this.#building.then(() => this.#construct(places.map(planOf)));
    await this.#building;
  }

  /** What to put before a command so that it runs at a place. */
  within(place: string): string[] {
    return ["ip", "netns", "exec", this.namespace(place)];
  }

  namespace(place: string): string {
    return this.#builder.namespace(place);
  }

  /** What has passed the server's interface over IPv4 so far. */
  async serverTraffic(): Promise<ServerTraffic[]> {
    const directions = ["in", "out"] as const;
    const counted = directions.map(async (direction) => {
      const list = ["nft", "-n", "list", "set", "ip", "count", direction];
      const text = await run([...this.within("server"), ...list]);
      return [...text.matchAll(COUNTED)].map(([, ip, port, length, datagrams]) => ({
        direction,
        client: `${ip}:${port}`,
        bytes: Number(length) - UDP_HEADER_BYTES,
        datagrams: Number(datagrams),
      }));
    });
    return (await Promise.all(counted)).flat();
  }

  /** How many UDP datagrams programs at the place have sent, those that went nowhere included. */
  datagramsSent(place: Place): number {
    return inside(this.namespace(place), () => {
      const [v4, v6] = ["snmp", "snmp6"].map((name) =>
        readFileSync(`/proc/thread-self/net/${name}`, "utf8"),
      );
      const [names, values] = (v4 ?? "").split("\n").filter((line) => line.startsWith("Udp:"));
      const column = names?.split(" ").indexOf("OutDatagrams") ?? -1;
      const by6 = /^Udp6OutDatagrams\s+(\d+)/m.exec(v6 ?? "")?.[1];
      return Number(values?.split(" ")[column]) + Number(by6);
    });
  }

  /** From here on datagrams take the first of the ways that is theirs; others, no time at all. */
  async setWays(ways: readonly Way[]): Promise<void> {
    if (this.#box === undefined && ways.length === 0) return;
    this.#box ??= DelayBox.start(this.namespace(CORE));
    const box = await this.#box;
    await box.setLines(ways.map(lineOf));
  }

  /** The place's routers forget all conversations, as when they were switched off and on. */
  flush(place: ClientPlace): void {
    for (const { name } of planOf(place).routers) this.#conntrack(name).flush();
  }

  /** The place's routers are switched off and on, and give out other ports than ever before. */
  async restart(place: ClientPlace): Promise<void> {
    const outermost = planOf(place).routers.at(-1);
    if (outermost === undefined) return;
    this.#restarts += 1;
    const rules = otherPorts(this.#restarts);
    await run([...this.within(outermost.name), "nft", "-f", "-"], rules);
    this.flush(place);
  }

  /** The place's own IPv4 address becomes another one of its network. */
  async readdress(place: ClientPlace, host: number): Promise<void> {
    const { v4 = "" } = siteOf(place);
    const commands = planOf(place).client.ip.map((line) =>
      line.replace(`${v4}/`, `${v4.replace(/\d+$/, `${host}`)}/`),
    );
    await this.#address(place, commands);
  }

  /** The place has addresses of these families alone; all that its kind has, it can have back. */
  async setFamilies(place: ClientPlace, families: readonly ("v4" | "v6")[]): Promise<void> {
    const commands = planOf(place).client.ip.filter((line) => {
      const family = line.includes(":") ? "v6" : "v4";
      return line.startsWith("link ") || families.includes(family);
    });
    await this.#address(place, commands);
  }

  /** The place's mappings live no longer than this, however busy. */
  setLifetime(place: ClientPlace, lifetimeMs: number): void {
    const outermost = planOf(place).routers.at(-1);
    if (outermost !== undefined) this.#age(outermost.name, lifetimeMs);
  }

  /** Whether neighbours on a kind's one network reach one another only by their router. */
  async setIsolation(place: ClientPlace, isIsolated: boolean): Promise<void> {
    const { routers, clientLink } = planOf(place);
    const [, port] = clientLink.a;
    const command = `link set ${port} type bridge_slave isolated ${isIsolated ? "on" : "off"}`;
    const [router] = routers;
    if (router === undefined) throw new Error(`${place} has no router`);
    await run(["ip", "-n", this.namespace(router.name), "-batch", "-"], command);
  }

  /** Ends what still runs in the lab and removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#agings.values()) clearInterval(timer);
    for (const conntrack of this.#conntracks.values()) conntrack[Symbol.dispose]();
    await (await this.#box)?.[Symbol.asyncDispose]();
    await removeNamespaces((name) => name.startsWith(`${this.#prefix}-`));
  }

  async #construct(plans: readonly Plan[]): Promise<void> {
    for (const { name, router } of await this.#builder.build(plans)) {
      if (router?.lifetimeSeconds !== undefined) this.#age(name, router.lifetimeSeconds * 1000);
    }
  }

  async #address(place: ClientPlace, commands: readonly string[]): Promise<void> {
    const ip = ["ip", "-n", this.namespace(place)];
    // The way out over IPv6, unlike that over IPv4, outlives the address.
    await run([...ip, "-6", "route", "flush", "exact", "::/0"]);
    const batch = ["address flush dev eth0 scope global", ...commands];
    await run([...ip, "-batch", "-"], batch.join("\n"));
  }

  #conntrack(name: string): Conntrack {
    const known = this.#conntracks.get(name) ?? new Conntrack(this.namespace(name));
    this.#conntracks.set(name, known);
    return known;
  }

  #age(name: string, lifetimeMs: number): void {
    clearInterval(this.#agings.get(name));
    const conntrack = this.#conntrack(name);
    const timer = setInterval(() => conntrack.expire(lifetimeMs), AGING_MS);
    timer.unref();
    this.#agings.set(name, timer);
  }
}

function lineOf({ from, to, delayMs, lossPercent = 0 }: Way): Line {
  return {
    from: from === undefined ? [""] : siteOf(from).prefixes,
    to: to === undefined ? [""] : siteOf(to).prefixes,
    delayMs,
    lossPercent,
  };
}
