import { addressOf, parseAddress, type Address } from "../../lib/base/address.ts";
import { roomIdOf } from "../../lib/base/ids.ts";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/text.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import {
  MAIN_SOCKET,
  type Interface,
  type NodeMachine,
  type Output,
  type SendError,
  type SocketId,
  type SocketState,
} from "../../lib/node/machine.ts";
import { NO_DISK, type Disk } from "./disk.ts";
import type { Process } from "./process.ts";
import type { RunOptions, World } from "./world.ts";

/** Told to say this to `DISK`, a probe stores so many rows in one store. */
export const DISK = "disk";
/** Told to say this to `ALARM`, a probe wants to be woken in so many ms. */
export const ALARM = "alarm";

/** What is heard beginning with this is sent back without it. */
const QUESTION = "?";
/** The same from its second socket, if it came to the first. */
const ELSEWHERE = "!";

const SECOND_SOCKET: SocketId = 1;
const PORT_OF_SECOND_SOCKET = 40_001;

/** A machine that says what it is told to, and keeps what it hears: for tests of the world. */
class ProbeMachine implements NodeMachine<PeerEvent, PeerCommand> {
  readonly #probe: Probe;
  #outputs: Output<PeerEvent>[] = [];
  #inputs = 0;
  #tokens = 0;
  #alarmAtMs = Infinity;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#inputs += 1;
    const text = decodeUtf8(bytes) ?? "not text";
    this.#probe.heard.push({ text, from, now });
    if (text.startsWith(QUESTION)) this.#send(from, text.slice(1), socket);
    if (text.startsWith(ELSEWHERE)) this.#send(from, text.slice(1), SECOND_SOCKET);
  }

  handleTimeout(now: number): void {
    this.#inputs += 1;
    if (now < this.#alarmAtMs) return;
    this.#alarmAtMs = Infinity;
    this.#probe.alarms.push(now);
  }

  handleSocket(_now: number, _socket: SocketId, state: SocketState): void {
    if (state.step === "opened") this.#probe.ports.push(state.port);
  }

  handleSendError(_now: number, _socket: SocketId, to: Address, error: SendError): void {
    this.#probe.errors.push({ to, error });
  }

  handleNetwork(_now: number, interfaces: readonly Interface[]): void {
    this.#probe.networks.push(interfaces.map(({ ip }) => ip.join(".")));
  }

  handleFound(): void {
    this.#inputs += 1;
  }

  handleStored(_now: number, token: number, ok: boolean): void {
    this.#inputs += 1;
    this.#probe.stored.push({ token, ok });
  }

  handleLoaded(): void {
    this.#inputs += 1;
  }

  handleCommand(now: number, command: PeerCommand): void {
    this.#inputs += 1;
    if (command.type !== "send") return;
    const { to, text } = command;
    const address = parseAddress(to);
    if (address !== undefined) this.#send(address, text, MAIN_SOCKET);
    if (to === ALARM) this.#alarmAtMs = now + Number(text);
    if (to === DISK) this.#store(Number(text));
  }

  pollOutput(): Output<PeerEvent> | undefined {
    const output = this.#outputs.shift();
    if (output === undefined && this.#inputs > 0) {
      this.#probe.turns.push(this.#inputs);
      this.#inputs = 0;
    }
    return output;
  }

  pollTimeout(): number {
    return this.#alarmAtMs;
  }

  #send(to: Address, text: string, socket: SocketId): void {
    const bytes = encodeUtf8(text);
    this.#outputs.push({ kind: "send", socket, to, bytes });
  }

  #store(rows: number): void {
    const room = roomIdOf(new Uint8Array(32));
    const writes = Array.from({ length: rows }, (_, i) => {
      return { kind: "room", room, name: `#${i}`, joined: true } as const;
    });
    this.#outputs.push({ kind: "store", token: ++this.#tokens, writes });
  }
}

/** What the machines of one host, one after another, have lived through. */
export class Probe {
  readonly heard: { text: string; from: Address; now: number }[] = [];
  readonly errors: { to: Address; error: SendError }[] = [];
  readonly stored: { token: number; ok: boolean }[] = [];
  readonly networks: string[][] = [];
  readonly ports: number[] = [];
  readonly alarms: number[] = [];
  /** How many inputs each turn had. */
  readonly turns: number[] = [];
  readonly process: Process<PeerEvent, PeerCommand>;

  constructor(world: World, name: string, options: RunOptions = {}, disk: Disk = NO_DISK) {
    const boot = () => new ProbeMachine(this);
    const binds = () => [{ ip: undefined, port: PORT_OF_SECOND_SOCKET }];
    this.process = world.run(name, { boot, binds, disk }, options);
  }

  get texts(): string[] {
    return this.heard.map(({ text }) => text);
  }

  /** This host's first address, as those on its segment see it. */
  get address(): string {
    return addressOf(this.process.host.attachments[0]?.ip ?? "", this.process.port) ?? "";
  }

  /** The same with its second socket's port. */
  get secondAddress(): string {
    const ip = this.process.host.attachments[0]?.ip ?? "";
    return addressOf(ip, PORT_OF_SECOND_SOCKET) ?? "";
  }

  say(to: string, text: string): void {
    this.process.command({ type: "send", req: null, to, text });
  }
}
