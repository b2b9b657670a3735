import { type Address, formatAddress, isIpv6 } from "../base/address.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import type { Host } from "../paths/candidates.ts";
import { Openings } from "../paths/openings.ts";
import { Survey, type SurveyOutput } from "../paths/survey.ts";
import { observersFrom } from "../rendezvous/observers.ts";
import type { NatReport } from "../wire/nat.ts";
import {
  type Datagram,
  MAIN_SOCKET,
  type NetworkWrite,
  type SocketId,
  type SocketState,
} from "./machine.ts";
import { insideOf, type Networks, placeOf } from "./networks.ts";
import type { SideSockets } from "./sidesockets.ts";

export type LookoutOutput =
  | ({ readonly kind: "send" } & Datagram)
  | Report
  /** To be kept for a later run. */
  | { readonly kind: "learnt"; readonly write: NetworkWrite };

type Report = Extract<SurveyOutput, { kind: "report" }>;

/** Who is not met is introduced again 15 s later: what is to be known then is looked at before. */
const AGAIN_MS = 14_000;

export interface LookoutOptions {
  readonly random: Random;
  readonly sockets: SideSockets;
  readonly networks: Networks;
}

/** A client's eye on its network: what the sockets of its server, and its peers, see of it. */
export class Lookout {
  readonly #survey: Survey;
  readonly #sockets: SideSockets;
  readonly #networks: Networks;
  readonly #openings = new Openings();
  /** Where the server has seen this node; undefined until it has. */
  #place: string | undefined;
  /** What was last guessed from. */
  #inside = "";
  /** What was learnt there before, and comes sooner than the survey. */
  readonly #remembered = new Queue<LookoutOutput>();
  #hosts: readonly Host[] = [];
  #port = 0;
  /** The server is met by IPv4, or was. */
  #isByIpv4 = false;
  #refreshAtMs = Infinity;

  constructor({ random, sockets, networks }: LookoutOptions) {
    this.#sockets = sockets;
    this.#networks = networks;
    const nextSocket = (): SocketId => sockets.take();
    this.#survey = new Survey({ random, mainSocket: MAIN_SOCKET, nextSocket });
  }

  setHosts(now: number, hosts: readonly Host[]): void {
    this.#hosts = hosts;
    this.#setLocal(now);
  }

  setPort(now: number, port: number): void {
    this.#port = port;
    this.#setLocal(now);
  }

  /** The server, met at this address, sees this node there, and tells who else can. */
  onRegistered(
    now: number,
    server: Address,
    observed: Address,
    observers: readonly Address[],
  ): void {
    this.#survey.setOtherHeard(now, true);
    // The session may go by IPv6 for a while: it is of IPv4 that others must know how it is given.
    const hasIpv4 = this.#hosts.some(({ ip }) => ip.length === 4);
    if (isIpv6(server) && hasIpv4 && this.#isByIpv4) return;
    this.#isByIpv4 = !isIpv6(server);
    this.#survey.setObservers(now, observersFrom(server, observers));
    this.#survey.onObserved(now, server, observed);
    const place = placeOf(observed, insideOf(this.#hosts));
    if (place === this.#place) return;
    this.#place = place;
    if (place !== undefined) this.#tellRemembered(now, this.#networks.recall(now, place));
  }

  /** The survey will tell by and by whether it is still so. */
  #tellRemembered(now: number, report: NatReport | undefined): void {
    if (report === undefined || this.#survey.report(now) !== undefined) return;
    const { lifetime } = this.#survey;
    this.#remembered.push({ kind: "report", report, lifetime, isSettled: false });
  }

  /** A peer, met at this address, sees the main socket there. */
  onWitness(now: number, peer: Address, observed: Address): void {
    this.#survey.onObserved(now, peer, observed);
  }

  /** Somebody is about to be met: what changes from moment to moment should be known. */
  refresh(now: number): void {
    this.#survey.refresh(now);
    this.#refreshAtMs = now + AGAIN_MS;
  }

  /** This node sends something there, on behalf of others. */
  onSent(now: number, { socket, to }: Datagram): void {
    if (this.#survey.countsOpenings && this.#openings.isNew(now, socket, to)) {
      this.#survey.onOpened(now);
    }
  }

  /** False for what is none of its answers. */
  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): boolean {
    return this.#survey.handleDatagram(now, socket, from, bytes);
  }

  /** False for a socket that is none of its own. */
  handleSocket(now: number, socket: SocketId, state: SocketState): boolean {
    if (state.step !== "opened" && state.step !== "failed") return false;
    return this.#survey.handleSocket(now, socket, state);
  }

  handleTimeout(now: number): void {
    if (now >= this.#refreshAtMs) {
      this.#refreshAtMs = Infinity;
      this.#survey.refresh(now);
    }
    if (now >= this.#survey.pollTimeout()) this.#survey.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(this.#refreshAtMs, this.#survey.pollTimeout());
  }

  /** Sockets that it needs are asked for, and left, besides. */
  pollOutput(now: number): LookoutOutput | undefined {
    for (;;) {
      const output = this.#remembered.shift() ?? this.#survey.pollOutput();
      if (output?.kind === "open") this.#sockets.open(output.socket, this);
      else if (output?.kind === "close") this.#sockets.release(output.socket, this);
      else {
        if (output?.kind === "report" && output.isSettled) this.#learn(now, output);
        return output;
      }
    }
  }

  #learn(now: number, { report }: Report): void {
    if (this.#place === undefined) return;
    const write = this.#networks.learn(now, this.#place, report);
    if (write !== undefined) this.#remembered.push({ kind: "learnt", write });
  }

  #setLocal(now: number): void {
    const port = this.#port;
    if (port === 0 || this.#hosts.length === 0) return;
    const local = this.#hosts.map(({ ip }) => formatAddress({ ip, port, zone: undefined }));
    this.#survey.setLocal(now, local);
    const inside = insideOf(this.#hosts);
    if (this.#place !== undefined || inside === this.#inside) return;
    this.#inside = inside;
    this.#tellRemembered(now, this.#networks.guess(now, inside));
  }
}
