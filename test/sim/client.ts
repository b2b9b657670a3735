import { assert } from "../../lib/base/assert.ts";
import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import type { PathKind } from "../../lib/paths/pathset.ts";
import { decodeUtf8 } from "../../lib/base/text.ts";
import type { RoomKey } from "../../lib/chat/membership.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import type { Identity } from "../../lib/crypto/identity.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { ServerHint, Write } from "../../lib/node/machine.ts";
import type { PeerOptions } from "../../lib/node/options.ts";
import { PeerNode } from "../../lib/node/peer.ts";
import { MemoryStore } from "../support/memorystore.ts";
import type { Lies } from "../chat/traitor.ts";
import { betray } from "./betray.ts";
import { FaultyDisk, type Disk } from "./disk.ts";
import type { Prng } from "./prng.ts";
import type { Process } from "./process.ts";
import { BEGINNING_MS, type RunOptions, type World } from "./world.ts";

const PORT_MIN = 20_000;
const PORT_COUNT = 40_000;

export interface ClientSetup {
  readonly identity: Identity;
  readonly rooms: readonly string[];
  /** With it `#lobby` is a private room. */
  readonly lobbyKey: RoomKey | undefined;
  readonly hint: Omit<ServerHint, "noiseKey"> | undefined;
  readonly observe: NonNullable<PeerOptions["observe"]>;
  readonly surveys: boolean;
  readonly holds: boolean;
  readonly asksHold: boolean;
  /** What it makes of what its program would say: it keeps to no rule. */
  readonly lies: Lies | undefined;
  /** For the machine's randomness and the ports that its system gives it. */
  readonly prng: Prng;
}

/** A person with a machine: its processes, one after another, have one disk and one identity. */
export class Client {
  readonly name: string;
  readonly peerId: PeerId;
  readonly store = new MemoryStore();
  readonly disk: FaultyDisk;
  readonly process: Process<PeerEvent, PeerCommand>;
  /** How many processes it has had. */
  lives = 0;
  readonly #world: World;
  readonly #prng: Prng;
  readonly #lobby: RoomId;
  readonly #connected = new Map<PeerId, PathKind | undefined>();
  readonly #members = new Set<string>();
  readonly #heard: { readonly text: string; readonly by: PeerId }[] = [];
  readonly #textOfReq = new Map<string, string>();
  /** Of the message that was told last, until it counts as shown. */
  #toldId: string | undefined;
  readonly #textOfId = new Map<string, string>();
  readonly #delivered = new Map<string, Set<PeerId>>();

