import { readdirSync } from "node:fs";

/** Where a process of the lab can run; "server" and "open" have public addresses. */
export type Place = "server" | "open" | "homeA" | "homeB" | "lan1" | "lan2";

/** How a place reaches the others. */
export interface Site {
  readonly address: string;
  /** The address under which the internet sees it. */
  readonly publicAddress: string;
}

export const SITES: Readonly<Record<Place, Site>> = {
  server: { address: "198.51.100.10", publicAddress: "198.51.100.10" },
  open: { address: "192.0.2.10", publicAddress: "192.0.2.10" },
  // Two homes on the same private network, as most homes are.
  homeA: { address: "192.168.1.10", publicAddress: "203.0.113.2" },
  homeB: { address: "192.168.1.11", publicAddress: "203.0.113.6" },
  lan1: { address: "10.0.0.10", publicAddress: "203.0.113.10" },
  lan2: { address: "10.0.0.11", publicAddress: "203.0.113.10" },
};

/** Namespaces of the lab beside those of the places: the internet and the three routers. */
const ROUTERS = ["core", "natA", "natB", "natL"] as const;

type Namespace = Place | (typeof ROUTERS)[number];

const PLACES: readonly Place[] = ["server", "open", "homeA", "homeB", "lan1", "lan2"];
const PREFIX = "p2plab";

/** A port-restricted router: endpoint-independent mapping, address and port-dependent filtering. */
const PORT_RESTRICTED = `
table ip nat {
  chain post {
    type nat hook postrouting priority srcnat
    oifname "wan" masquerade
  }
}
table ip filter {
  chain in {
    type filter hook input priority 0
    iifname "wan" ct state established,related accept
    iifname "wan" drop
  }
}`;

/** Counts the datagrams at the server's interface by the other side's address and their length. */
const COUNTING = `
table ip count {
  set in { typeof ip saddr . udp sport . udp length; size 65535; flags dynamic; counter; }
  set out { typeof ip daddr . udp dport . udp length; size 65535; flags dynamic; counter; }
  chain in {
    type filter hook input priority -300
    meta l4proto udp update @in { ip saddr . udp sport . udp length }
  }
  chain out {
    type filter hook output priority 300
    meta l4proto udp update @out { ip daddr . udp dport . udp length }
  }
}`;

const COUNTED = /([\d.]+) \. (\d+) \. (\d+) counter packets (\d+)/g;

const UDP_HEADER_BYTES = 8;

/** Datagrams of one length between the server and one address, since the lab was built. */
export interface ServerTraffic {
  readonly direction: "in" | "out";
  /** Such as "203.0.113.2:40000". */
  readonly client: string;
  /** Of the datagram's payload. */
  readonly bytes: number;
  readonly datagrams: number;
}

let built = 0;

/**
 * One small internet in network namespaces, with the kernel's own address translation:
 *
 *     server   open                      public addresses
 *        \      /
 *         core                           routes, and knows no private address
 *       /   |   \
 *    natA  natB  natL                    port-restricted routers
 *      |    |     |  \
 *  homeA  homeB  lan1 lan2               private addresses; lan1 and lan2 share a bridge
 *
 * No interface is ever made in the machine's own namespace, and the namespaces' names hold this
 * process's id, so that labs neither collide with one another nor with the machine.
 */
export class Topology implements AsyncDisposable {
  readonly #prefix: string;

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  static async build(): Promise<Topology> {
    await sweep();
    built += 1;
    const topology = new Topology(`${PREFIX}-${process.pid}-${built}`);
    try {
      await topology.#construct();
    } catch (error) {
      await topology[Symbol.asyncDispose]();
      throw error;
    }
    return topology;
  }

