import type { Address } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import type { Chat } from "../chat/chat.ts";
import { Rounds } from "../rendezvous/rounds.ts";
import type { RendezvousAnswer } from "../wire/rendezvous.ts";
import { agedNatReport, decodeNatReport, encodeNatReport, type NatReport } from "../wire/nat.ts";
import { encodeRequest } from "../wire/rendezvous.ts";
import type { Introduced } from "./callers.ts";
import type { Connection } from "./connection.ts";
import { MAIN_SOCKET } from "./machine.ts";
import type { ServerLink } from "./serverlink.ts";
import type { Succession } from "./successors.ts";

/** Members that are asked for one peer at a time. */
export const ASKED_MAX = 3;

/** The server's introductions have so long to come to something before members are asked. */
export const PATIENCE_MS = 1_500;

/** What has changed is told to all peers at most this often, and to who is asked before. */
export const REGISTRATION_GAP_MS = 5_000;

/** Answers of one peer that are heeded: no one of them can use up what is followed of all. */
const ANSWERS_PER_SECOND = 0.5;
const ANSWERS_BURST = 16;

/** After so many rounds only those are sought on for whom something waits. */
const HOPEFUL_ROUNDS = 8;

export type MembersOutput =
  /** A peer is about to be given another mapping: see `Successors`. */
  | {
      readonly kind: "succession";
      readonly connection: Connection;
      readonly succession: Succession;
    }
  | { readonly kind: "request"; readonly to: PeerId; readonly message: Uint8Array }
  /** The peer at this address sees the main socket there. */
  | { readonly kind: "observed"; readonly by: Address; readonly observed: Address }
  | { readonly kind: "introduced"; readonly by: Address; readonly introduced: Introduced };

type Introduction = Extract<RendezvousAnswer, { kind: "introduction" }>;

/** A peer with whom a session is open. */
interface Link {
  readonly connection: Connection;
  /** The registration that it was told. */
  told: number;
  answers: TokenBucket | undefined;
}

/**
 * What a client tells its peers of itself, that they can introduce it, and asks of the members of
 * its rooms: to be introduced to whom the server does not bring it together with. PROTOCOL.md §7.
 */
export class Members {
  readonly #server: ServerLink;
  readonly #chat: Chat;
  readonly #links = new Map<PeerId, Link>();
  readonly #rounds = new Rounds();
  readonly #outputs = new Queue<MembersOutput>();
  #nat: { readonly bytes: Uint8Array; readonly atMs: number } | undefined;
  /** Counts what there was to tell. */
  #registration = 0;
  #toldAtMs = -Infinity;
  #tellAtMs = Infinity;

  constructor(server: ServerLink, chat: Chat) {
    this.#server = server;
    this.#chat = chat;
  }

  onOpened(now: number, connection: Connection): void {
    const link = { connection, told: -1, answers: undefined };
    this.#links.set(connection.card.peerId, link);
    this.#register(now, link);
  }

  onClosed(peerId: PeerId): void {
    this.#links.delete(peerId);
  }

  /** A peer has said which rooms it is in. */
  onMet(now: number): void {
    this.#rounds.hurry(now);
  }

  /** What peers were told of this client may hold no longer. */
  onChanged(now: number): void {
    this.#registration += 1;
    this.#tellAtMs = Math.min(this.#tellAtMs, Math.max(now, this.#toldAtMs + REGISTRATION_GAP_MS));
  }

  setNat(now: number, report: NatReport): void {
    this.#nat = { bytes: encodeNatReport(report), atMs: now };
    this.onChanged(now);
  }

  /** Members are asked for this peer until `unseek`: at once where there is no server. */
  seek(now: number, peerId: PeerId): void {
    this.#rounds.add(this.#server.isRegistered ? now + PATIENCE_MS : now, peerId);
  }

  unseek(peerId: PeerId): void {
    this.#rounds.delete(peerId);
  }

