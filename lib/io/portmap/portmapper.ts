import { formatIp } from "../../base/address.ts";
import { systemClock } from "../clock.ts";
import type { NetworkWatch } from "../networkwatch.ts";
import type { Interface } from "../../node/machine.ts";
import { systemRandom } from "../random.ts";
import { hearAnnouncements } from "./announcements.ts";
import { Exchange } from "./exchange.ts";
import { type Gateway, gatewayKey, readGateways } from "./gateways.ts";
import { LEASE_MS, LEASE_PACE } from "./lease.ts";
import { NatPmpClient } from "./natpmpclient.ts";
import { PcpClient } from "./pcpclient.ts";
import type { Protocol } from "./protocol.ts";
import { type MappingHandlers, Router, type RouterTiming } from "./router.ts";
import { UpnpClient } from "./upnpclient.ts";

/** How often the machine's routers are compared with those of before, addresses changed or not. */
const GATEWAYS_MS = 5_000;

/** A question of 2 or 24 bytes; without it a router's restart costs the mapping for an hour. */
const CHECK_MS = 60_000;

const TIMING: RouterTiming = { ...LEASE_PACE, leaseMs: LEASE_MS, checkMs: CHECK_MS };

export interface PortMapperOptions extends MappingHandlers {
  /** Where the port listens: an IP address, or undefined for all of this machine's. */
  readonly host?: string | undefined;
  /** The UDP port of this machine that is to be reached from outside. */
  readonly port: number;
  /** How the routers of this machine are found; by its table of routes unless said otherwise. */
  readonly gateways?: (interfaces: readonly Interface[]) => readonly Gateway[];
  readonly network: NetworkWatch;
  readonly timing?: Partial<RouterTiming>;
  /** For one question by UPnP, 6 s unless said otherwise. */
  readonly upnpMsMax?: number;
  /** Where routers listen for PCP and NAT-PMP, 5351 unless said otherwise. */
  readonly controlPort?: number;
  /** Where routers announce themselves, 5350 unless said otherwise. */
  readonly announcementPort?: number;
}

interface Opened {
  readonly gateway: Gateway;
  readonly router: Promise<Router>;
}

/**
 * Has every router of this machine map one UDP port, by PCP (RFC 6887), NAT-PMP (RFC 6886) or
 * UPnP-IGD, whichever it speaks; over IPv6, let through what comes to it, by PCP. Mappings are
 * renewed, made anew where a router has forgotten them or the network is another, and removed at
 * the end. It never throws: a router that maps nothing costs a handful of datagrams.
 */
export class PortMapper {
  readonly #options: PortMapperOptions;
  readonly #routers = new Map<string, Opened>();
  readonly #closing = new Set<Promise<void>>();
  readonly #leaveNetwork: () => void;
  readonly #stopHearing: () => void;

  private constructor(options: PortMapperOptions) {
    this.#options = options;
    const { announcementPort, network } = options;
    this.#leaveNetwork = network.subscribe(() => this.#checkNetwork(), GATEWAYS_MS);
    this.#stopHearing = hearAnnouncements((host) => this.#onAnnounced(host), announcementPort);
    this.#checkNetwork();
  }

  /** Begins at once; the handlers are called later. */
  static open(options: PortMapperOptions): PortMapper {
    return new PortMapper(options);
  }

  /** Removes what is mapped; settles within some 300 ms. */
  async close(): Promise<void> {
    this.#leaveNetwork();
    this.#stopHearing();
    for (const key of this.#routers.keys()) this.#drop(key);
    await Promise.all(this.#closing);
  }

  #checkNetwork(): void {
    const { network, gateways: find = readGateways } = this.#options;
    const gateways = find(network.interfaces);
    const bound = gateways.filter(({ ownIp }) => isBoundTo(this.#options.host, ownIp));
    const found = new Map(bound.map((gateway) => [gatewayKey(gateway), gateway]));
    for (const key of this.#routers.keys()) if (!found.has(key)) this.#drop(key);
    for (const [key, gateway] of found) {
      if (this.#routers.has(key)) continue;
      this.#routers.set(key, { gateway, router: this.#openRouter(gateway) });
    }
  }

  /** Only of the routers that are known: what else announces itself is none of this machine's. */
  #onAnnounced(host: string): void {
    for (const { gateway, router } of this.#routers.values()) {
      const isIt = gateway.ip !== undefined && formatIp(gateway.ip) === host;
      if (isIt) void router.then((it) => it.onAnnounced());
    }
  }

  #drop(key: string): void {
    const router = this.#routers.get(key)?.router;
    if (router === undefined) return;
    this.#routers.delete(key);
    const closed = router.then((it) => it.close()).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  async #openRouter(gateway: Gateway): Promise<Router> {
    const { onMapped, onLost, log, timing } = this.#options;
    const handlers = { onMapped, onLost, log, now: () => systemClock.now() };
    const protocols = await this.#openProtocols(gateway);
    return new Router({ ...handlers, protocols, timing: { ...TIMING, ...timing } });
  }

  async #openProtocols(gateway: Gateway): Promise<Protocol[]> {
    const { port, controlPort, upnpMsMax, log } = this.#options;
    const wish = { port, random: systemRandom, now: () => systemClock.now() };
    const { ip, ownIp } = gateway;
    // The other two know IPv4 alone.
    const upnp = ownIp.length === 4 ? [new UpnpClient(gateway, wish, upnpMsMax)] : [];
    if (ip === undefined) return upnp;
    try {
      const exchange = await Exchange.open(gateway, controlPort);
      const natPmp = ownIp.length === 4 ? [new NatPmpClient(exchange, wish)] : [];
      return [new PcpClient(exchange, ownIp, wish), ...natPmp, ...upnp];
    } catch (error) {
      // The address has gone since it was read; the network is looked at again soon.
      log("debug", "port not mapped", { why: String(error) });
      return upnp;
    }
  }
}

/** The unspecified addresses stand for all. */
function isBoundTo(host: string | undefined, ip: Uint8Array): boolean {
  return host === undefined || host === "::" || host === "0.0.0.0" || host === formatIp(ip);
}
