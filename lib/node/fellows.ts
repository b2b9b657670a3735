import { type Address, viaAddress } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import type { Path } from "../paths/pathset.ts";
import type { DirectoryOutput } from "../rendezvous/directory.ts";
import { decodeNatReport, type NatReport } from "../wire/nat.ts";
import { decodeRelay } from "../wire/relay.ts";
import { decodeAnswer, decodeRequest, encodeAnswer } from "../wire/rendezvous.ts";
import type { Carrier } from "./carrier.ts";
import type { Connection } from "./connection.ts";
import type { Introducer } from "./introducer.ts";
import type { Datagram } from "./machine.ts";
import type { Members, MembersOutput } from "./members.ts";
import type { Relays } from "./relays.ts";

export type FellowsOutput =
  /** To a peer, on the rendezvous channel of the session with it. */
  | MembersOutput
  /** A peer says where it is; `by` is where this node meets it, undefined if it is carried. */
  | {
      readonly kind: "whereabouts";
      readonly peerId: PeerId;
      readonly candidates: readonly Address[];
      readonly by: Address | undefined;
      /** What it says of its NAT. */
      readonly nat: NatReport | undefined;
    }
  /** What a carrier has brought: a datagram of another peer's. */
  | { readonly kind: "carried"; readonly from: Address; readonly bytes: Uint8Array }
  | Extract<DirectoryOutput, { kind: "log" }>;

/** What they are made of. */
export interface FellowsOptions {
  readonly members: Members;
  readonly introducer: Introducer;
  readonly carrier: Carrier;
  readonly relays: Relays;
}

/**
 * What peers do for one another beside talking: each tells the others where it sees them, brings
 * two together, and as a last resort carries what they say. PROTOCOL.md §6 and §7.
 */
export class Fellows {
  readonly #members: Members;
  readonly #introducer: Introducer;
  readonly #carrier: Carrier;
  readonly #relays: Relays;
  readonly #heard = new Queue<FellowsOutput>();

  constructor({ members, introducer, carrier, relays }: FellowsOptions) {
    this.#members = members;
    this.#introducer = introducer;
    this.#carrier = carrier;
    this.#relays = relays;
  }

  onOpened(now: number, connection: Connection): void {
    this.#relays.onOpened(now, connection);
    this.#observe(now, connection);
  }

  onMoved(now: number, connection: Connection, from: Path): void {
    this.#relays.onMoved(now, connection);
    const carried = [from, connection.path].filter(({ kind }) => kind === "relay").length;
    if (carried === 0) this.#introducer.onMoved(now, connection);
    else if (carried === 1) this.#observe(now, connection);
  }

  /** What was sent to this peer is not answered. */
  onDoubted(now: number, connection: Connection): void {
    this.#relays.onDoubted(now, connection);
  }

  /** A peer has said which rooms it is in: it may introduce, and carry. */
  onMet(now: number): void {
    this.#members.onMet(now);
    this.#relays.onMet(now);
  }

  onClosed(now: number, connection: Connection): void {
    this.#part(now, connection);
    this.#relays.onClosed(now, connection);
  }

  /** What peers were told of this node may hold no longer. */
  onChanged(now: number): void {
    this.#members.onChanged(now);
  }

  /** This machine's addresses have changed. */
  onNetwork(now: number): void {
    this.#members.onChanged(now);
    this.#relays.onNetwork(now);
  }

  setNat(now: number, report: NatReport): void {
    this.#members.setNat(now, report);
    this.#relays.onNetwork(now);
  }

  /** A peer asks what servers are asked, or answers. */
  handleMessage(now: number, connection: Connection, message: Uint8Array): void {
    const request = decodeRequest(message);
    if (request === undefined) {
      const answer = decodeAnswer(message);
      if (answer !== undefined) this.#members.handleAnswer(now, connection, answer);
      return;
    }
    if (request.kind === "register") {
      const { card, path } = connection;
      const { candidates } = request;
      const nat = request.nat && decodeNatReport(request.nat);
      const by = path.kind === "relay" ? undefined : path.remote;
      this.#heard.push({ kind: "whereabouts", peerId: card.peerId, candidates, by, nat });
    }
    this.#introducer.handleRequest(now, connection, request);
  }

  /** What a peer has carried, or has had carried. */
  handleDatagram(now: number, connection: Connection, data: Uint8Array): void {
    const datagram = decodeRelay(data);
    const { peerId } = connection.card;
    switch (datagram?.kind) {
      case "carry":
        return this.#carrier.handleCarry(now, connection, datagram.peer, datagram.data);
      case "carried": {
        if (!this.#relays.takesFrom(connection)) return;
        const from = viaAddress(peerId, datagram.peer);
        this.#heard.push({ kind: "carried", from, bytes: datagram.data });
        return;
      }
      case "uncarried":
        return this.#relays.onUncarried(now, peerId, datagram.peer, datagram.why);
      case undefined:
        return;
      default:
        datagram satisfies never;
    }
  }

  /** Has a carrier take a datagram for a place beyond it. */
  carry(datagram: Datagram): void {
    this.#relays.send(datagram);
  }

  handleTimeout(now: number): void {
    this.#members.handleTimeout(now);
    this.#relays.handleTimeout(now);
    this.#introducer.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(
      this.#members.pollTimeout(),
      this.#relays.pollTimeout(),
      this.#introducer.pollTimeout(),
    );
  }

  pollOutput(): FellowsOutput | undefined {
    const heard = this.#heard.shift() ?? this.#members.pollOutput();
    if (heard !== undefined) return heard;
    const told = this.#introducer.pollOutput();
    if (told?.kind !== "answer") return told;
    return { kind: "request", to: told.to, message: encodeAnswer(told.answer) };
  }

  /** Who is carried sees nothing of where the other is, and can introduce nobody. */
  #observe(now: number, connection: Connection): void {
    if (connection.path.kind === "relay") return this.#part(now, connection);
    this.#introducer.onOpened(now, connection);
    this.#members.onOpened(now, connection);
  }

  #part(now: number, connection: Connection): void {
    this.#introducer.onClosed(now, connection);
    this.#members.onClosed(connection.card.peerId);
  }
}
