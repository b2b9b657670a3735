import type { Address } from "../base/address.ts";
import type { Random } from "../base/random.ts";
import { NOTHING_RESTORED, type OutboxRow } from "../chat/records.ts";
import { identityFromSecret, IDENTITY_SECRET_BYTES } from "../crypto/identity.ts";
import type { PeerCommand, ServerCommand } from "./commands.ts";
import type { PeerEvent, ServerEvent } from "./events.ts";
import { MAIN_SOCKET, type NodeMachine, type Write } from "./machine.ts";
import { PeerNode } from "./peer.ts";
import { ServerNode } from "./server.ts";

/** Of documentation, RFC 5737: nothing is ever sent there. */
const SERVER = "203.0.113.1:3478" as Address;
const CALLER = "203.0.113.2:40000" as Address;
const CALLED = "203.0.113.3:40000" as Address;

/** What the caller says, in ms from the beginning: the first word to somebody, and the next. */
const WORDS_MS: readonly number[] = [100, 300];

/** By then all is acknowledged, and both have settled. */
const END_MS = 1_000;
const TICK_MS = 10;

/** More turns than it takes: it comes to an end whatever goes wrong. */
const TURNS_MAX = 500;

type Machine = NodeMachine<PeerEvent, PeerCommand> | NodeMachine<ServerEvent, ServerCommand>;

interface Underway {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/**
 * A meeting of two clients that nobody knows, by a server that nobody knows, played through in
 * memory. Code that runs for the first time is slow, on each side, and the first word to somebody
 * would wait for all of it. A step is one turn of one node.
 */
export class Rehearsal {
  readonly #machines = new Map<Address, Machine>();
  readonly #caller: PeerNode;
  readonly #startMs: number;
  readonly #underway: Underway[] = [];
  readonly #outbox: OutboxRow[] = [];
  #now: number;
  #turns = 0;
  #said = 0;
  #heard = 0;

  constructor(now: number, random: Random) {
    this.#now = now;
    this.#startMs = now;
    const optionsFor = (name: string) => {
      const identity = identityFromSecret(random(IDENTITY_SECRET_BYTES));
      return { now, random, identity, name, serial: Math.floor(now) };
    };
    const server = optionsFor("server");
    const { publicKey: noiseKey } = server.identity.noise;
    const clientAt = (address: Address, name: string): PeerNode => {
      const node = new PeerNode({
        ...optionsFor(name),
        rooms: [],
        surveys: false,
        relays: false,
        awaitsServer: true,
        restored: { chat: NOTHING_RESTORED, people: [], networks: [], encounters: [] },
      });
      this.#machines.set(address, node);
      node.handleFound(now, { kind: "server", name: "server", address: SERVER, noiseKey });
      return node;
    };
    this.#machines.set(SERVER, new ServerNode(server));
    this.#caller = clientAt(CALLER, "caller");
    clientAt(CALLED, "called");
    for (const address of this.#machines.keys()) this.#drain(address);
  }

  /** How much of what was said has been heard. */
  get heard(): number {
    return this.#heard;
  }

  /** False when it is over. */
  step(): boolean {
    this.#turns += 1;
    if (this.#turns > TURNS_MAX || this.#elapsedMs >= END_MS) return false;
    const next = this.#underway.shift();
    if (next === undefined) {
      this.#advance();
      return true;
    }
    this.#machines.get(next.to)?.handleDatagram(this.#now, MAIN_SOCKET, next.from, next.bytes);
    this.#drain(next.to);
    return true;
  }

  get #elapsedMs(): number {
    return this.#now - this.#startMs;
  }

  #advance(): void {
    this.#now += TICK_MS;
    const dueAtMs = WORDS_MS[this.#said] ?? Infinity;
    if (this.#elapsedMs >= dueAtMs) {
      this.#said += 1;
      this.#caller.handleCommand(this.#now, { type: "send", req: null, to: "@called", text: "hi" });
      this.#drain(CALLER);
    }
    for (const [address, machine] of this.#machines) {
      if (machine.pollTimeout() > this.#now) continue;
      machine.handleTimeout(this.#now);
      this.#drain(address);
    }
  }

  #drain(from: Address): void {
    const machine = this.#machines.get(from);
    if (machine === undefined) return;
    for (let output = machine.pollOutput(); output !== undefined;) {
      if (output.kind === "send") {
        this.#underway.push({ from, to: output.to, bytes: output.bytes });
      } else if (output.kind === "store") {
        this.#keep(output.writes);
        machine.handleStored(this.#now, output.token, true);
      } else if (output.kind === "load" && output.query.kind === "outbox") {
        const { after } = output.query;
        const rows = this.#outbox.filter(({ position }) => position > after);
        machine.handleLoaded(this.#now, output.token, { kind: "outbox", rows });
      } else if (output.kind === "event" && output.event.type === "message") {
        this.#heard += 1;
      }
      output = machine.pollOutput();
    }
  }

  #keep(writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.kind !== "own") continue;
      const { run, bytes } = write;
      this.#outbox.push({ run, bytes, position: this.#outbox.length + 1 });
    }
  }
}