  /** What this peer answers, unless it says too much. */
  handleAnswer(now: number, { card, path }: Connection, answer: RendezvousAnswer): void {
    const link = this.#links.get(card.peerId);
    if (link === undefined) return;
    link.answers ??= new TokenBucket(now, ANSWERS_PER_SECOND, ANSWERS_BURST);
    if (!link.answers.take(now)) return;
    switch (answer.kind) {
      case "registered": {
        const { observed } = answer;
        // Others of this node's sockets have mappings of their own.
        if (path.socket !== MAIN_SOCKET) return;
        this.#outputs.push({ kind: "observed", by: path.remote, observed });
        return;
      }
      case "introduction": {
        if (answer.card.peerId === card.peerId) return this.#onSuccession(link, answer);
        if (!this.#chat.isMember(card.peerId)) return;
        const nat = answer.nat === undefined ? undefined : decodeNatReport(answer.nat);
        const { candidates, token, occasion, probes } = answer;
        // The number is none of the server's.
        const met = { nat, token, occasion, probes };
        const introduced = { card: answer.card, number: undefined, candidates, ...met };
        this.#outputs.push({ kind: "introduced", by: path.remote, introduced });
        return;
      }
      case "unknown":
      case "listing":
      case "punched":
        return;
      default:
        return answer satisfies never;
    }
  }

  handleTimeout(now: number): void {
    if (now >= this.#tellAtMs) this.#tellAll(now);
    // Nobody can be asked before somebody is met, and that is told.
    if (this.#links.size === 0) return;
    for (let due = this.#rounds.pollDue(now); due !== undefined; due = this.#rounds.pollDue(now)) {
      const { peerId, round } = due;
      const isHopeful = round < HOPEFUL_ROUNDS || this.#chat.hasWaiting(peerId);
      if (isHopeful) this.#ask(now, peerId, round);
      else this.#rounds.delete(peerId);
    }
  }

  pollTimeout(): number {
    const roundAtMs = this.#links.size === 0 ? Infinity : this.#rounds.pollTimeout();
    return Math.min(this.#tellAtMs, roundAtMs);
  }

  pollOutput(): MembersOutput | undefined {
    return this.#outputs.shift();
  }

  #tellAll(now: number): void {
    this.#tellAtMs = Infinity;
    this.#toldAtMs = now;
    for (const link of this.#links.values()) this.#register(now, link);
  }

  #register(now: number, link: Link): void {
    if (link.told === this.#registration) return;
    link.told = this.#registration;
    const { path, card } = link.connection;
    const nat = this.#nat && agedNatReport(this.#nat.bytes, now - this.#nat.atMs);
    const candidates = this.#server.candidatesBy(path.remote);
    const request = { kind: "register", candidates, topics: [] } as const;
    const message = encodeRequest(nat === undefined ? request : { ...request, nat });
    this.#outputs.push({ kind: "request", to: card.peerId, message });
  }

  #ask(now: number, peerId: PeerId, round: number): void {
    const message = encodeRequest({ kind: "seek", peerId });
    for (const link of this.#whoMayKnow(peerId, round)) {
      this.#register(now, link);
      this.#outputs.push({ kind: "request", to: link.connection.card.peerId, message });
    }
  }

  /** Who introduces itself does it by a path that will die. */
  #onSuccession({ connection }: Link, { token, nat }: Introduction): void {
    if (token === undefined) return;
    const succession = { token, nat: nat && decodeNatReport(nat) };
    this.#outputs.push({ kind: "succession", connection, succession });
  }

  /** Members of a room in which the peer is known to be, else of any; others in each round. */
  #whoMayKnow(peerId: PeerId, round: number): Link[] {
    const chat = this.#chat;
    const links = [...this.#links].filter(([id]) => id !== peerId);
    const close = links.filter(([id]) => chat.shareRoom(id, peerId));
    const asked = close.length > 0 ? close : links.filter(([id]) => chat.isMember(id));
    const first = asked.length === 0 ? 0 : (round * ASKED_MAX) % asked.length;
    return [...asked.slice(first), ...asked.slice(0, first)]
      .slice(0, ASKED_MAX)
      .map(([, link]) => link);
  }
}
