import type { Address } from "../base/address.ts";
import type { Chat } from "../chat/chat.ts";
import { LOBBY } from "../chat/rooms.ts";
import { keepaliveMs } from "../paths/keepalive.ts";
import { ROOMS_MAX } from "../wire/limits.ts";
import type { Callers } from "./callers.ts";
import type { PeerCommand } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import type { PeerEvent } from "./events.ts";
import type { Fellows } from "./fellows.ts";
import type { Desk } from "./desk.ts";
import type { DiskWatch } from "./diskwatch.ts";
import {
  type Hint,
  type Interface,
  type Loaded,
  type Datagram,
  MAIN_SOCKET,
  type NodeMachine,
  type Output,
  RELAY_SOCKET,
  type Restored,
  type SendError,
  type SocketId,
  type SocketState,
} from "./machine.ts";
import type { PeerOptions } from "./options.ts";
import type { Lookout } from "./lookout.ts";
import { partsOf, type Timed, timedOf } from "./parts.ts";
import type { Pins } from "./pins.ts";
import type { Recalls } from "./recalls.ts";
import type { Reporter } from "./reporter.ts";
import type { ServerLink } from "./serverlink.ts";
import type { Successors } from "./successors.ts";
import { Silence } from "./silence.ts";
import { Switchboard } from "./switchboard.ts";
import { Visits } from "./visits.ts";
import { storerOf, tokenOf } from "./tokens.ts";

/** A client says it is ready after so long even if no server has answered. */
const READY_MS = 3_000;

/**
 * A chat client: one endpoint, one registration, one person's conversations. It hands each input to
 * the parts it is for, and lets them talk to one another over the switchboard.
 */
export class PeerNode implements NodeMachine<PeerEvent, PeerCommand> {
  readonly #endpoint: Endpoint;
  readonly #server: ServerLink;
  readonly #chat: Chat;
  readonly #reporter: Reporter;
  readonly #desk: Desk;
  readonly #callers: Callers;
  readonly #fellows: Fellows;
  readonly #recalls: Recalls;
  readonly #lookout: Lookout | undefined;
  readonly #successors: Successors;
  readonly #pins: Pins;
  readonly #disk: DiskWatch;
  readonly #timed: readonly Timed[];
  readonly #silence = new Silence();
  readonly #switchboard: Switchboard;
  #now: number;
  #isGone = false;