  /** What to put before a command so that it runs at a place. */
  within(place: Namespace): string[] {
    return ["ip", "netns", "exec", this.#name(place)];
  }

  /** What has passed the server's interface so far. */
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

  /** Ends what still runs in the lab and removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeNamespaces((name) => name.startsWith(`${this.#prefix}-`));
  }

  #name(namespace: Namespace): string {
    return `${this.#prefix}-${namespace}`;
  }

  async #construct(): Promise<void> {
    const n = (namespace: Namespace): string => this.#name(namespace);
    const ip = (namespace: Namespace, rest: string): string => `ip -n ${n(namespace)} ${rest}`;
    const link = (a: Namespace, aName: string, b: Namespace, bName: string): string =>
      `ip link add ${aName} netns ${n(a)} type veth peer name ${bName} netns ${n(b)}`;
    /** An end of a link: its address, and the way out where it has one. */
    const end = (at: Namespace, name: string, address: string, gateway?: string): string[] => [
      ip(at, `address add ${address} dev ${name}`),
      ip(at, `link set ${name} up`),
      ...(gateway === undefined ? [] : [ip(at, `route add default via ${gateway}`)]),
    ];
    const wan = (at: Namespace, toCore: string, core: string, own: string): string[] => [
      link("core", toCore, at, "wan"),
      ...end("core", toCore, core),
      ...end(at, "wan", own, core.split("/")[0]),
    ];
    const lan = (at: Place, router: Namespace, port: string, address: string): string[] => [
      link(router, port, at, "eth0"),
      ip(router, `link set ${port} master lan`),
      ip(router, `link set ${port} up`),
      ...end(at, "eth0", `${SITES[at].address}/24`, address),
    ];
    const router = (at: Namespace, toCore: string, core: string, own: string, lanOwn: string) => [
      ...wan(at, toCore, `${core}/30`, `${own}/30`),
      ip(at, "link add lan type bridge"),
      ...end(at, "lan", `${lanOwn}/24`),
    ];

    await shell([
      ...[...ROUTERS, ...PLACES].flatMap((at) => [
        `ip netns add ${n(at)}`,
        ip(at, "link set lo up"),
      ]),
      ...wan("server", "server", "198.51.100.1/24", `${SITES.server.address}/24`),
      ...wan("open", "open", "192.0.2.1/24", `${SITES.open.address}/24`),
      ...router("natA", "natA", "203.0.113.1", SITES.homeA.publicAddress, "192.168.1.1"),
      ...router("natB", "natB", "203.0.113.5", SITES.homeB.publicAddress, "192.168.1.1"),
      ...router("natL", "natL", "203.0.113.9", SITES.lan1.publicAddress, "10.0.0.1"),
      ...lan("homeA", "natA", "port1", "192.168.1.1"),
      ...lan("homeB", "natB", "port1", "192.168.1.1"),
      ...lan("lan1", "natL", "port1", "10.0.0.1"),
      ...lan("lan2", "natL", "port2", "10.0.0.1"),
      ...ROUTERS.map(
        (at) => `ip netns exec ${n(at)} sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'`,
      ),
    ]);
    for (const at of ["natA", "natB", "natL"] as const) await this.#load(at, PORT_RESTRICTED);
    await this.#load("server", COUNTING);
  }

  async #load(at: Namespace, rules: string): Promise<void> {
    await run([...this.within(at), "nft", "-f", "-"], rules);
  }
}

/** Why there can be no lab here, or undefined where there can. */
export async function obstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "needs root and network namespaces";
  if (Bun.which("ip", PATH) === null || Bun.which("nft", PATH) === null) {
    return "needs ip and nft: bash test/setup.sh";
  }

  const probe = `${PREFIX}-${process.pid}-probe`;
  try {
    await run(["ip", "netns", "add", probe]);
    await run(["ip", "netns", "exec", probe, "nft", "-f", "-"], PORT_RESTRICTED);
    return undefined;
  } catch {
    return "needs root and network namespaces";
  } finally {
    await removeNamespaces((name) => name === probe);
  }
}

/** Debian keeps `ip` and `nft` where not every account's PATH leads. */
const PATH = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };

/** Removes the labs of processes that died before they could. */
async function sweep(): Promise<void> {
  await removeNamespaces((name) => {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A namespace lives on while a process is in it, so those end first: none is anyone else's. */
async function removeNamespaces(isDoomed: (name: string) => boolean): Promise<void> {
  for (const name of namespaces().filter(isDoomed)) {
    const pids = (await run(["ip", "netns", "pids", name])).split("\n").filter(Boolean);
    for (const pid of pids) {
      if (isAlive(Number(pid))) process.kill(Number(pid), "SIGKILL");
    }
    await run(["ip", "netns", "delete", name]);
  }
}

function namespaces(): string[] {
  try {
    return readdirSync("/run/netns");
  } catch {
    return [];
  }
}

async function shell(commands: readonly string[]): Promise<void> {
  await run(["sh", "-eu"], commands.join("\n"));
}

/** Runs a command to its end and returns its output; throws with what it complained of. */
async function run(command: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...PATH },
    stdin: new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, complaint, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${complaint.trim()}`);
  return output;
}
