import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import makeMdns, { type MulticastDNS } from "multicast-dns";
import { type Address, addressOf, addressParts } from "../base/address.ts";
import type { Random } from "../base/random.ts";
import { isNeighbour } from "../paths/candidates.ts";
import type { Clock } from "../base/clock.ts";
import {
  type Announcement,
  announcementOf,
  asksForService,
  type DnsRecord,
  goodbyeOf,
  isAskedFor,
  type Query,
  readAnnouncement,
  type Response,
  type Service,
  SERVICE_TYPE,
} from "./dnssd.ts";
import { type LanPlace, MDNS_FAMILIES, MDNS_PORT } from "./lanplaces.ts";
import { LanSchedule } from "./lanschedule.ts";
import type { SourceGate } from "./sourcegate.ts";

/** RFC 6762 §11: whoever hears this knows that it was sent nearby. */
const HOPS = 255;

/** How long a goodbye may take. */
const GOODBYE_MS = 100;

export interface LanLinkOptions {
  readonly service: Service;
  /** Whether others are looked for too. */
  readonly isLooking: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** One for all links: each socket hears what any of them has joined. */
  readonly gate: SourceGate;
  readonly onHeard: (announcement: Announcement, from: Address) => void;
  /** Who need not answer a question. */
  readonly knownAnswers: () => readonly DnsRecord[];
  /** The system refuses it, and nothing more will come of this link. */
  readonly onTrouble: (error: Error) => void;
}

/** Multicast DNS on one interface in one family: announces a service, answers for it, and asks. */
export class LanLink {
  readonly #place: LanPlace;
  readonly #options: LanLinkOptions;
  readonly #socket: Socket;
  readonly #mdns: MulticastDNS;
  readonly #schedule: LanSchedule;
  #timer: NodeJS.Timeout | undefined;
  #step: "opening" | "open" | "leaving" | "over" = "opening";

  constructor(place: LanPlace, options: LanLinkOptions) {
    const { random, clock, isLooking } = options;
    const { type, group, unspecified } = MDNS_FAMILIES[place.family];
    this.#place = place;
    this.#options = options;
    this.#schedule = new LanSchedule({ now: clock.now(), random, isLooking });
    this.#socket = createSocket({ type, reuseAddr: true, ipv6Only: place.family === 6 });
    this.#mdns = makeMdns({
      socket: this.#socket,
      type,
      ip: group,
      interface: this.#interface,
      bind: unspecified,
      // What it would do by itself throws where nobody can catch it.
      multicast: false,
    });
    this.#guard();
    this.#mdns.on("ready", () => this.#onBound());
    this.#mdns.on("query", (query) => this.#onQuery(query));
    this.#mdns.on("response", (response, from) => this.#onResponse(response, from));
    this.#mdns.on("error", (error) => this.#end(error));
    // Most are datagrams that cannot be read.
    this.#mdns.on("warning", () => undefined);
  }

  get isOver(): boolean {
    return this.#step === "over";
  }

  /** Says goodbye, unless it has nothing to say it with. */
  async close(): Promise<void> {
    if (this.#step === "open") {
      this.#step = "leaving";
      clearTimeout(this.#timer);
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, GOODBYE_MS);
      this.#mdns.respond(goodbyeOf(this.#options.service, this.#place.ip), () => resolve());
      await promise;
    }
    this.#end(undefined);
  }

  /** As system calls take it. */
  get #interface(): string {
    const { family, ip, name } = this.#place;
    return family === 4 ? ip : `::%${name}`;
  }

  /** Sees each datagram before it is decoded, which costs the more the more names it holds. */
  #guard(): void {
    const [decode] = this.#socket.listeners("message");
    this.#socket.removeAllListeners("message");
    this.#socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
      const { clock, gate } = this.#options;
      if (decode === undefined || from.port !== MDNS_PORT || !this.#isHere(from)) return;
      if (!gate.admits(clock.now(), from.address, bytes)) return;
      Reflect.apply(decode, this.#socket, [bytes, from]);
    });
  }

  #onBound(): void {
    if (this.isOver) return;
    try {
      this.#socket.addMembership(MDNS_FAMILIES[this.#place.family].group, this.#interface);
      this.#socket.setMulticastInterface(this.#interface);
      this.#socket.setMulticastTTL(HOPS);
      this.#socket.setMulticastLoopback(true);
    } catch (error) {
      return this.#end(error instanceof Error ? error : new Error(String(error)));
    }
    this.#step = "open";
    this.#run();
  }

  #onQuery(query: Query): void {
    const { service, clock, isLooking } = this.#options;
    const now = clock.now();
    if (isLooking && asksForService(query)) this.#schedule.onOthersQuestion(now);
    if (isAskedFor(query, service)) this.#schedule.onAsked(now);
    this.#arm();
  }

  #onResponse(response: Response, from: RemoteInfo): void {
    if (!this.#options.isLooking) return;
    const announcement = readAnnouncement(response);
    const address = announcement && addressOf(from.address, announcement.port);
    if (announcement === undefined || address === undefined) return;
    this.#options.onHeard(announcement, address);
  }

  /** What does not leave is said again anyway: no word about single datagrams. */
  #run(): void {
    const { service, clock } = this.#options;
    const now = clock.now();
    for (let act = this.#schedule.poll(now); act !== undefined; act = this.#schedule.poll(now)) {
      if (act === "announce") this.#mdns.respond(announcementOf(service, this.#place.ip));
      else this.#ask();
    }
    this.#arm();
  }

  #ask(): void {
    const answers = [...this.#options.knownAnswers()];
    this.#mdns.query({ questions: [{ name: SERVICE_TYPE, type: "PTR" }], answers });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#step !== "open") return;
    const waitMs = this.#schedule.pollTimeout() - this.#options.clock.now();
    if (waitMs < Infinity) this.#timer = setTimeout(() => this.#run(), Math.max(0, waitMs));
  }

  /** Whether it came over this interface: the socket hears all that any socket has joined. */
  #isHere({ address: host, port }: RemoteInfo): boolean {
    const from = addressOf(host, port);
    if (from === undefined) return false;
    const { zone } = addressParts(from);
    const { name, hosts } = this.#place;
    return (zone === undefined || zone === name) && isNeighbour(hosts, from);
  }

  #end(error: Error | undefined): void {
    if (this.isOver) return;
    this.#step = "over";
    clearTimeout(this.#timer);
    try {
      this.#mdns.destroy();
    } catch {
      // It may never have been bound.
    }
    if (error !== undefined) this.#options.onTrouble(error);
  }
}
