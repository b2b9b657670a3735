import { formatIp, parseIp } from "../../base/address.ts";
import { Reader } from "../../base/bytes.ts";
import { externalAddress, type Gateway } from "./gateways.ts";
import { askHttp } from "./http.ts";
import { LEASE_MS } from "./lease.ts";
import type { Answer, Protocol, Wish } from "./protocol.ts";
import {
  formatCall,
  type MappingService,
  parseDescription,
  parseFault,
  parseValue,
} from "./soap.ts";
import { searchRouters } from "./ssdp.ts";

/** For finding the router and asking it all, unless said otherwise. */
const UPNP_MS_MAX = 6_000;

/** External ports that are tried where somebody else has them. */
const PORTS_MAX = 4;

/** What the person who looks at the router's list of mappings reads. */
const DESCRIPTION = "p2pchat";

/** UPnP IGD:1 WANIPConnection:1 §2.4.16 to §2.4.18. */
const FAULTS = { noSuchEntry: 714, conflict: 718, onlyPermanent: 725 } as const;

const REASONS: Readonly<Record<number, string>> = {
  501: "the router could not do it",
  606: "the router does not allow it",
  [FAULTS.conflict]: "others have the ports",
  724: "the router gives no other port, and others have this one",
  728: "the router has no more room",
};

/** What an action came to: its answer, a fault of the router's, or silence. */
type Outcome =
  | { readonly kind: "done"; readonly xml: string }
  | { readonly kind: "fault"; readonly code: number }
  | { readonly kind: "silence" };

interface Found {
  readonly service: MappingService;
  readonly externalIp: Uint8Array;
}

/** UPnP's Internet Gateway Device, version 1 or 2, on one network. */
export class UpnpClient implements Protocol {
  readonly name = "UPnP";
  readonly #gateway: Gateway;
  readonly #wish: Wish;
  readonly #askMsMax: number;
  #found: Found | undefined;
  #externalPort: number;
  #isAsked = false;
  #isPermanent = false;

  constructor(gateway: Gateway, wish: Wish, askMsMax = UPNP_MS_MAX) {
    this.#askMsMax = askMsMax;
    this.#gateway = gateway;
    this.#wish = wish;
    this.#externalPort = wish.port;
  }

