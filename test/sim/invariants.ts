import { hostOf, type Address } from "../../lib/base/address.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import { toHex } from "../../lib/base/bytes.ts";
import { decodeUtf8 } from "../../lib/base/text.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { safetyNumber } from "../../lib/crypto/safetynumber.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { LogEvent, PeerStateEvent, StatusEvent } from "../../lib/node/events.ts";
import type { MessageEvent } from "../../lib/node/sayings.ts";
import type { Write } from "../../lib/node/machine.ts";
import { DATAGRAM_BYTES_MAX } from "../../lib/wire/limits.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { isStun } from "../../lib/wire/stunframe.ts";
import type { HostStation } from "./network.ts";
import type { AnyEvent, Turning } from "./process.ts";
import type { Watcher } from "./world.ts";

/** What a handshake message begins with: an X25519 key. */
const EPHEMERAL_BYTES = 32;

/** What is remembered of one client, whichever of its processes is running. */
interface Client {
  readonly peerId: PeerId;
  /** Texts of others that are on its disk. */
  readonly durable: Set<string>;
  /** Ids of messages shown. */
  readonly shown: Set<string>;
  /** The latest seq shown of each author and room. */
  readonly latest: Map<string, number>;
  /** Peers that came with another key than the one known. */
  readonly changed: Set<PeerId>;
  readonly connected: Set<PeerId>;
  /** The session with each peer, where the log names it. */
  readonly sessions: Map<PeerId, string>;
}

/** What a server has exchanged with an address that it may not yet trust. */
interface Account {
  received: number;
  sent: number;
  receivedDatagrams: number;
  sentDatagrams: number;
  isValidated: boolean;
  readonly cookies: Set<string>;
  /** The indices before the transport packets from there. */
  readonly sessions: Set<number>;
}

/**
 * Watches a run for what must never happen, I1 to I11, and collects it. It judges by texts, so that
 * every message of a scenario has a text of its own.
 */
export class Invariants implements Watcher {
  readonly violations: string[] = [];
  readonly #clients = new Map<string, Client>();
  readonly #byPeerId = new Map<PeerId, Client>();
  /** Identities that more than one client has. */
  readonly #shared = new Set<PeerId>();
  /** Who says to some what they have not said, and of whose messages others have what they like. */
  readonly #traitors = new Set<PeerId>();
  readonly #servers = new Map<HostStation, Map<Address, Account>>();
  /** What STUN questions from each host were longer than the answers to it, in bytes. */
  readonly #stunBytes = new Map<string, number>();
  readonly #authorOfText = new Map<string, PeerId>();
  readonly #textOfId = new Map<string, string>();
  readonly #sealed = new Map<string, number>();
  /** What was sent under each ephemeral key, which is what keys a handshake's messages. */
  readonly #handshakes = new Map<string, string>();

