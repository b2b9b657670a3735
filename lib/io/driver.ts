import type { Address } from "../base/address.ts";
import { assert } from "../base/assert.ts";
import type { ChainFloor } from "../chat/records.ts";
import type {
  Hint,
  Interface,
  Loaded,
  NodeMachine,
  Output,
  Query,
  SocketId,
  Write,
} from "../node/machine.ts";
import { Alarm } from "./alarm.ts";
import { endProcess } from "./broken.ts";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "./clock.ts";
import { Idle } from "./idle.ts";
import { NetworkWatch } from "./networkwatch.ts";
import { Sockets } from "./sockets.ts";
import type { ShownMarks } from "./stdio.ts";
import type { UdpSocket } from "./udp.ts";

/**
 * Datagrams and commands of one turn that share a reading of the clock, which costs a thirtieth of
 * handling one. At 10 µs each, the last is dated 0.15 ms before it was handled.
 */
const INPUTS_PER_READING = 16;

/**
 * After so many datagrams a turn is taken amid the burst: sockets are read until nothing is left,
 * and in a flood neither the turn's end nor a timer would ever come. At 10 µs each it is 0.6 ms,
 * and the sender of a flood is told to go on while most of what it may send is on its way.
 */
export const TURN_DATAGRAMS_MAX = 64;

/**
 * After so many commands a turn is taken too, so that they are under way while others are made. It
 * takes about a ms to make them: with fewer, most of the time would go into commits.
 */
export const TURN_COMMANDS_MAX = 512;

/**
 * So many datagrams of a turn leave before more are packed, then each time as many as have left:
 * the peer wakes up and opens the first while the rest is sealed, at 10 µs each.
 */
const FIRST_DATAGRAMS = 4;

/**
 * But never more at once: 54 of 1200 bytes fill one call, and what is held outlives a collection
 * and is garbage for long after.
 */
const TOGETHER_DATAGRAMS = 54;

/** What a node needs of a disk. */
export interface StoreLike {
  /** All or none of them; false where the disk did not take them. */
  commit(writes: readonly Write[]): boolean;
  load(query: Query): Loaded;
  /** What was heard has been shown, in order; it may be told in a later turn. */
  readonly shown: ShownMarks;
  /** Some ms of what can wait until nothing else happens; false where nothing is left to do. */
  tend?(): boolean;
  /** How far chains were dropped by that since this was last asked. */
  takeDropped?(): readonly ChainFloor[];
}

export interface DriverOptions<Event, Command> {
  readonly machine: NodeMachine<Event, Command>;
  /** Bound; the place in the list is the SocketId, the first is `MAIN_SOCKET`. */
  readonly sockets: readonly UdpSocket[];
  /** Binds one more where the machine asks for it; a node without it never asks. */
  readonly openSocket?: (port: number | undefined) => Promise<UdpSocket>;
  /** Undefined for a node that keeps nothing. */
  readonly store: StoreLike | undefined;
  readonly onEvent: (event: Event) => void;
  /** Something for whoever else is to know it than who asked by this mark. */
  readonly onEcho?: (req: string | null, event: Event) => void;
  /**
   * The last event told the next entry of others, or nothing is to be told of it: to be marked when
   * it is out, see `Lines.markShown`. By default it is as soon as it was told.
   */
  readonly onShown?: (shown: ShownMarks) => void;
  /** A turn's events have all been given: what was collected of them should be shown now. */
  readonly onTurnEnd?: () => void;
  /** A step of what can wait until nothing else happens was done; `isMore`: others are to come. */
  readonly onTended?: (isMore: boolean) => void;
  /** The disk is damaged, or the mistake is ours: by default the process says so and ends. */
  readonly onBroken?: (error: unknown) => void;
  /** Told of every datagram, for a log that wants them all. */
  readonly onDatagram?: ((way: "in" | "out", peer: Address, bytes: number) => void) | undefined;
  readonly clock?: Clock;
  /** Shared with whatever else needs to know the machine's addresses. */
  readonly network?: NetworkWatch;
}

type Store = Extract<Output<unknown>, { kind: "store" }>;
type Load = Extract<Output<unknown>, { kind: "load" }>;
type Told<Event> = Extract<Output<Event>, { kind: "event" | "echo" | "shown" }>;

/** The outputs of one turn that wait until the machine has been polled to the end. */
interface Turn<Event> {
  readonly told: Told<Event>[];
  readonly stores: Store[];
  readonly loads: Load[];
}

/**
 * Runs one machine on the system's sockets, timers, clock and disk, by the laws of `NodeMachine`.
 * All inputs that arrive in one round of the event loop are one turn: a burst of datagrams is read
 * whole before anything is answered, so that answers share datagrams and commits.
 */
