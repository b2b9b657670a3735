import { hostOf, portOf, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerEvent, ServerEvent } from "../../lib/node/events.ts";
import {
  type Hint,
  MAIN_SOCKET,
  type NodeMachine,
  type Output,
  type SendError,
  type SocketId,
  type Write,
} from "../../lib/node/machine.ts";
import type { Disk } from "./disk.ts";
import type { Bind, HostStation, Recipient } from "./network.ts";

export type AnyEvent = PeerEvent | ServerEvent;

/** What runs on a host. */
export interface Program<Event extends AnyEvent, Command> {
  /** A new machine, at every start of the process; what it knows comes from the disk. */
  boot(now: number, host: HostStation): NodeMachine<Event, Command>;
  /** What the shell tells it in its first turn, once its socket is open. */
  begin?(now: number, machine: NodeMachine<Event, Command>): void;
  /** What the shell does with an event, at once. */
  onEvent?(event: Event): void;
  /** What it does where the next entry of others was shown. */
  onShown?(): void;
  readonly disk: Disk;
  /** Of the sockets that it begins with besides the main one: 1, 2 and so on. */
  binds?(host: HostStation): readonly Bind[];
}

/** What a process needs of the world it runs in. */
export interface Surroundings {
  readonly now: number;
  send(origin: HostStation, bind: Bind, to: Address, bytes: Uint8Array, ttl?: number): void;
  /** The process has had an input, and will have its turn in this instant. */
  onInput(process: Turning): void;
  /** At `atMs` the process wants to be woken. */
  wake(process: Turning, atMs: number, life: number): void;
  onStarted(process: Turning): void;
  onEvent(process: Turning, event: AnyEvent): void;
  onCommand(process: Turning, command: unknown): void;
  onCommitted(process: Turning, writes: readonly Write[], ok: boolean): void;
}

/** A process as the world drives it. */
export interface Turning {
  readonly name: string;
  readonly host: HostStation;
  handleWake(life: number): void;
  turn(): void;
}

/** Where in its next turn that stores something a process ends. */
export type DeathPoint = "before commit" | "after commit";

/** More outputs than this in one turn are a queue without a limit. */
const OUTPUTS_PER_TURN_MAX = 20_000;

/** The first port of those that the system chooses. */
const EPHEMERAL_PORT = 32_768;

/** Longer than this the shell takes for sleep, and tells its machine. */
const SLEEP_MS = 10_250;

/** What Linux's default receive buffer holds of datagrams, each with what it charges for them. */
const RECEIVE_BUFFER_BYTES = 212_992;

/** One process: a machine, its socket, its disk and its clock, driven by the laws of machine.ts. */
export class Process<Event extends AnyEvent, Command> implements Turning, Recipient {
  readonly name: string;
  readonly host: HostStation;
  /** Every event so far, those of earlier lives included. */
  readonly events: Event[] = [];
  /** What this host's clock shows more than the world's; whole ms. Changes while nothing runs. */
  clockOffsetMs: number;
  /** How long each commit holds the process up. */
  commitMs = 0;
  port: number;
  readonly #world: Surroundings;
  readonly #program: Program<Event, Command>;
  /** Its sockets besides the main one. */
  readonly #binds = new Map<SocketId, Bind>();
  #nextPort = EPHEMERAL_PORT;
  readonly #interfaces: () => Parameters<NodeMachine<Event, Command>["handleNetwork"]>[1];
  #machine: NodeMachine<Event, Command> | undefined;
  #backlog: (() => void)[] = [];
  #backlogBytes = 0;
  #pausedAtMs = Infinity;
  #resumesAtMs = -Infinity;
  #wakesAtMs = Infinity;
  #life = 0;
  #death: DeathPoint | undefined;

  constructor(
    world: Surroundings,
    host: HostStation,
    port: number,
    clockOffsetMs: number,
    interfaces: () => Parameters<NodeMachine<Event, Command>["handleNetwork"]>[1],
    program: Program<Event, Command>,
  ) {
    this.#world = world;
    this.name = host.name;
    this.host = host;
    this.port = port;
    this.clockOffsetMs = clockOffsetMs;
    this.#interfaces = interfaces;
    this.#program = program;
    host.recipient = this;
    this.start();
  }

