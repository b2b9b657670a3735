import { writeFileSync } from "node:fs";
import type { Scratch } from "../support/scratch.ts";
import { until } from "../support/until.ts";
import { PATH, run } from "./namespaces.ts";
import { type ClientPlace, planOf } from "./plan.ts";
import type { Topology } from "./topology.ts";

/** Why there is none on this machine, or undefined where there is one. */
export function miniupnpdObstacle(): string | undefined {
  return Bun.which("miniupnpd", PATH) === null ? "needs miniupnpd: bash test/setup.sh" : undefined;
}

export interface MiniupnpdOptions {
  readonly upnp: boolean;
  /** NAT-PMP and PCP: it has no switch for each. */
  readonly natPmp: boolean;
  /** It is the place's firewall for IPv6, too. */
  readonly isGuard?: boolean;
}

const CHAIN = "miniupnpd";
const MAPPING = /dport (\d+) dnat ip to ([\d.:]+)/g;

/** Chains of its own beside the rules of the lab's router. */
const CHAINS = `
table inet upnp
delete table inet upnp
table inet upnp {
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
  chain forward {
    type filter hook forward priority 0
    jump miniupnpd
  }
  chain prerouting {
    type nat hook prerouting priority -100
    jump prerouting_miniupnpd
  }
  chain postrouting {
    type nat hook postrouting priority 100
    jump postrouting_miniupnpd
  }
}`;

/** The lab's own firewall has the last word, so this one takes its place. */
const GUARD = `
delete table ip6 filter
add rule inet upnp forward iifname "wan" meta nfproto ipv6 ct state established,related accept
add rule inet upnp forward iifname "wan" meta nfproto ipv6 meta l4proto udp drop`;

const PINHOLE = /dport (\d+) .*accept/g;

/** Debian's miniupnpd on the router of a place, as it runs on many a home's. */
export class Miniupnpd implements AsyncDisposable {
  readonly #within: readonly string[];
  readonly #options: MiniupnpdOptions;
  readonly #config: string;
  readonly #pidFile: string;
  #process: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;

  private constructor(within: readonly string[], file: string, options: MiniupnpdOptions) {
    this.#within = within;
    this.#options = options;
    this.#config = `${file}.conf`;
    this.#pidFile = `${file}.pid`;
  }

  static async start(
    lab: Topology,
    place: ClientPlace,
    scratch: Scratch,
    options: MiniupnpdOptions,
  ): Promise<Miniupnpd> {
    const [router] = planOf(place).routers;
    if (router === undefined) throw new Error(`${place} has no router`);
    const daemon = new Miniupnpd(lab.within(router.name), scratch.join(place), options);
    writeFileSync(daemon.#config, configOf(options));
    await daemon.#begin();
    return daemon;
  }

  /** Its mappings, such as "40000 to 192.168.1.10:40000". */
  async mappings(): Promise<string[]> {
    const list = ["nft", "-n", "list", "chain", "inet", "upnp", "prerouting_miniupnpd"];
    const rules = await run([...this.#within, ...list]);
    return [...rules.matchAll(MAPPING)].map(([, port, to]) => `${port} to ${to}`);
  }

  /** Ports that it lets through to those behind it, by IPv6 also those without a mapping. */
  async openPorts(): Promise<number[]> {
    const rules = await run([...this.#within, "nft", "-n", "list", "chain", "inet", "upnp", CHAIN]);
    return [...rules.matchAll(PINHOLE)].map(([, port]) => Number(port));
  }

  /** Switched off and on: it has forgotten all mappings, and counts from the beginning. */
  async restart(): Promise<void> {
    await this.#end();
    await this.#begin();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #begin(): Promise<void> {
    const { isGuard = false } = this.#options;
    await run([...this.#within, "nft", "-f", "-"], isGuard ? CHAINS + GUARD : CHAINS);
    const command = ["miniupnpd", "-f", this.#config, "-P", this.#pidFile, "-i", "wan", "-d"];
    const daemon = Bun.spawn([...this.#within, ...command], {
      env: { ...process.env, ...PATH },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#process = daemon;
    let said = "";
    void drain(daemon.stderr, (text) => (said += text));
    void drain(daemon.stdout, (text) => (said += text));
    // The last word of its beginning.
    const word = this.#options.natPmp ? "Listening for NAT-PMP" : "HTTP listening on port";
    await until(() => said.includes(word), "miniupnpd listens");
  }

  async #end(): Promise<void> {
    this.#process?.kill();
    await this.#process?.exited;
  }
}

/** `min_lifetime` is the least it grants by PCP, two minutes unless it is told otherwise. */
function configOf({ upnp, natPmp, isGuard = false }: MiniupnpdOptions): string {
  const yes = (is: boolean): string => (is ? "yes" : "no");
  return `
ext_ifname=wan
listening_ip=lan
enable_upnp=${yes(upnp)}
enable_natpmp=${yes(natPmp)}
ext_ifname6=wan
ipv6_disable=${yes(!isGuard)}
secure_mode=yes
system_uptime=no
min_lifetime=1
uuid=00000000-0000-4000-8000-000000000001
upnp_table_name=upnp
upnp_nat_table_name=upnp
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 1024-65535 192.168.0.0/16 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`;
}

async function drain(stream: ReadableStream<Uint8Array>, take: (text: string) => void) {
  const decoder = new TextDecoder();
  for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
}