  constructor(options: PeerOptions) {
    const { now, rooms, privateRooms = [] } = options;
    this.#now = now;
    const restored = enteredOf(options);
    const parts = partsOf(
      { ...options, restored },
      {
        onMeeting: (at, peerId) => visits.onMeeting(at, peerId),
        onJudged: (at, peerId) => visits.onJudged(at, peerId),
      },
    );
    const visits = new Visits(parts);
    this.#endpoint = parts.endpoint;
    this.#server = parts.server;
    this.#chat = parts.chat;
    this.#reporter = parts.reporter;
    this.#desk = parts.desk;
    this.#callers = parts.callers;
    this.#fellows = parts.fellows;
    this.#recalls = parts.recalls;
    this.#lookout = parts.lookout;
    this.#successors = parts.successors;
    this.#pins = parts.pins;
    this.#disk = parts.disk;
    this.#timed = timedOf(parts);
    const readyAtMs = options.awaitsServer ? now + READY_MS : now;
    this.#switchboard = new Switchboard(now, parts, visits, readyAtMs);
    for (const { name, key } of privateRooms) this.#chat.join(now, name, key);
    for (const room of rooms) this.#chat.join(now, room);
    for (const { peer } of restored.chat.waiting) parts.search.seek(now, peer);
    this.#switchboard.settle(now);
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    if (this.#isGone) return;
    this.#silence.onHeard(from);
    const isSeen = this.#lookout?.handleDatagram(now, socket, from, bytes) === true;
    if (!isSeen) this.#endpoint.handleDatagram(now, socket, from, bytes);
    this.#switchboard.settle(now);
  }

  handleTimeout(now: number): void {
    this.#now = now;
    for (const part of this.#timed) part.handleTimeout(now);
    this.#tellSilence(now);
    this.#switchboard.handleTimeout(now);
    this.#switchboard.settle(now);
  }

  handleSocket(now: number, socket: SocketId, state: SocketState): void {
    this.#now = now;
    if (socket !== MAIN_SOCKET) {
      this.#lookout?.handleSocket(now, socket, state);
      this.#endpoint.handleSocket(now, socket, state);
    } else if (state.step === "opened") {
      this.#server.setPort(now, state.port);
      this.#fellows.onChanged(now);
      this.#lookout?.setPort(now, state.port);
    }
    this.#switchboard.settle(now);
  }

  /** An ICMP error is a hint that anybody can forge: timers decide. RFC 9000 §21.10 */
  handleSendError(now: number, _socket: SocketId, to: Address, error: SendError): void {
    this.#now = now;
    if (error === "too-big") this.#endpoint.onTooBig(now, to);
    else this.#silence.onSendError(to, error);
    this.#reporter.log("trace", "send failed", { to, error });
  }

  handleNetwork(now: number, interfaces: readonly Interface[]): void {
    this.#now = now;
    this.#server.setHosts(now, interfaces);
    this.#callers.onNetwork(now);
    this.#recalls.onNetwork(now);
    this.#lookout?.setHosts(now, interfaces);
    this.#endpoint.onNetwork(now);
    this.#fellows.onNetwork(now);
    this.#switchboard.settle(now);
  }

  handleFound(now: number, hint: Hint): void {
    this.#now = now;
    if (hint.kind === "server") {
      this.#silence.onNamed(now, hint.address);
      this.#server.onNamed(hint.name);
      this.#endpoint.meetServer(now, hint);
    } else if (hint.kind === "peer") this.#callers.onAnnounced(now, hint);
    else if (hint.kind === "dropped") this.#chat.onDropped(now, hint.floors);
    else {
      this.#server.onMapping(now, hint);
      this.#fellows.onChanged(now);
    }
    this.#switchboard.settle(now);
  }

  handleStored(now: number, token: number, ok: boolean): void {
    this.#now = now;
    this.#disk.handleStored(now, ok);
    const from = storerOf(token);
    switch (from.storer) {
      case "chat":
        this.#chat.handleStored(now, from.token, ok);
        break;
      case "pins":
        this.#pins.handleStored(now, ok);
        break;
      default:
        from.storer satisfies never;
    }
    this.#switchboard.settle(now);
  }

  /** Its kind says whose it is. */
  handleLoaded(now: number, token: number, loaded: Loaded): void {
    this.#now = now;
    switch (loaded.kind) {
      case "outbox":
      case "runs":
      case "delivery":
      case "unread":
      case "marks":
      case "reads":
      case "held":
        this.#chat.handleLoaded(now, token, loaded);
        break;
      case "history":
      case "search":
      case "place":
      case "waiting":
        this.#desk.archive.handleLoaded(loaded);
        break;
      case "counts":
        this.#desk.outbox.handleLoaded(loaded);
        break;
      case "quotes":
      case "topics":
        this.#reporter.tellings.handleLoaded(now, token, loaded);
        break;
      default:
        loaded satisfies never;
    }
    this.#switchboard.settle(now);
  }

  handleCommand(now: number, command: PeerCommand): void {
    this.#now = now;
    if (command.type === "quit") this.#switchboard.leave(now);
    else if (command.type === "pace") this.#chat.onPace(now, command.isBehind);
    else this.#desk.handleCommand(now, command);
    this.#switchboard.settle(now);
  }

  pollOutput(): Output<PeerEvent> | undefined {
    const output = this.#pollOwn();
    if (output !== undefined) return output;
    const datagram = this.#pollDatagram();
    if (datagram !== undefined) {
      this.#lookout?.onSent(this.#now, datagram);
      return { kind: "send", ...datagram };
    }
    const other = this.#pollLookout() ?? this.#endpoint.sockets.pollChange();
    if (other !== undefined) return other;
    this.#switchboard.settle(this.#now);
    const told = this.#pollOwn();
    if (told !== undefined) return told;
    return this.#switchboard.leaveCarriers() ? this.pollOutput() : this.#pollFarewell();
  }

  pollTimeout(): number {
    if (this.#isGone) return Infinity;
    let atMs = Math.min(this.#switchboard.pollTimeout(), this.#silence.pollTimeout());
    atMs = Math.min(atMs, this.#pins.pollTimeout());
    for (const part of this.#timed) atMs = Math.min(atMs, part.pollTimeout());
    return atMs;
  }

  #tellSilence(now: number): void {
    if (now < this.#silence.pollTimeout()) return;
    const others = [...this.#endpoint.connections()];
    const sentence = this.#silence.poll(now, {
      hosts: this.#server.vantage.hosts,
      isOtherHeard: others.some(({ path }) => path.kind === "direct"),
    });
    if (sentence !== undefined) this.#reporter.onSilence(sentence);
  }

  /** What goes through a carrier leaves in the session with it. */
  #pollDatagram(): Datagram | undefined {
    for (;;) {
      const datagram = this.#endpoint.pollDatagram(this.#now);
      if (datagram?.socket !== RELAY_SOCKET) return datagram;
      this.#fellows.carry(datagram);
    }
  }

  /** What it sends and opens; what it has found out goes to whom it is of use. */
  #pollLookout(): Output<PeerEvent> | undefined {
    for (;;) {
      const output = this.#lookout?.pollOutput(this.#now);
      if (output === undefined || output.kind === "send") return output;
      if (output.kind === "learnt") {
        this.#pins.keep([output.write]);
        continue;
      }
      this.#reporter.onNat(output.report, output.isSettled);
      this.#endpoint.setKeepalive(keepaliveMs(output.lifetime));
      this.#callers.setNat(output.report);
      this.#server.setNat(this.#now, output.report);
      this.#fellows.setNat(this.#now, output.report);
      this.#successors.setNat(this.#now, output.report);
    }
  }

  /** Stores and loads, then events. */
  #pollOwn(): Output<PeerEvent> | undefined {
    const output =
      this.#pollPins() ??
      this.#switchboard.pollLoad() ??
      this.#pollChat() ??
      this.#reporter.tellings.pollLoad() ??
      this.#desk.archive.pollLoad();
    if (output !== undefined) return output;
    return this.#reporter.tellings.poll();
  }

  #pollPins(): Output<never> | undefined {
    const writes = this.#pins.pollStore(this.#now);
    return writes && { kind: "store", token: tokenOf("pins", 0), writes };
  }

  #pollChat(): Output<never> | undefined {
    const store = this.#chat.pollStore(this.#now);
    return store && { ...store, token: tokenOf("chat", store.token) };
  }

  #pollFarewell(): Output<PeerEvent> | undefined {
    if (!this.#switchboard.isLeaving || this.#isGone) return undefined;
    // What was asked for is answered first.
    if (this.#reporter.tellings.isWaiting) return undefined;
    if (this.#pins.isStoring || !this.#chat.isStored) return undefined;
    const { outbox } = this.#desk;
    const load = outbox.pollLoad();
    if (load !== undefined) return load;
    const { waiting } = outbox;
    if (waiting === undefined) return undefined;
    this.#isGone = true;
    return { kind: "event", event: { type: "bye", waiting } };
  }
}

/**
 * For this run, the lobby is done without where it is not asked for, or there are enough other
 * rooms. On disk one stays a member: that is another question than whether a run goes there.
 */
function enteredOf({ rooms: wanted, restored }: PeerOptions): Restored {
  const { rooms } = restored.chat;
  if (wanted.includes(LOBBY) && rooms.length <= ROOMS_MAX) return restored;
  const others = rooms.filter(({ name, proofKey }) => name !== LOBBY || proofKey !== undefined);
  return { ...restored, chat: { ...restored.chat, rooms: others } };
}