export class Driver<Event extends { readonly type: string }, Command> {
  readonly #machine: NodeMachine<Event, Command>;
  readonly #sockets: Sockets;
  readonly #store: StoreLike | undefined;
  readonly #onEvent: (event: Event) => void;
  readonly #onEcho: (req: string | null, event: Event) => void;
  readonly #onShown: (shown: ShownMarks) => void;
  readonly #onTurnEnd: () => void;
  readonly #onTended: (isMore: boolean) => void;
  readonly #onBroken: (error: unknown) => void;
  readonly #onDatagram: DriverOptions<Event, Command>["onDatagram"];
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #idle: Idle;
  readonly #network: NetworkWatch;
  #leaveNetwork = (): void => undefined;
  #now = -Infinity;
  /** Datagrams of this turn that may still come under `#now`. */
  #sharesLeft = 0;
  #turnDatagrams = 0;
  #turnCommands = 0;
  #hasImmediate = false;
  #step: "new" | "waiting" | "due" | "turning" | "closed" = "new";
  #mustClose = false;

  constructor(options: DriverOptions<Event, Command>) {
    this.#machine = options.machine;
    this.#sockets = new Sockets({
      bound: options.sockets,
      open: options.openSocket ?? (() => Promise.reject(new Error("No socket may be opened"))),
      handlers: {
        onDatagram: (id, from, bytes) => this.#handleDatagram(id, from, bytes),
        onSendError: (id, to, error, sizeBytes) => {
          this.#input((now) => this.#machine.handleSendError(now, id, to, error, sizeBytes));
          // The address that it was to leave from may have gone.
          if (error === "unreachable") this.#network.hint();
        },
        onState: (id, state) => this.#input((now) => this.#machine.handleSocket(now, id, state)),
      },
    });
    this.#store = options.store;
    this.#onEvent = options.onEvent;
    this.#onEcho = options.onEcho ?? (() => undefined);
    this.#onShown = options.onShown ?? ((shown) => shown.one());
    this.#onTurnEnd = options.onTurnEnd ?? (() => undefined);
    this.#onTended = options.onTended ?? (() => undefined);
    this.#onBroken = options.onBroken ?? endProcess;
    this.#onDatagram = options.onDatagram;
    this.#clock = options.clock ?? systemClock;
    this.#alarm = new Alarm(this.#clock, () => this.#handleAlarm());
    this.#idle = new Idle(this.#clock, () => this.#tend());
    this.#network = options.network ?? new NetworkWatch({ clock: this.#clock });
  }

  /** Tells the machine its sockets and addresses and takes the first turn at once. */
  start(): void {
    assert(this.#step === "new", "a driver is started once");
    this.#step = "waiting";
    this.#sockets.start();
    this.#leaveNetwork = this.#network.subscribe(({ interfaces }) => this.#tellNetwork(interfaces));
    this.#tellNetwork(this.#network.interfaces);
    this.#runTurn();
  }

  command(command: Command): void {
    if (this.#step === "closed") return;
    this.#guard(() => this.#machine.handleCommand(this.#readShared(), command));
    this.#schedule();
    this.#turnCommands += 1;
    if (this.#turnCommands >= TURN_COMMANDS_MAX) this.#cutTurn();
  }

  found(hint: Hint): void {
    this.#input((now) => this.#machine.handleFound(now, hint));
  }

  /** Takes a last turn, so that farewells leave, and closes the sockets; the store stays open. */
  close(): void {
    if (this.#step === "closed") return;
    this.#mustClose = true;
    if (this.#step === "new") this.#shut();
    else if (this.#step !== "turning") this.#runTurn();
  }

  #tellNetwork(interfaces: readonly Interface[]): void {
    this.#input((now) => this.#machine.handleNetwork(now, interfaces));
  }

  #input(handle: (now: number) => void): void {
    if (this.#step === "closed") return;
    this.#guard(() => handle(this.#readClock()));
    this.#schedule();
  }

  /** The same without a closure for each. */
  #handleDatagram(id: SocketId, from: Address, bytes: Uint8Array): void {
    if (this.#step === "closed") return;
    this.#onDatagram?.("in", from, bytes.length);
    try {
      this.#machine.handleDatagram(this.#readShared(), id, from, bytes);
    } catch (error) {
      this.#break(error);
    }
    this.#schedule();
    this.#turnDatagrams += 1;
    if (this.#turnDatagrams >= TURN_DATAGRAMS_MAX) this.#cutTurn();
  }

  /** Takes a turn amid a burst, unless this one is already at its end. */
  #cutTurn(): void {
    if (!this.#isDue()) return;
    this.#handleDeadline();
    if (this.#isDue()) this.#runTurn();
  }

  /** For one of many inputs in a turn. */
  #readShared(): number {
    if (this.#step === "waiting" || this.#sharesLeft === 0) return this.#readClock();
    this.#sharesLeft -= 1;
    return this.#now;
  }

  #readClock(): number {
    const now = this.#clock.now();
    this.#now = now;
    this.#sharesLeft = INPUTS_PER_READING - 1;
    // After sleep the machine is to know of it before anything else, above all what is overdue.
    if (this.#network.isOverdue(now)) this.#network.check();
    return this.#now;
  }

  #schedule(): void {
    if (this.#step !== "waiting") return;
    this.#step = "due";
    if (this.#hasImmediate) return;
    this.#hasImmediate = true;
    setImmediate(() => {
      this.#hasImmediate = false;
      if (this.#step === "due") this.#runTurn();
    });
  }

  #runTurn(): void {
    this.#step = "turning";
    this.#turnDatagrams = 0;
    this.#turnCommands = 0;
    this.#guard(() => {
      while (this.#drain());
      if (!this.#mustClose) this.#alarm.setFor(this.#machine.pollTimeout());
    });
    if (this.#isClosed()) return;
    this.#step = "waiting";
    if (this.#mustClose) this.#shut();
    else if (this.#store?.tend !== undefined) this.#idle.onActive(this.#now);
  }

  /** Carries out what the machine has to say now; false where it had nothing. */
  #drain(): boolean {
    const turn: Turn<Event> = { told: [], stores: [], loads: [] };
    if (!this.#poll(turn)) return false;
    this.#sockets.flush();
    this.#tell(turn.told);
    this.#commit(turn.stores);
    this.#answer(turn.loads);
    return true;
  }

  #poll(turn: Turn<Event>): boolean {
    let output = this.#machine.pollOutput();
    if (output === undefined) return false;
    let sends = 0;
    let flushAt = FIRST_DATAGRAMS;
    for (; output !== undefined; output = this.#machine.pollOutput()) {
      switch (output.kind) {
        case "send":
          this.#onDatagram?.("out", output.to, output.bytes.length);
          this.#sockets.send(output);
          sends += 1;
          if (sends === flushAt) {
            this.#sockets.flush();
            flushAt += Math.min(sends, TOGETHER_DATAGRAMS);
          }
          break;
        case "open":
          this.#sockets.open(output.socket, output.port);
          break;
        case "close":
          this.#sockets.close(output.socket);
          break;
        case "store":
          turn.stores.push(output);
          break;
        case "load":
          turn.loads.push(output);
          break;
        case "event":
        case "echo":
        case "shown":
          turn.told.push(output);
          break;
        default:
          output satisfies never;
      }
    }
    return true;
  }

  #tell(told: readonly Told<Event>[]): void {
    if (told.length === 0) return;
    for (const one of told) {
      if (one.kind === "event") this.#onEvent(one.event);
      else if (one.kind === "echo") this.#onEcho(one.req, one.event);
      else if (this.#store !== undefined) this.#onShown(this.#store.shown);
    }
    this.#onTurnEnd();
  }

  #commit(stores: readonly Store[]): void {
    if (stores.length === 0) return;
    assert(this.#store !== undefined, "a node without a store keeps nothing");
    const ok = this.#store.commit(stores.flatMap(({ writes }) => writes));
    const now = this.#readClock();
    for (const { token } of stores) this.#machine.handleStored(now, token, ok);
  }

  #answer(loads: readonly Load[]): void {
    for (const { token, query } of loads) {
      assert(this.#store !== undefined, "a node without a store reads nothing");
      const loaded = this.#store.load(query);
      this.#machine.handleLoaded(this.#readClock(), token, loaded);
    }
  }

  #tend(): boolean {
    let isMore = false;
    this.#guard(() => (isMore = this.#store?.tend?.() === true));
    const floors = this.#store?.takeDropped?.() ?? [];
    if (floors.length > 0) this.found({ kind: "dropped", floors });
    this.#onTended(isMore);
    return isMore;
  }

  #handleAlarm(): void {
    if (this.#step === "closed") return;
    this.#handleDeadline();
    if (!this.#isClosed()) this.#runTurn();
  }

  #handleDeadline(): void {
    this.#guard(() => {
      const now = this.#readClock();
      if (this.#machine.pollTimeout() <= now) this.#machine.handleTimeout(now);
    });
  }

  /** Separate questions, as handlers change the answers behind the type checker's back. */
  #isClosed(): boolean {
    return this.#step === "closed";
  }

  #isDue(): boolean {
    return this.#step === "due";
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    this.#shut();
    this.#onBroken(error);
  }

  #shut(): void {
    this.#step = "closed";
    this.#alarm.clear();
    this.#idle.close();
    this.#leaveNetwork();
    this.#sockets.closeAll();
  }
}
