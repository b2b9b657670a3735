import { type Address, addressOf, hostOf } from "../../lib/base/address.ts";
import { Survey, type SurveyOutput } from "../../lib/paths/survey.ts";
import { StunService } from "../../lib/rendezvous/stunservice.ts";
import { Nat, NAT_DEFAULTS, type NatBehaviour } from "../sim/nat.ts";
import { Prng } from "../sim/prng.ts";

export const START = 1_700_000_000_000;

/** One way, in ms. */
export const DELAY_MS = 20;

const MAIN_PORT = 40_000;

export interface WorldOptions {
  readonly seed: number;
  /** Undefined: no router at all. */
  readonly nat?: Partial<NatBehaviour> | undefined;
  readonly delayMs?: number;
  /** Of each datagram, on its way through the internet. */
  readonly loss?: number;
  /** Where the server answers, the first two on one IP address. */
  readonly observers?: readonly Address[];
  /** Public addresses of the router. */
  readonly outerIps?: readonly string[];
  readonly failsToOpen?: boolean;
  /** Until a socket is there. */
  readonly openMs?: number;
  /** This machine's own address. */
  readonly host?: string;
}

export function address(host: string, port: number): Address {
  const made = addressOf(host, port);
  if (made === undefined) throw new Error(`Cannot use ${host} and ${port}: not an address`);
  return made;
}

export const ONE_ADDRESS: readonly Address[] = [
  address("203.0.113.1", 3478),
  address("203.0.113.1", 3479),
];
export const TWO_ADDRESSES: readonly Address[] = [
  ...ONE_ADDRESS,
  address("203.0.113.2", 3478),
  address("203.0.113.2", 3479),
];

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

type Report = Extract<SurveyOutput, { kind: "report" }>;

/** A node that surveys, its router, and a server that answers STUN, on a clock of their own. */
export class SurveyWorld {
  now = START;
  readonly survey: Survey;
  readonly reports: (Report & { readonly atMs: number })[] = [];
  readonly observers: readonly Address[];
  readonly mainLocal: Address;
  nat: Nat | undefined;
  sent = 0;
  answersTooLong = 0;
  /** Ports of the sockets that are open, by their numbers. */
  readonly sockets = new Map<number, number>([[0, MAIN_PORT]]);
  socketsMax = 0;

  readonly #options: WorldOptions;
  readonly #prng: Prng;
  readonly #host: string;
  readonly #service: StunService;
  #events: Event[] = [];
  #nextSocket = 1;
  #isSilent = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#prng = new Prng(options.seed, "survey");
    const { nat, outerIps = ["198.51.100.7"] } = options;
    const hasOwnAddress = nat === undefined || nat.translation === "none";
    this.#host = options.host ?? (hasOwnAddress ? "198.51.100.7" : "192.168.1.5");
    this.mainLocal = address(this.#host, MAIN_PORT);
    this.observers = options.observers ?? TWO_ADDRESSES;
    this.#service = new StunService(START, this.observers);
    if (nat !== undefined) this.nat = new Nat({ ...NAT_DEFAULTS, ...nat }, outerIps, this.#prng);
    this.survey = new Survey({
      random: (length) => this.#prng.bytes(length),
      mainSocket: 0,
      nextSocket: () => this.#nextSocket++,
    });
  }

  begin(): this {
    this.survey.setLocal(this.now, [this.mainLocal]);
    this.survey.setObservers(this.now, this.observers);
    return this;
  }

  /** The server answers nobody any more. */
  silence(): void {
    this.#isSilent = true;
  }

  /** This machine sleeps: nothing of what was due is done before it wakes. */
  sleep(ms: number): this {
    this.now += ms;
    return this;
  }

  /** Lets so many ms pass. */
  run(ms: number): this {
    const endMs = this.now + ms;
    this.#drain();
    for (;;) {
      const [event] = this.#events;
      const atMs = Math.min(event?.atMs ?? Infinity, this.survey.pollTimeout());
      if (atMs > endMs) break;
      this.now = Math.max(this.now, atMs);
      if (event !== undefined && event.atMs === atMs) {
        this.#events.shift();
        event.run();
      } else {
        this.survey.handleTimeout(this.now);
      }
      this.#drain();
    }
    this.now = endMs;
    return this;
  }

  #drain(): void {
    for (let output = this.survey.pollOutput(); output !== undefined;) {
      this.#carryOut(output);
      output = this.survey.pollOutput();
    }
  }

