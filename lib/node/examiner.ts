import { type Address, formatAddress, isIpv6 } from "../base/address.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import type { Host } from "../paths/candidates.ts";
import { Examination, type ExaminationEvent } from "./examination.ts";
import {
  type Hint,
  type Interface,
  MAIN_SOCKET,
  type NodeMachine,
  type Output,
  type SendError,
  type SocketId,
  type SocketState,
} from "./machine.ts";

/** What is found out about one's own network, for each family of addresses once. */
export type ExaminerEvent = ExaminationEvent & { readonly type: "examined" };

/**
 * A node that looks at its network once and is nobody's peer: it has no identity, asks a server's
 * STUN alone, and is over when every family has been examined.
 */
export class Examiner implements NodeMachine<ExaminerEvent, never> {
  readonly #random: Random;
  readonly #examinations = new Map<"IPv4" | "IPv6", Examination>();
  readonly #outputs = new Queue<Output<ExaminerEvent>>();
  #hosts: readonly Host[] = [];
  #port = 0;
  #nextSocket = MAIN_SOCKET + 1;

  constructor(random: Random) {
    this.#random = random;
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    for (const examination of this.#examinations.values()) {
      if (examination.handleDatagram(now, socket, from, bytes)) break;
    }
    this.#drain();
  }

  handleTimeout(now: number): void {
    for (const examination of this.#examinations.values()) examination.handleTimeout(now);
    this.#drain();
  }

  handleSocket(now: number, socket: SocketId, state: SocketState): void {
    if (socket === MAIN_SOCKET) {
      if (state.step === "opened") this.#port = state.port;
      this.#setLocal(now);
    } else if (state.step === "opened" || state.step === "failed") {
      for (const it of this.#examinations.values()) if (it.handleSocket(now, socket, state)) break;
    }
    this.#drain();
  }

  handleSendError(_now: number, _socket: SocketId, to: Address, error: SendError): void {
    for (const examination of this.#examinations.values()) examination.onSendError(to, error);
  }

  handleNetwork(now: number, interfaces: readonly Interface[]): void {
    this.#hosts = interfaces;
    this.#setLocal(now);
    this.#drain();
  }

  /** A server to ask: of each family the first one counts. */
  handleFound(now: number, hint: Hint): void {
    if (hint.kind !== "server") return;
    const { address } = hint;
    const family = isIpv6(address) ? "IPv6" : "IPv4";
    if (this.#examinations.has(family)) return;
    const takeSocket = (): SocketId => this.#nextSocket++;
    const examination = new Examination(now, { random: this.#random, server: address, takeSocket });
    this.#examinations.set(family, examination);
    this.#setLocal(now);
    this.#drain();
  }

  handleStored(): void {}

  handleLoaded(): void {}

  handleCommand(): void {}

  pollOutput(): Output<ExaminerEvent> | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): number {
    return Math.min(...this.#examinations.values().map((it) => it.pollTimeout()), Infinity);
  }

  #setLocal(now: number): void {
    if (this.#port === 0) return;
    const local = this.#hosts.map(({ ip }) => {
      return formatAddress({ ip, port: this.#port, zone: undefined });
    });
    for (const examination of this.#examinations.values()) examination.setLocal(now, local);
  }

  #drain(): void {
    for (const examination of this.#examinations.values()) {
      for (let output = examination.pollOutput(); output !== undefined;) {
        if (!("kind" in output)) {
          this.#outputs.push({ kind: "event", event: { ...output.event, type: "examined" } });
        } else if (output.kind === "open") this.#outputs.push({ ...output, port: undefined });
        else this.#outputs.push(output);
        output = examination.pollOutput();
      }
    }
  }
}
