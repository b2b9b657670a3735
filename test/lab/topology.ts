import { readFileSync, writeFileSync } from "node:fs";
import { Conntrack } from "./conntrack.ts";
import { DelayBox, type Line } from "./delaybox.ts";
import { inside, removeNamespaces, run, sweepNamespaces } from "./namespaces.ts";
import {
  CORE,
  planOf,
  serverPlan,
  siteOf,
  type ClientPlace,
  type Host,
  type Link,
  type Place,
  type Plan,
} from "./plan.ts";
import { otherPorts } from "./routers.ts";

export const PREFIX = "p2plab";

/**
 * So many hops the core is long to those who count them down: a smaller time to live ends in it,
 * with an ICMP error as from anywhere. Else it would end nowhere, because the next router takes a
 * datagram for its own address however small the rest.
 */
const HOPS = 4;

const CORE_RULES = `
table inet hops {
  chain pre {
    type filter hook prerouting priority mangle
    iifname "tun0" return
    ip ttl <= ${HOPS} ip ttl set 1
    ip6 nexthdr udp ip6 hoplimit <= ${HOPS} ip6 hoplimit set 1
  }
}`;

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

const CORE_HOST: Host = { name: CORE, ip: [], rules: CORE_RULES };

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
  readonly #made = new Set<string>();
  readonly #conntracks = new Map<string, Conntrack>();
  readonly #agings = new Map<string, NodeJS.Timeout>();
  /** Where both ends of a link have the same number, the kernel takes a second to notice it. */
  #interfaces = 1000;
  #restarts = 0;
  #building: Promise<void> = Promise.resolve();
  #box: Promise<DelayBox> | undefined;

  private constructor(prefix: string) {
    this.#prefix = prefix;
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
    return `${this.#prefix}-${place}`;
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

  /** Ends what still runs in the lab and removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#agings.values()) clearInterval(timer);
    for (const conntrack of this.#conntracks.values()) conntrack[Symbol.dispose]();
    await (await this.#box)?.[Symbol.asyncDispose]();
    await removeNamespaces((name) => name.startsWith(`${this.#prefix}-`));
  }

  /** One run of `ip` makes the namespaces, and one shell all that is in them. */
  async #construct(plans: readonly Plan[]): Promise<void> {
    const wanted = [CORE_HOST, ...plans.flatMap(({ routers, client }) => [...routers, client])];
    const hosts = wanted.filter(
      ({ name }, index) =>
        !this.#made.has(name) && wanted.findIndex((other) => other.name === name) === index,
    );
    if (hosts.length === 0) return;

    const added = hosts.map(({ name }) => `netns add ${this.namespace(name)}\n`);
    await run(["ip", "-batch", "-"], added.join(""));
    for (const host of hosts) this.#setSysctls(host);
    await run(["sh", "-eu"], this.#script(hosts, plans));

    for (const { name, router } of hosts) {
      this.#made.add(name);
      if (router?.lifetimeSeconds !== undefined) this.#age(name, router.lifetimeSeconds * 1000);
    }
  }

  #script(hosts: readonly Host[], plans: readonly Plan[]): string {
    const isNew = (name: string): boolean => hosts.some((host) => host.name === name);
    const links = plans.flatMap(({ links: between, clientLink }) => [...between, clientLink]);
    // Those who share a router have the link behind it in common.
    const fresh = new Map(links.filter(({ b: [name] }) => isNew(name)).map((l) => [l.b.join(), l]));
    const lines = new Map(hosts.map(({ name, ip }) => [name, ["link set lo up", ...ip]]));
    const further = (name: string, commands: readonly string[]): void => {
      lines.set(name, [...(lines.get(name) ?? []), ...commands]);
    };
    for (const { routers, client, core, attaching } of plans) {
      const [nearest] = routers;
      if (isNew((nearest ?? client).name)) further(CORE, core);
      if (nearest !== undefined && isNew(client.name)) further(nearest.name, attaching);
    }

    return [
      heredoc(
        "ip -batch -",
        Array.from(fresh.values(), (link) => this.#linkCommand(link)),
      ),
      ...Array.from(lines, ([name, commands]) =>
        heredoc(`ip -n ${this.namespace(name)} -batch -`, [...new Set(commands)]),
      ),
      ...hosts
        .filter(({ rules }) => rules !== undefined)
        .map(({ name, rules }) =>
          heredoc(`${this.within(name).join(" ")} nft -f -`, [rules ?? ""]),
        ),
    ].join("");
  }

  async #address(place: ClientPlace, commands: readonly string[]): Promise<void> {
    const ip = ["ip", "-n", this.namespace(place)];
    // The way out over IPv6, unlike that over IPv4, outlives the address.
    await run([...ip, "-6", "route", "flush", "exact", "::/0"]);
    const batch = ["address flush dev eth0 scope global", ...commands];
    await run([...ip, "-batch", "-"], batch.join("\n"));
  }

  #linkCommand({ a, b }: Link): string {
    const end = ([name, device]: Link["a"]): string => {
      this.#interfaces += 1;
      return `${device} index ${this.#interfaces} netns ${this.namespace(name)}`;
    };
    return `link add ${end(a)} type veth peer name ${end(b)}`;
  }

  #setSysctls({ name, router }: Host): void {
    const forwards = name === CORE || router !== undefined;
    const settings = { ...(forwards ? FORWARDING : {}), ...QUICK, ...router?.sysctls };
    inside(this.namespace(name), () => {
      for (const [path, value] of Object.entries(settings)) {
        writeFileSync(`/proc/sys/net/${path}`, value);
      }
    });
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

/** No waiting for whether anybody else has an IPv6 address. */
const QUICK = { "ipv6/conf/default/accept_dad": "0", "ipv6/conf/all/accept_dad": "0" };

/** The delay box gives back to the core what another interface took in. */
const FORWARDING = {
  "ipv4/ip_forward": "1",
  "ipv6/conf/all/forwarding": "1",
  "ipv4/conf/all/rp_filter": "0",
  "ipv4/conf/default/rp_filter": "0",
};

function lineOf({ from, to, delayMs, lossPercent = 0 }: Way): Line {
  return {
    from: from === undefined ? [""] : siteOf(from).prefixes,
    to: to === undefined ? [""] : siteOf(to).prefixes,
    delayMs,
    lossPercent,
  };
}

function heredoc(command: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${command} <<'END'\n${lines.join("\n")}\nEND\n`;
}
