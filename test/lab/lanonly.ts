import { removeNamespaces, run, sweepNamespaces } from "./namespaces.ts";

const PREFIX = "p2plan";

/** Counts what each machine says by multicast DNS. */
const COUNTING = `
table inet mdns {
  counter said {}
  chain out {
    type filter hook output priority 300
    udp dport 5353 counter name said
  }
}`;

let built = 0;

/**
 * Machines on one switch, and nothing else: no router, no server, no default route, no internet.
 * Machine n has 10.9.8.n and the link-local IPv6 address that every interface has. The names of its
 * namespaces hold this process's id.
 */
export class LanOnly implements AsyncDisposable {
  readonly #prefix: string;

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  static async build(machines: readonly number[]): Promise<LanOnly> {
    await sweepNamespaces(PREFIX);
    built += 1;
    const lan = new LanOnly(`${PREFIX}-${process.pid}-${built}`);
    try {
      await lan.#construct(machines);
    } catch (error) {
      await lan[Symbol.asyncDispose]();
      throw error;
    }
    return lan;
  }

  /** What to put before a command so that it runs on a machine. */
  within(machine: number): string[] {
    return ["ip", "netns", "exec", this.#name(machine)];
  }

  /** Runs `ip` on a machine. */
  async ip(machine: number, rest: string): Promise<void> {
    await run(["ip", "-n", this.#name(machine), ...rest.split(" ")]);
  }

  /** The machine's link-local IPv6 address. */
  async linkLocal(machine: number): Promise<string> {
    const text = await run([
      "ip",
      "-n",
      this.#name(machine),
      "-6",
      "-o",
      "address",
      "show",
      "eth0",
    ]);
    return /inet6 (fe80:[^/]+)/.exec(text)?.[1] ?? "";
  }

  /** How many datagrams a machine has sent to the port of multicast DNS. */
  async said(machine: number): Promise<number> {
    const list = ["nft", "-j", "list", "counter", "inet", "mdns", "said"];
    const text = await run([...this.within(machine), ...list]);
    return Number(/"packets": (\d+)/.exec(text)?.[1]);
  }

  /** Ends what still runs there and removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeNamespaces((name) => name.startsWith(`${this.#prefix}-`));
  }

  #name(machine: number | "switch"): string {
    return `${this.#prefix}-${machine}`;
  }

  async #construct(machines: readonly number[]): Promise<void> {
    const lines = [
      `netns add ${this.#name("switch")}`,
      ...machines.map((machine) => `netns add ${this.#name(machine)}`),
    ];
    await run(["ip", "-batch", "-"], lines.join("\n"));
    const ports = machines.map((machine) => {
      return `link add port${machine} type veth peer name eth0 netns ${this.#name(machine)}`;
    });
    const up = machines.flatMap((machine) => [
      `link set port${machine} master switch`,
      `link set port${machine} up`,
    ]);
    const bridge = ["link add switch type bridge", "link set switch up", ...ports, ...up];
    await run(["ip", "-n", this.#name("switch"), "-batch", "-"], bridge.join("\n"));
    for (const machine of machines) {
      const own = ["link set lo up", `address add 10.9.8.${machine}/24 dev eth0`];
      const end = [...own, "link set eth0 up"].join("\n");
      // Nobody else could have the same link-local address: it would cost a second or two to ask.
      const noDad = "echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad";
      await run([...this.within(machine), "sh", "-c", noDad]);
      await run(["ip", "-n", this.#name(machine), "-batch", "-"], end);
      await run([...this.within(machine), "nft", "-f", "-"], COUNTING);
    }
  }
}
