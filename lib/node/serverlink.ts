import type { Address } from "../base/address.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { Aging } from "../paths/aging.ts";
import {
  hostCandidates,
  localAddress,
  type Host,
  type Vantage,
  worthTrying,
} from "../paths/candidates.ts";
import { Registrar, type RegistrarEvent } from "../rendezvous/registrar.ts";
import { topicOf } from "../rendezvous/topic.ts";
import type { NatReport } from "../wire/nat.ts";
import type { ProbeCounts } from "../wire/probes.ts";
import { decodeAnswer, encodeRequest } from "../wire/rendezvous.ts";
import type { Connection } from "./connection.ts";
import type { Who } from "./events.ts";
import type { MappingHint } from "./machine.ts";
import { Showing } from "./showing.ts";
import type { PersonTarget } from "./target.ts";

/** Port mappings that are announced; beyond, the oldest are not. */
const MAPPED_MAX = 2;

/** A server that tells of ever other addresses has all peers shown where we are this often. */
const REMAPPED_GAP_MS = 5_000;

export type ServerLinkOutput =
  | { readonly kind: "request"; readonly message: Uint8Array }
  /** This client is to be shown to the server there, where it is besides. */
  | { readonly kind: "show"; readonly to: readonly Address[] }
  /** Where the server sees this client may have changed: it is to be asked for a sign of life. */
  | { readonly kind: "ask" }
  /** It has changed, though this client has not moved: so have the mappings toward all others. */
  | { readonly kind: "remapped" }
  | { readonly kind: "event"; readonly event: RegistrarEvent };

/** What a client knows of its server, and its registration there. */
export class ServerLink {
  readonly #registrar: Registrar;
  #connection: Connection | undefined;
  /** What the server that is looked for was called. */
  #name: string | undefined;
  #place: { readonly name: string; readonly noiseKey: Uint8Array } | undefined;
  #observed: Address | undefined;
  /** Where the server sees it by the other family of addresses. */
  #also: Address | undefined;
  readonly #showing = new Showing();
  readonly #aging = new Aging();
  #remappedAtMs = -Infinity;
  #isRemapped = false;
  #isDue = false;
  #number: number | undefined;
  #hosts: readonly Host[] = [];
  #port = 0;
  #rooms: readonly RoomId[] = [];
  /** Where routers pass on what comes to it, newest last. */
  #mapped: readonly Address[] = [];

  /** `probesTo`: how attempts to meet somebody went, who is told of it. */
  constructor(probesTo: (peerId: PeerId) => ProbeCounts | undefined) {
    this.#registrar = new Registrar({ probesTo });
  }

  /** The session, while it is open. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get who(): Who | undefined {
    const card = this.#connection?.card;
    return card && { name: card.name, id: card.peerId };
  }

  /** What the server that was met last is called, and its key. */
  get place(): { readonly name: string; readonly noiseKey: Uint8Array } | undefined {
    return this.#place;
  }

  /** Whether the server has taken the registration, and sees this client at `observed`. */
  get isRegistered(): boolean {
    return this.#number !== undefined;
  }

  get observed(): Address | undefined {
    return this.#observed;
  }

  /** How old the mappings of this client's router become, as far as the server has seen. */
  get aging(): Pick<Aging, "goneMs" | "sinceMs" | "onGone"> {
    return this.#aging;
  }

