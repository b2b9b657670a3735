import { existsSync, writeFileSync } from "node:fs";
import { inside, run } from "./namespaces.ts";
import { CORE, type Host, type Link, type Plan } from "./plan.ts";

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

const CORE_HOST: Host = { name: CORE, ip: [], rules: CORE_RULES };

/** No waiting for whether anybody else has an IPv6 address. */
const QUICK = { "ipv6/conf/default/accept_dad": "0", "ipv6/conf/all/accept_dad": "0" };

/** Where it is on, a bridge translates addresses by itself, and what is routed is bridged. */
const BRIDGE_FILTER = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** The delay box gives back to the core what another interface took in. */
const FORWARDING = {
  "ipv4/ip_forward": "1",
  "ipv6/conf/all/forwarding": "1",
  "ipv4/conf/all/rp_filter": "0",
  "ipv4/conf/default/rp_filter": "0",
};

/** Makes the namespaces of one lab, and all that is in them. */
export class Builder {
  readonly #prefix: string;
  readonly #made = new Set<string>();
  /** Where both ends of a link have the same number, the kernel takes a second to notice it. */
  #interfaces = 1000;

  /** What every namespace's name begins with. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  namespace(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  /**
   * Makes what is planned and not there, and returns it: one run of `ip` for the namespaces, and
   * one shell for the rest.
   */
  async build(plans: readonly Plan[]): Promise<readonly Host[]> {
    const planned = [CORE_HOST, ...plans.flatMap(({ routers, client }) => [...routers, client])];
    const byName = new Map(planned.map((host) => [host.name, host]));
    const hosts = Array.from(byName.values()).filter(({ name }) => !this.#made.has(name));
    if (hosts.length === 0) return [];

    const added = hosts.map(({ name }) => `netns add ${this.namespace(name)}\n`);
    await run(["ip", "-batch", "-"], added.join(""));
    for (const host of hosts) this.#setSysctls(host);
    await run(["sh", "-eu"], this.#script(hosts, plans));
    for (const { name } of hosts) this.#made.add(name);
    return hosts;
  }

  #setSysctls({ name, router }: Host): void {
    const forwards = name === CORE || router !== undefined;
    const settings = { ...(forwards ? FORWARDING : {}), ...QUICK, ...router?.sysctls };
    inside(this.namespace(name), () => {
      for (const [path, value] of Object.entries(settings)) {
        writeFileSync(`/proc/sys/net/${path}`, value);
      }
      if (existsSync(BRIDGE_FILTER)) writeFileSync(BRIDGE_FILTER, "0");
    });
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
          heredoc(`ip netns exec ${this.namespace(name)} nft -f -`, [rules ?? ""]),
        ),
    ].join("");
  }

  #linkCommand({ a, b }: Link): string {
    const end = ([name, device]: Link["a"]): string => {
      this.#interfaces += 1;
      return `${device} index ${this.#interfaces} netns ${this.namespace(name)}`;
    };
    return `link add ${end(a)} type veth peer name ${end(b)}`;
  }
}

function heredoc(command: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${command} <<'END'\n${lines.join("\n")}\nEND\n`;
}