  addClient(name: string, peerId: PeerId): void {
    const client: Client = {
      peerId,
      durable: new Set(),
      shown: new Set(),
      latest: new Map(),
      changed: new Set(),
      connected: new Set(),
      sessions: new Map(),
    };
    this.#clients.set(name, client);
    if (this.#byPeerId.has(peerId)) this.#shared.add(peerId);
    this.#byPeerId.set(peerId, client);
  }

  addTraitor(peerId: PeerId): void {
    this.#traitors.add(peerId);
  }

  addServer(host: HostStation): void {
    this.#servers.set(host, new Map());
  }

  /** I6: the counters of one key only rise, in whatever object it is held. */
  onSealed(keyId: string, counter: number): void {
    if (counter <= (this.#sealed.get(keyId) ?? -1)) {
      this.#violate(`I6: key ${keyId.slice(0, 8)} sealed ${counter} again`);
    }
    this.#sealed.set(keyId, counter);
  }

  /** How many keys have sealed a packet so far. */
  get keys(): number {
    return this.#sealed.size;
  }

  onStarted(process: Turning): void {
    const client = this.#clients.get(process.name);
    client?.connected.clear();
    client?.sessions.clear();
  }

  onCommand(process: Turning, command: unknown): void {
    const client = this.#clients.get(process.name);
    if (client === undefined || !isSend(command)) return;
    this.#authorOfText.set(command.text, client.peerId);
  }

  onCommitted(process: Turning, writes: readonly Write[], ok: boolean): void {
    const client = this.#clients.get(process.name);
    if (client === undefined || !ok) return;
    for (const write of writes) {
      if (write.kind !== "heard" && write.kind !== "own") continue;
      for (const { room, author, seq, body } of entriesOf(write.run)) {
        const text = decodeUtf8(body) ?? "";
        this.#textOfId.set(messageId(room, author, seq), text);
        if (write.kind === "heard") client.durable.add(text);
      }
    }
  }

  onEvent(process: Turning, event: AnyEvent): void {
    const client = this.#clients.get(process.name);
    switch (event.type) {
      case "message":
        if (client !== undefined) this.#onMessage(process.name, client, event);
        break;
      case "status":
        if (client !== undefined) this.#onStatus(process.name, client, event);
        break;
      case "peer":
        if (client !== undefined) onPeerState(client, event);
        break;
      case "log":
        this.#onLog(process.name, client, event);
        break;
      case "server":
        // I11: nobody who is the only one is told of another.
        if (event.state === "replaced" && client && !this.#shared.has(client.peerId)) {
          this.#violate(`I11: ${process.name} was told that another client has its place`);
        }
        break;
      case "ready":
      case "nat":
      case "namesake":
      case "renamed":
      case "trust":
      case "verify":
      case "presence":
      case "typing":
      case "edited":
      case "deleted":
      case "reaction":
      case "topic":
      case "held":
      case "sync":
      case "equivocation":
      case "disk":
      case "unread":
      case "draft":
      case "reply":
      case "error":
      case "bye":
        break;
      default:
        event satisfies never;
    }
  }

  onSent(_now: number, origin: HostStation, to: Address, bytes: Uint8Array): void {
    if (bytes.length > DATAGRAM_BYTES_MAX) {
      this.#violate(`I8: ${origin.name} sent a datagram of ${bytes.length} bytes`);
    }
    const packet = decodePacket(bytes);
    if (packet?.kind === "initiation" || packet?.kind === "response") {
      this.#onHandshake(origin.name, packet.noise);
    }
    const accounts = this.#servers.get(origin);
    if (accounts === undefined) return;
    if (isStun(bytes)) return this.#onStun(origin, to, -bytes.length);
    const account = accountOf(accounts, to);
    if (account.isValidated) return;
    account.sent += bytes.length;
    account.sentDatagrams += 1;
    if (packet?.kind === "challenge") account.cookies.add(toHex(packet.cookie));
    if (account.sent > account.received || account.sentDatagrams > account.receivedDatagrams) {
      this.#violate(`I7: ${origin.name} sent ${to} more than it had from there`);
    }
  }

  onArrived(_now: number, host: HostStation, from: Address, bytes: Uint8Array): void {
    const accounts = this.#servers.get(host);
    if (accounts === undefined) return;
    if (isStun(bytes)) return this.#onStun(host, from, bytes.length);
    const packet = decodePacket(bytes);
    if (packet?.kind === "transport") onTransport(accounts, from, packet.receiver);
    const account = accountOf(accounts, from);
    if (account.isValidated) return;
    account.received += bytes.length;
    account.receivedDatagrams += 1;
    if (packet?.kind === "initiation") {
      account.isValidated = account.cookies.has(toHex(packet.cookie));
    }
  }

  /** All that was seen to be wrong, with what only the end of a run can tell. */
  verdict(): readonly string[] {
    for (const [name, client] of this.#clients) this.#judgeAgreement(name, client);
    return this.violations;
  }

  /** I7 by hosts: an answer may be asked for at another port, and our questions are filled up. */
  #onStun(server: HostStation, address: Address, bytes: number): void {
    const key = `${server.id} ${hostOf(address)}`;
    const left = (this.#stunBytes.get(key) ?? 0) + bytes;
    this.#stunBytes.set(key, left);
    if (left < 0) this.#violate(`I7: ${server.name} answered ${address} with more than it asked`);
  }

  /** I6 before there is a session: one ephemeral key, one message, however often it is sent. */
  #onHandshake(name: string, noise: Uint8Array): void {
    const ephemeral = toHex(noise.subarray(0, EPHEMERAL_BYTES));
    const hash = toHex(sha256(noise));
    if ((this.#handshakes.get(ephemeral) ?? hash) !== hash) {
      this.#violate(`I6: ${name} sealed two messages under the ephemeral key ${ephemeral}`);
    }
    this.#handshakes.set(ephemeral, hash);
  }

  #onMessage(name: string, client: Client, message: MessageEvent): void {
    const { id, from, room, seq, text, isLate } = message;
    if (client.shown.has(id)) this.#violate(`I2: ${name} was shown ${id} twice`);
    client.shown.add(id);
    const log = `${from.id} ${room}`;
    const latest = client.latest.get(log) ?? 0;
    if (seq <= latest && !isLate) {
      this.#violate(`I3: ${name} was shown ${seq} of ${log} after ${latest}`);
    }
    client.latest.set(log, Math.max(seq, latest));
    const author = this.#authorOfText.get(text);
    // A traitor says in its own name what it likes, but not what others have said.
    const isInvented = author === undefined && this.#traitors.has(from.id);
    if (author !== from.id && !isInvented) {
      this.#violate(`I4: ${name} was shown "${text}" as by ${from.name} ${from.id}`);
    }
    if (!client.durable.has(text)) {
      this.#violate(`I1: ${name} was shown "${text}", which is not on its disk`);
    }
  }

  #onStatus(name: string, client: Client, { id, state, by }: StatusEvent): void {
    if (by !== null && client.changed.has(by.id) && (state === "sent" || state === "delivered")) {
      this.#violate(`I5: ${name} let ${by.name} have ${id} in spite of a changed key`);
    }
    if (state !== "delivered" || by === null || this.#traitors.has(client.peerId)) return;
    const delivered = this.#textOfId.get(id);
    if (delivered === undefined || this.#byPeerId.get(by.id)?.durable.has(delivered) !== true) {
      this.#violate(`I1: ${name} was told that ${by.name} has ${id}, which is not on that disk`);
    }
  }

  #onLog(name: string, client: Client | undefined, { level, message, fields }: LogEvent): void {
    if (level === "error") this.#violate(`I9: ${name} logged: ${message}`);
    const { session, id } = fields;
    if (client === undefined || typeof session !== "string") return;
    for (const peerId of this.#byPeerId.keys()) {
      if (peerId === id) client.sessions.set(peerId, session);
    }
  }

  /** I10, for every two who are connected with one another. */
  #judgeAgreement(name: string, client: Client): void {
    for (const peerId of client.connected) {
      const peer = this.#byPeerId.get(peerId);
      if (peer === undefined) this.#violate(`I10: ${name} is connected with a stranger ${peerId}`);
      else if (peer.connected.has(client.peerId)) {
        const [ours, theirs] = [client.sessions.get(peerId), peer.sessions.get(client.peerId)];
        if (ours !== theirs) this.#violate(`I10: ${name}: session ${ours}, the peer's ${theirs}`);
      }
    }
  }