  /** This client's own end of a path to `remote`. */
  localAddress(remote: Address): Address | null {
    return localAddress(this.#hosts, this.#port, remote) ?? null;
  }

  get vantage(): Vantage {
    const introducer = this.#connection?.path.remote;
    const observed = [this.#observed, this.#also].filter((address) => address !== undefined);
    return { hosts: this.#hosts, observed, introducer };
  }

  /** Where it can be reached from nearby, for a registration with a node that is met there. */
  candidatesBy(introducer: Address): readonly Address[] {
    return hostCandidates({ ...this.vantage, introducer }, this.#port, this.#mapped);
  }

  /** Where routers pass on what comes to it, newest last. */
  get mapped(): readonly Address[] {
    return this.#mapped;
  }

  /** The server of this name is to be met. */
  onNamed(name: string): void {
    this.#name = name;
  }

  onOpened(now: number, connection: Connection): void {
    this.#connection = connection;
    const { noiseKey } = connection.card;
    if (this.#name !== undefined) this.#place = { name: this.#name, noiseKey };
    this.#announce(now);
    this.#registrar.onServerOpened(now);
  }

  onClosed(now: number): void {
    this.#connection = undefined;
    this.#number = undefined;
    this.#also = undefined;
    this.#showing.onClosed();
    this.#registrar.onServerClosed(now);
  }

  setHosts(now: number, hosts: readonly Host[]): void {
    this.#hosts = hosts;
    this.#aging.reset();
    this.#showing.onHosts(now);
    this.#announce(now);
  }

  setPort(now: number, port: number): void {
    this.#port = port;
    this.#announce(now);
  }

  /** Peers that are met from here on hear of it. */
  onMapping(now: number, { kind, address }: MappingHint): void {
    const others = this.#mapped.filter((it) => it !== address);
    this.#mapped = kind === "mapped" ? [...others, address].slice(-MAPPED_MAX) : others;
    this.#announce(now);
  }

  /** What those who are introduced are told of this client's NAT. */
  setNat(now: number, nat: NatReport): void {
    this.#registrar.setNat(now, nat);
  }

  setRooms(now: number, rooms: readonly RoomId[]): void {
    this.#rooms = rooms;
    this.#announce(now);
  }

  /** Undecodable answers are ignored. */
  handleMessage(now: number, message: Uint8Array): void {
    const answer = decodeAnswer(message);
    if (answer === undefined) return;
    if (answer.kind === "registered") {
      this.#number = answer.number;
      this.#observed = answer.observed;
      this.#also = answer.also;
      this.#onObserved(now, answer.observed);
      this.#showing.onRegistered(now, answer.others, answer.also !== undefined);
    }
    this.#registrar.handleAnswer(now, answer);
  }

  /** Keeps asking for introductions to this peer, the first one later if it has just been one. */
  seek(now: number, peerId: PeerId, isIntroduced = false): void {
    this.#registrar.seek(now, peerId, isIntroduced);
  }

  unseek(peerId: PeerId): void {
    this.#registrar.unseek(peerId);
  }

  list(now: number, token: number): void {
    this.#registrar.list(now, token);
  }

  peer(now: number, token: number, number: number): void {
    this.#registrar.peer(now, token, number);
  }

  punch(now: number, token: number): void {
    this.#registrar.punch(now, token);
  }

  find(now: number, token: number, { name, prefix }: PersonTarget): void {
    this.#registrar.find(now, token, name, prefix);
  }

  handleTimeout(now: number): void {
    this.#registrar.handleTimeout(now);
    const isHeard = this.#connection?.isDoubted === false;
    this.#isDue ||= this.#aging.handleTimeout(now, isHeard);
  }

  pollTimeout(): number {
    return Math.min(
      this.#registrar.pollTimeout(),
      this.#showing.pollTimeout(),
      this.#aging.pollTimeout(),
    );
  }

  pollOutput(now: number): ServerLinkOutput | undefined {
    const others = this.#showing.pollDue(now);
    // Asked at every turn, and hardly ever is there anything to look at.
    const to = others.length === 0 ? others : worthTrying(this.vantage, others);
    if (to.length > 0) return { kind: "show", to };
    if (this.#isRemapped) {
      this.#isRemapped = false;
      return { kind: "remapped" };
    }
    if (this.#isDue) {
      this.#isDue = false;
      return { kind: "ask" };
    }
    const output = this.#registrar.pollOutput();
    if (output?.kind !== "request") return output;
    return { kind: "request", message: encodeRequest(output.request) };
  }

  #onObserved(now: number, observed: Address): void {
    if (!this.#aging.onObserved(now, observed)) return;
    if (now < this.#remappedAtMs + REMAPPED_GAP_MS) return;
    this.#remappedAtMs = now;
    this.#isRemapped = true;
  }

  /** Topics differ from server to server, and candidates by how the server is reached. */
  #announce(now: number): void {
    const connection = this.#connection;
    if (connection === undefined || this.#port === 0) return;
    const { noiseKey } = connection.card;
    this.#registrar.setCandidates(now, hostCandidates(this.vantage, this.#port, this.#mapped));
    this.#registrar.setTopics(
      now,
      this.#rooms.map((room) => topicOf(room, noiseKey)),
    );
  }
}