  async ask(leaseMs: number, turn: Promise<void>, until: AbortSignal): Promise<Answer> {
    const signal = AbortSignal.any([until, AbortSignal.timeout(this.#askMsMax)]);
    const found = (await this.#findAgain(signal)) ?? (await this.#find(signal));
    this.#found = found;
    if (found === undefined) return { kind: "refused", why: "no answer" };
    await turn;
    if (signal.aborted) return { kind: "refused", why: "too late" };
    for (let tries = 0; tries < PORTS_MAX; tries += 1) {
      const wasThere = this.#isAsked;
      const outcome = await this.#add(found.service, leaseMs, signal);
      if (outcome.kind === "silence") return { kind: "refused", why: "no answer" };
      if (outcome.kind === "done") return this.#granted(found, leaseMs);
      // What was granted before is still to be removed, unless it is somebody else's by now.
      this.#isAsked = wasThere && outcome.code !== FAULTS.conflict;
      if (outcome.code === FAULTS.onlyPermanent && !this.#isPermanent) this.#isPermanent = true;
      else if (outcome.code === FAULTS.conflict) this.#externalPort = this.#anyPort();
      else {
        const why = REASONS[outcome.code] ?? `error ${outcome.code}`;
        return { kind: "refused", why };
      }
    }
    return { kind: "refused", why: "others have the ports" };
  }

  /** Tells a new address as well as a lost mapping. */
  async check(until: AbortSignal): Promise<boolean> {
    const found = this.#found;
    if (found === undefined) return true;
    const signal = AbortSignal.any([until, AbortSignal.timeout(this.#askMsMax)]);
    const [ip, outcome] = await Promise.all([
      this.#externalIp(found.service, signal),
      this.#call(found.service, "GetSpecificPortMappingEntry", this.#entry(), signal),
    ]);
    if (ip !== undefined && formatIp(ip) !== formatIp(found.externalIp)) return false;
    if (outcome.kind === "fault") return outcome.code !== FAULTS.noSuchEntry;
    // A router that began anew may listen on another port.
    if (outcome.kind === "silence") return until.aborted;
    const client = parseValue(outcome.xml, "NewInternalClient");
    return client === undefined || client === formatIp(this.#gateway.ownIp);
  }

  async release(signal: AbortSignal): Promise<void> {
    if (!this.#isAsked || this.#found === undefined) return;
    this.#isAsked = false;
    await this.#call(this.#found.service, "DeletePortMapping", this.#entry(), signal);
  }

  close(): void {
    this.#found = undefined;
  }

  #granted({ externalIp }: Found, leaseMs: number): Answer {
    const address = externalAddress(externalIp, this.#externalPort);
    if (address === undefined) {
      return { kind: "refused", why: "the router has no address to give" };
    }
    return { kind: "granted", address, leaseMs: this.#isPermanent ? LEASE_MS : leaseMs };
  }

  /** The router of before, if it is still there. */
  async #findAgain(signal: AbortSignal): Promise<Found | undefined> {
    if (this.#found === undefined) return undefined;
    const { service } = this.#found;
    const externalIp = await this.#externalIp(service, signal);
    return externalIp && { service, externalIp };
  }

  /** The first router that says where it is seen from outside. */
  async #find(until: AbortSignal): Promise<Found | undefined> {
    const search = new AbortController();
    const signal = AbortSignal.any([until, search.signal]);
    let found: Found | undefined;
    await searchRouters(this.#gateway, signal, (url) => {
      void this.#describe(url, signal).then((it) => {
        found ??= it;
        if (found !== undefined) search.abort();
      });
    });
    return found;
  }

  async #describe(url: URL, signal: AbortSignal): Promise<Found | undefined> {
    const from = formatIp(this.#gateway.ownIp);
    const answer = await askHttp({ url, from, method: "GET", signal });
    if (answer?.status !== 200) return undefined;
    for (const service of parseDescription(answer.text, url)) {
      const externalIp = await this.#externalIp(service, signal);
      if (externalIp !== undefined) return { service, externalIp };
    }
    return undefined;
  }

  async #externalIp(service: MappingService, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const outcome = await this.#call(service, "GetExternalIPAddress", {}, signal);
    if (outcome.kind !== "done") return undefined;
    const ip = parseIp(parseValue(outcome.xml, "NewExternalIPAddress") ?? "");
    return ip !== undefined && externalAddress(ip, 1) !== undefined ? ip : undefined;
  }

  async #add(service: MappingService, leaseMs: number, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return { kind: "silence" };
    this.#isAsked = true;
    const values = {
      ...this.#entry(),
      NewInternalPort: this.#wish.port,
      NewInternalClient: formatIp(this.#gateway.ownIp),
      NewEnabled: 1,
      NewPortMappingDescription: DESCRIPTION,
      NewLeaseDuration: this.#isPermanent ? 0 : Math.ceil(leaseMs / 1000),
    };
    return await this.#call(service, "AddPortMapping", values, signal);
  }

  #entry() {
    return { NewRemoteHost: "", NewExternalPort: this.#externalPort, NewProtocol: "UDP" };
  }

  async #call(
    { type, control }: MappingService,
    action: string,
    values: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const answer = await askHttp({
      url: control,
      from: formatIp(this.#gateway.ownIp),
      method: "POST",
      headers: { "Content-Type": 'text/xml; charset="utf-8"', SOAPAction: `"${type}#${action}"` },
      body: formatCall(type, action, values),
      signal,
    });
    if (answer === undefined) return { kind: "silence" };
    if (answer.status === 200) return { kind: "done", xml: answer.text };
    return { kind: "fault", code: parseFault(answer.text) ?? answer.status };
  }

  /** One that needs no privilege. */
  #anyPort(): number {
    return 1024 + (new Reader(this.#wish.random(2)).u16() % (65_536 - 1024));
  }
}