  #carryOut(output: SurveyOutput): void {
    switch (output.kind) {
      case "open":
        return this.#open(output.socket);
      case "close":
        this.sockets.delete(output.socket);
        return;
      case "send":
        return this.#send(output.socket, output.to, output.bytes);
      case "report":
        this.reports.push({ ...output, atMs: this.now });
        return;
      default:
        output satisfies never;
    }
  }

  #open(socket: number): void {
    const port = 45_000 + 37 * socket + this.#prng.below(37);
    if (this.#options.failsToOpen !== true) this.sockets.set(socket, port);
    this.socketsMax = Math.max(this.socketsMax, this.sockets.size - 1);
    this.#after(this.#options.openMs ?? 0, () => {
      const isOpen = this.sockets.has(socket);
      const state = isOpen ? ({ step: "opened", port } as const) : ({ step: "failed" } as const);
      this.survey.handleSocket(this.now, socket, state);
    });
  }

  #send(socket: number, to: Address, bytes: Uint8Array): void {
    const port = this.sockets.get(socket);
    if (port === undefined) throw new Error(`Cannot send: socket ${socket} is not open`);
    this.sent += 1;
    const { udp = "passes" } = this.#options.nat ?? {};
    if (udp !== "passes") return;
    const inner = address(this.#host, port);
    const outer = this.nat === undefined ? inner : this.nat.translateOut(this.now, inner, to);
    if (outer === undefined) return;
    const atServer = this.observers.indexOf(to);
    if (atServer < 0) return this.#turnBack(outer, to, bytes);
    this.#travel(() => this.#answer(atServer, outer, bytes));
  }

  /** To this very router, or this very machine. */
  #turnBack(from: Address, to: Address, bytes: Uint8Array): void {
    if (this.nat === undefined) return this.#deliver(from, to, bytes);
    const { hairpin, translation } = this.nat.behaviour;
    if (!hairpin && translation === "ports") return;
    this.#arrive(from, to, bytes);
  }

  #answer(socket: number, from: Address, bytes: Uint8Array): void {
    const answer = this.#service.handleDatagram(this.now, socket, from, bytes);
    if (answer === undefined || this.#isSilent) return;
    if (answer.bytes.length > bytes.length) this.answersTooLong += 1;
    const source = this.observers[answer.socket];
    if (source === undefined) return;
    this.#travel(() => this.#arrive(source, answer.to, answer.bytes));
  }

  #arrive(from: Address, to: Address, bytes: Uint8Array): void {
    const inner = this.nat === undefined ? to : this.nat.translateIn(this.now, from, to);
    if (inner !== undefined) this.#deliver(from, inner, bytes);
  }

  #deliver(from: Address, to: Address, bytes: Uint8Array): void {
    if (hostOf(to) !== this.#host) return;
    for (const [socket, port] of this.sockets) {
      if (address(this.#host, port) !== to) continue;
      this.survey.handleDatagram(this.now, socket, from, bytes);
    }
  }

  #travel(run: () => void): void {
    if (!this.#prng.chance(this.#options.loss ?? 0))
      this.#after(this.#options.delayMs ?? DELAY_MS, run);
  }

  #after(ms: number, run: () => void): void {
    this.#events.push({ atMs: this.now + ms, run });
    this.#events = this.#events.toSorted((a, b) => a.atMs - b.atMs);
  }
}