  #violate(what: string): void {
    this.violations.push(what);
  }
}

/** I10's other half, apart because it costs some 10 ms: both would read out the same digits. */
export function agreeOnSafetyNumber(ann: PeerId, bob: PeerId): boolean {
  return (
    safetyNumber({ peerId: ann }, { peerId: bob }) ===
    safetyNumber({ peerId: bob }, { peerId: ann })
  );
}

function onPeerState(client: Client, { who, state, trust }: PeerStateEvent): void {
  if (trust === "changed") client.changed.add(who.id);
  if (state === "connected") client.connected.add(who.id);
  else client.connected.delete(who.id);
}

/**
 * Whoever moved proves its new address inside the session: by an answer to what went there, which
 * may come from where it has moved since (RFC 9000 §8.2.2).
 */
function onTransport(accounts: Map<Address, Account>, from: Address, session: number): void {
  accountOf(accounts, from).sessions.add(session);
  for (const account of accounts.values()) {
    if (account.sessions.has(session) && account.sent > 0) account.isValidated = true;
  }
}

function accountOf(accounts: Map<Address, Account>, address: Address): Account {
  let account = accounts.get(address);
  if (account === undefined) {
    account = {
      received: 0,
      sent: 0,
      receivedDatagrams: 0,
      sentDatagrams: 0,
      isValidated: false,
      cookies: new Set(),
      sessions: new Set(),
    };
    accounts.set(address, account);
  }
  return account;
}

function isSend(command: unknown): command is Extract<PeerCommand, { type: "send" }> {
  return (
    typeof command === "object" && command !== null && "type" in command && command.type === "send"
  );
}