  constructor(world: World, name: string, setup: ClientSetup, options: RunOptions) {
    this.#world = world;
    this.name = name;
    this.peerId = setup.identity.peerId;
    this.#prng = setup.prng;
    this.#lobby = setup.lobbyKey?.room ?? openRoom("#lobby");
    this.disk = new FaultyDisk(this.#keeping(), world.seed, name);
    this.process = world.run(
      name,
      {
        boot: (now) => this.#boot(now, setup),
        begin: (now, machine) => {
          if (setup.hint === undefined) return;
          const noiseKey = this.store.serverKey(setup.hint.name);
          machine.handleFound(now, { ...setup.hint, noiseKey });
        },
        onEvent: (event) => this.#onEvent(event),
        onShown: () => this.#onShown(),
        disk: this.disk,
      },
      { ...options, port: this.#freePort() },
    );
  }

  get events(): readonly PeerEvent[] {
    return this.process.events;
  }

  /** The texts shown so far, in that order, or those by one author. */
  heard(by?: Client): string[] {
    const heard = by === undefined ? this.#heard : this.#heard.filter((it) => it.by === by.peerId);
    return heard.map(({ text }) => text);
  }

  /** The texts shown besides the first so many. */
  heardAfter(count: number): string[] {
    return this.#heard.slice(count).map(({ text }) => text);
  }

  /** Its own texts that are on its disk, in the order of their making. */
  written(): string[] {
    const own = this.store.entries().filter(({ author }) => author === this.peerId);
    return own.map(({ body }) => decodeUtf8(body) ?? "");
  }

  isConnectedTo(peer: Client): boolean {
    return this.#connected.has(peer.peerId);
  }

  /** Without anybody who carries what is said. */
  isDirectTo(peer: Client): boolean {
    return this.isConnectedTo(peer) && this.#connected.get(peer.peerId) !== "relay";
  }

  /** What is said in the room, `#name`, is meant for `peer` too. */
  knowsMember(room: string, peer: Client): boolean {
    const id = room === "#lobby" ? this.#lobby : openRoom(room);
    return this.#members.has(id + peer.peerId);
  }

  /** Whether this client has been told that `peer` has the text. */
  isDelivered(text: string, peer: Client): boolean {
    return this.#delivered.get(text)?.has(peer.peerId) === true;
  }

  /** How many of its texts wait on its disk for word that `peer` has them. */
  waitingFor(peer: Client): number {
    return this.store.waiting(peer.peerId);
  }

  command(command: PeerCommand): void {
    this.process.command(command);
  }

  /** The text is the message's request too: in one scenario no two are the same. */
  say(to: string, text: string): void {
    this.#textOfReq.set(text, text);
    this.command({ type: "send", req: text, to, text });
  }

  /** Runs the world until an event of this type, by any of this client's lives, is there. */
  waitFor<Type extends PeerEvent["type"]>(
    type: Type,
    where: (event: Extract<PeerEvent, { type: Type }>) => boolean = () => true,
    withinMs = 30_000,
  ): Extract<PeerEvent, { type: Type }> {
    const isWanted = (event: PeerEvent): event is Extract<PeerEvent, { type: Type }> =>
      event.type === type && where(event as Extract<PeerEvent, { type: Type }>);
    this.#world.runUntil(() => this.events.some(isWanted), withinMs);
    const found = this.events.find(isWanted);
    if (found === undefined) {
      throw new Error(`Seed ${this.#world.seed}: ${this.name} has seen no such event: ${type}`);
    }
    return found;
  }

  /** Has read the last that it was shown, and what came before it. */
  read(): void {
    const last = this.events.findLast(({ type }) => type === "message");
    if (last?.type === "message") this.command({ type: "read", req: null, id: last.id });
  }

  kill(...point: Parameters<Process<PeerEvent, PeerCommand>["kill"]>): void {
    this.process.kill(...point);
  }

  /** A new process, on another port, as the system gives them. */
  start(): void {
    this.process.port = this.#freePort();
    this.process.start();
  }

  #boot(now: number, setup: ClientSetup): PeerNode {
    const { identity, rooms, lobbyKey, hint, observe, surveys, holds, asksHold, lies } = setup;
    this.#connected.clear();
    this.lives += 1;
    const options: PeerOptions = {
      surveys,
      relays: true,
      sharesRead: true,
      holds,
      asksHold,
      now,
      random: (length) => this.#prng.bytes(length),
      identity,
      name: this.name,
      serial: BEGINNING_MS,
      observe,
      rooms,
      privateRooms: lobbyKey === undefined ? [] : [{ name: "#lobby", key: lobbyKey }],
      awaitsServer: hint !== undefined,
      restored: this.store.restoreAll(),
    };
    const boot = (): PeerNode => new PeerNode(options);
    return lies === undefined ? boot() : betray(boot, lies);
  }

  #keeping(): Disk {
    return {
      commit: (writes) => {
        const ok = this.store.commit(writes);
        if (ok) for (const write of writes) this.#onKept(write);
        return ok;
      },
      load: (query) => this.store.load(query),
    };
  }

  #onKept(write: Write): void {
    if (write.kind === "member" && write.joined) this.#members.add(write.room + write.peer);
    if (write.kind === "member" && !write.joined) this.#members.delete(write.room + write.peer);
  }

  /** What was told last is what comes next. */
  #onShown(): void {
    const { room, author, seq } = this.store.unshown.showNext(this.peerId);
    const id = messageId(room, author, seq);
    assert(this.#toldId === undefined || this.#toldId === id, "entries are shown in their order");
    this.#toldId = undefined;
  }

  #onEvent(event: PeerEvent): void {
    switch (event.type) {
      case "message": {
        this.#heard.push({ text: event.text, by: event.from.id });
        this.#toldId = event.id;
        return;
      }
      case "peer":
        if (event.state === "connected") this.#connected.set(event.who.id, event.path?.kind);
        else this.#connected.delete(event.who.id);
        return;
      case "status": {
        const text = this.#textOfReq.get(event.req ?? "") ?? this.#textOfId.get(event.id);
        if (text === undefined) return;
        this.#textOfId.set(event.id, text);
        if (event.state !== "delivered" || event.by === null) return;
        const by = this.#delivered.get(text) ?? new Set();
        this.#delivered.set(text, by.add(event.by.id));
        return;
      }
      case "ready":
      case "server":
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
      case "log":
      case "bye":
        return;
      default:
        event satisfies never;
    }
  }

  #freePort(): number {
    return PORT_MIN + this.#prng.below(PORT_COUNT);
  }
}