  get isRunning(): boolean {
    return this.#machine !== undefined;
  }

  /** This host's clock. */
  get now(): number {
    return this.#world.now + this.clockOffsetMs;
  }

  start(): void {
    assert(this.#machine === undefined, "a process starts when none runs");
    this.#world.onStarted(this);
    const machine = this.#program.boot(this.now, this.host);
    this.#machine = machine;
    const binds = this.#program.binds?.(this.host) ?? [];
    for (const [i, bind] of binds.entries()) this.#binds.set(i + 1, bind);
    machine.handleSocket(this.now, MAIN_SOCKET, { step: "opened", port: this.port });
    machine.handleNetwork(this.now, this.#interfaces());
    this.#program.begin?.(this.now, machine);
    this.#world.onInput(this);
  }

  /** Ends at once, or inside the next turn that stores something. Inputs to come are lost. */
  kill(point?: DeathPoint): void {
    if (point !== undefined) {
      this.#death = point;
      return;
    }
    this.#machine = undefined;
    this.#binds.clear();
    this.#death = undefined;
    this.#backlog = [];
    this.#backlogBytes = 0;
    this.#pausedAtMs = Infinity;
    this.#resumesAtMs = -Infinity;
    this.#wakesAtMs = Infinity;
    this.#life += 1;
  }

  /** It need not end inside a turn after all. */
  spare(): void {
    this.#death = undefined;
  }

  /** The process stands still; what comes meanwhile is one turn afterwards. */
  pause(ms: number): void {
    this.#pausedAtMs = Math.min(this.#pausedAtMs, this.#world.now);
    this.#resumesAtMs = Math.max(this.#resumesAtMs, this.#world.now + ms);
    this.#world.wake(this, this.#resumesAtMs, this.#life);
  }

  command(command: Command): void {
    this.#world.onCommand(this, command);
    this.#input((machine) => machine.handleCommand(this.now, command));
  }

  /** Tells the machine of the addresses that its host has now. */
  refreshNetwork(): void {
    this.#input((machine) => machine.handleNetwork(this.now, this.#interfaces()));
  }

  /** Tells the machine what the shell has found. */
  find(hint: Hint): void {
    this.#input((machine) => machine.handleFound(this.now, hint));
  }

  receive(to: Address, from: Address, bytes: Uint8Array): boolean {
    const socket = this.#socketAt(hostOf(to), portOf(to));
    if (this.#machine === undefined || socket === undefined) return false;
    if (this.#isPaused()) {
      if (this.#backlogBytes + chargeOf(bytes) > RECEIVE_BUFFER_BYTES) return true;
      this.#backlogBytes += chargeOf(bytes);
    }
    this.#input((machine) => machine.handleDatagram(this.now, socket, from, bytes));
    return true;
  }

  hearError(bind: Bind, to: Address, error: SendError): void {
    const socket = this.#socketAt(bind.ip, bind.port);
    if (socket === undefined) return;
    this.#input((machine) => machine.handleSendError(this.now, socket, to, error));
  }

  /** The socket for this very address, else the one for all of them. */
  #socketAt(ip: string | undefined, port: number): SocketId | undefined {
    // Where it was not begun with others, its hundreds of sockets are all for any address.
    if (port === this.port && this.#program.binds === undefined) return MAIN_SOCKET;
    for (const [socket, bind] of this.#binds) {
      if (bind.port === port && bind.ip === ip) return socket;
    }
    if (port === this.port) return MAIN_SOCKET;
    for (const [socket, bind] of this.#binds) {
      if (bind.port === port && bind.ip === undefined) return socket;
    }
    return undefined;
  }

  /** How many sockets it has. */
  get sockets(): number {
    return this.#binds.size + 1;
  }

  #bindOf(socket: SocketId): Bind | undefined {
    if (socket === MAIN_SOCKET) return { ip: undefined, port: this.port };
    return this.#binds.get(socket);
  }

  #open(socket: SocketId, port = this.#nextPort++): void {
    const isTaken = port === this.port || this.#binds.values().some((bind) => bind.port === port);
    if (!isTaken) this.#binds.set(socket, { ip: undefined, port });
    const state = isTaken ? ({ step: "failed" } as const) : ({ step: "opened", port } as const);
    this.#input((machine) => machine.handleSocket(this.now, socket, state));
  }

  handleWake(life: number): void {
    if (life !== this.#life || this.#machine === undefined || this.#isPaused()) return;
    if (this.#wakesAtMs <= this.#world.now) this.#wakesAtMs = Infinity;
    this.#backlogBytes = 0;
    const hasSlept = this.#world.now - this.#pausedAtMs > SLEEP_MS;
    this.#pausedAtMs = Infinity;
    if (hasSlept) this.#machine.handleNetwork(this.now, this.#interfaces());
    for (const input of this.#backlog.splice(0)) input();
    if (this.#machine.pollTimeout() <= this.now) this.#machine.handleTimeout(this.now);
    this.#world.onInput(this);
  }

  turn(): void {
    const machine = this.#machine;
    if (machine === undefined || this.#isPaused()) return;
    const stores: Extract<Output<Event>, { kind: "store" }>[] = [];
    const loads: Extract<Output<Event>, { kind: "load" }>[] = [];
    for (let count = 0; ; count++) {
      const output = machine.pollOutput();
      if (output === undefined) break;
      assert(count < OUTPUTS_PER_TURN_MAX, "a turn's outputs come to an end");
      switch (output.kind) {
        case "send": {
          const bind = this.#bindOf(output.socket);
          if (bind === undefined) break;
          this.#world.send(this.host, bind, output.to, output.bytes, output.ttl);
          break;
        }
        case "open":
          this.#open(output.socket, output.port);
          break;
        case "close":
          this.#binds.delete(output.socket);
          break;
        case "store":
          stores.push(output);
          break;
        case "load":
          loads.push(output);
          break;
        case "event":
          this.events.push(output.event);
          this.#program.onEvent?.(output.event);
          this.#world.onEvent(this, output.event);
          break;
        case "echo":
          break;
        case "shown":
          this.#program.onShown?.();
          break;
        default:
          output satisfies never;
      }
    }
    this.#commit(stores);
    for (const { token, query } of loads) {
      this.#input((after) => after.handleLoaded(this.now, token, this.#program.disk.load(query)));
    }
    this.#scheduleWake();
  }

  #commit(stores: readonly Extract<Output<Event>, { kind: "store" }>[]): void {
    if (stores.length === 0) return;
    if (this.#death === "before commit") {
      this.kill();
      return;
    }
    const writes = stores.flatMap((store) => store.writes);
    const ok = this.#program.disk.commit(writes);
    this.#world.onCommitted(this, writes, ok);
    if (this.#death === "after commit") {
      this.kill();
      return;
    }
    if (this.commitMs > 0) this.pause(this.commitMs);
    for (const { token } of stores) {
      this.#input((machine) => machine.handleStored(this.now, token, ok));
    }
  }

  #scheduleWake(): void {
    if (this.#machine === undefined) return;
    const atMs = this.#machine.pollTimeout() - this.clockOffsetMs;
    if (atMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = Math.max(atMs, this.#world.now);
    this.#world.wake(this, this.#wakesAtMs, this.#life);
  }

  #isPaused(): boolean {
    return this.#world.now < this.#resumesAtMs;
  }

  #input(apply: (machine: NodeMachine<Event, Command>) => void): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    if (this.#isPaused()) {
      this.#backlog.push(() => apply(machine));
      return;
    }
    apply(machine);
    this.#world.onInput(this);
  }
}

/** 256 bytes for the kernel's note of it, and a power of two for headers, bytes and trailer. */
function chargeOf(bytes: Uint8Array): number {
  return 256 + 2 ** Math.ceil(Math.log2(384 + bytes.length));
}
