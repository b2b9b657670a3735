import type { Address } from "../base/address.ts";
import { EXIT } from "../contract/exitcodes.ts";
import type { SendError } from "../node/machine.ts";
import { Endpoints } from "./endpoints.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { Segmenter, type Pending } from "./segmenter.ts";
import { TTL_OF_SYSTEM, tuneSocket, type Tuned } from "./sockopts.ts";

/**
 * Datagrams that wait for a full send buffer; later ones are dropped, as a router would. At 1200
 * bytes it is 1.2 MB, or a tenth of a second at 100 Mbit/s.
 */
export const PENDING_DATAGRAMS_MAX = 1024;

/** What arrives before anybody takes it; the system's own buffer holds about as many. */
const EARLY_DATAGRAMS_MAX = 64;

/**
 * Where ICMP answers reach the socket, one that belongs to another peer fails the next send, once.
 * So each send is tried again; what fails three times is its own fault.
 */
const TRIES_MAX = 3;

/** No kernel joins more: what says so would have one datagram handled as thousands. */
const JOINED_MAX = 128;

export interface UdpHandlers {
  onDatagram(from: Address, bytes: Uint8Array): void;
  onSendError(to: Address, error: SendError, sizeBytes: number): void;
  /** The send buffer is full: what is sent from here on waits, up to `PENDING_DATAGRAMS_MAX`. */
  onBlocked(): void;
  onWritable(): void;
}

export interface UdpOptions {
  /** An IP address, or undefined for all: IPv6 and IPv4 on one port where there is IPv6. */
  readonly host: string | undefined;
  /** 0 for one of the system's choice. */
  readonly port: number;
  /** Sets options on the socket's file descriptor. */
  readonly tune?: (fd: number) => Tuned | undefined;
  /**
   * How long the first is of datagrams that lie one after another, undefined where it does not say.
   * With it they may come in one piece (generic receive offload), which costs a quarter of what
   * each takes by itself.
   */
  readonly firstDatagramBytes?: (bytes: Uint8Array) => number | undefined;
}

/** What they all begin with: RFC 1122 §3.2.1.7 leaves it open. */
const HOPS_OF_SYSTEM = process.platform === "win32" ? 128 : 64;

/** What Bun's socket reports to, filled in once there is a UdpSocket. */
interface Inbox {
  onData: (host: string, port: number, bytes: Uint8Array) => void;
  onDrain: () => void;
}

type BunSocket = Bun.udp.Socket<"uint8array">;

/** A UDP socket that outlives closed ports, lost networks and full buffers. */
export class UdpSocket {
  readonly port: number;
  readonly #socket: BunSocket;
  readonly #tune: (fd: number) => Tuned | undefined;
  readonly #firstDatagramBytes: UdpOptions["firstDatagramBytes"];
  readonly #endpoints = new Endpoints();
  #segmenter: Segmenter | undefined;
  #receiveBufferBytes: number | undefined;
  #isJoined = false;
  #setTtl: Tuned["setTtl"] | undefined;
  #handlers: UdpHandlers | undefined;
  #early: { readonly from: Address; readonly bytes: Uint8Array }[] = [];
  #pending: Pending[] = [];
  #isBlocked = false;
  #isClosed = false;
  #dropped = 0;

  private constructor(socket: BunSocket, inbox: Inbox, options: UdpOptions) {
    this.#socket = socket;
    this.#tune = options.tune ?? tuneSocket;
    this.#firstDatagramBytes = options.firstDatagramBytes;
    this.port = socket.port;
    inbox.onData = (host, port, bytes) => this.#handleDatagram(host, port, bytes);
    inbox.onDrain = () => this.#handleDrain();
  }

  /** Throws a Failure where the address cannot be bound. */
  static async open(options: UdpOptions): Promise<UdpSocket> {
    const inbox: Inbox = { onData: () => undefined, onDrain: () => undefined };
    // Bun ignores handlers that are set later, so these stay and look up where to go.
    const handlers: Bun.udp.SocketHandler<"uint8array"> = {
      data: (_socket, bytes, sourcePort, source, flags) => {
        if (!flags.truncated) inbox.onData(source, sourcePort, bytes);
      },
      drain: () => inbox.onDrain(),
      // Bun calls this with the error alone, whatever its types say.
      error: (...args: readonly unknown[]) => handleError(args[0]),
    };
    const socket = await bind(options.host, options.port, handlers);
    return new UdpSocket(socket, inbox, options);
  }

  /** Until this is called, what arrives waits, up to `EARLY_DATAGRAMS_MAX`. */
  attach(handlers: UdpHandlers): void {
    this.#handlers = handlers;
    const socket = this.#socket;
    const tuned =
      "fd" in socket && typeof socket.fd === "number" ? this.#tune(socket.fd) : undefined;
    this.#receiveBufferBytes = tuned?.receiveBufferBytes;
    this.#isJoined = this.#firstDatagramBytes !== undefined && tuned?.joinReceived() === true;
    this.#setTtl = tuned?.setTtl ?? ((hops) => setHops(socket, hops));
    const setSegmentBytes = tuned?.setSegmentBytes;
    if (setSegmentBytes !== undefined) this.#segmenter = new Segmenter(setSegmentBytes);
    const early = this.#early.splice(0);
    // When whoever attaches is done with it, and before the next datagram.
    queueMicrotask(() => {
      for (const { from, bytes } of early) handlers.onDatagram(from, bytes);
    });
  }

  /** See `Tuned`; undefined also before `attach`. */
  get receiveBufferBytes(): number | undefined {
    return this.#receiveBufferBytes;
  }

  /** Datagrams dropped because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Keeps the datagram for `flush`; with `ttl` it is dropped after so many hops. */
  send(to: Address, bytes: Uint8Array, ttl?: number): void {
    if (this.#isClosed) return;
    if (this.#isBlocked && this.#pending.length >= PENDING_DATAGRAMS_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push({ to, bytes, ttl });
  }

  /** Hands everything kept to the system, in order, in as few calls as it takes. */
  flush(): void {
    if (!this.#isBlocked) this.#sendPending();
  }

  close(): void {
    this.#isClosed = true;
    this.#pending = [];
    this.#socket.close();
  }

  #sendPending(): void {
    const batch = this.#pending;
    this.#pending = [];
    let done = 0;
    while (done < batch.length && !this.#isClosed) {
      const count = this.#sendNext(batch, done);
      if (count === 0) return this.#block(batch.slice(done));
      done += count;
    }
  }

  /** How many are done with, from `start` on: 0 where the buffer is full. */
  #sendNext(batch: readonly Pending[], start: number): number {
    const first = batch[start];
    if (first?.ttl !== undefined) return this.#sendNear(first, first.ttl);
    const count = this.#runLength(batch, start);
    if (count > 1) return this.#sendRun(batch.slice(start, start + count));
    let end = start + 1;
    while (end < batch.length && this.#isAlone(batch, end)) end += 1;
    return this.#sendEach(batch.slice(start, end));
  }

  /** Where hops cannot be set it does not leave: it must not go further than it is meant to. */
  #sendNear(datagram: Pending, ttl: number): number {
    if (this.#setTtl?.(ttl) !== true) return 1;
    try {
      return this.#sendOne(datagram) ? 1 : 0;
    } finally {
      this.#setTtl(TTL_OF_SYSTEM);
    }
  }

  /** Whether a datagram leaves by itself, as it would with the others of `sendMany`. */
  #isAlone(batch: readonly Pending[], at: number): boolean {
    return batch[at]?.ttl === undefined && this.#runLength(batch, at) === 1;
  }

  #runLength(batch: readonly Pending[], start: number): number {
    return this.#segmenter?.runLength(batch, start) ?? 1;
  }

  /** Sends a run as one; where that fails, each by itself, so that each has its own error. */
  #sendRun(run: readonly Pending[]): number {
    const [first] = run;
    if (first === undefined || this.#segmenter === undefined) return 0;
    const { host, port } = this.#endpoints.of(first.to);
    try {
      const send = (joined: Uint8Array): boolean => this.#socket.send(joined, port, host);
      return this.#segmenter.sendRun(run, send) ? run.length : 0;
    } catch (error) {
      const sent = this.#sendMany(run);
      if (sent === 0) return this.#sendOne(first) ? 1 : 0;
      this.#segmenter.handleRefused(codeOf(error));
      return sent;
    }
  }

  #sendEach(batch: readonly Pending[]): number {
    const sent = batch.length > 1 ? this.#sendMany(batch) : 0;
    const [first] = batch;
    if (sent > 0 || first === undefined) return sent;
    return this.#sendOne(first) ? 1 : 0;
  }

  /** How many of the first ones left: fewer where one met an error or a full buffer. */
  #sendMany(batch: readonly Pending[]): number {
    const packets: (Uint8Array | string | number)[] = [];
    for (const { to, bytes } of batch) {
      const { host, port } = this.#endpoints.of(to);
      packets.push(bytes, port, host);
    }
    try {
      return this.#socket.sendMany(packets);
    } catch {
      return 0;
    }
  }

  /** False where the buffer is full; an error is told, and the datagram is done with. */
  #sendOne({ to, bytes }: Pending): boolean {
    const { host, port } = this.#endpoints.of(to);
    let code: string | undefined;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      try {
        return this.#socket.send(bytes, port, host);
      } catch (error) {
        code = codeOf(error);
      }
    }
    const sendError = sendErrorOf(code);
    if (sendError !== undefined) this.#handlers?.onSendError(to, sendError, bytes.length);
    return true;
  }

  #block(unsent: readonly Pending[]): void {
    this.#isBlocked = true;
    const waiting = [...unsent, ...this.#pending];
    this.#pending = waiting.slice(0, PENDING_DATAGRAMS_MAX);
    this.#dropped += waiting.length - this.#pending.length;
    this.#handlers?.onBlocked();
  }

  #handleDrain(): void {
    // It also fires after a batch that an error cut short.
    if (!this.#isBlocked || this.#isClosed) return;
    this.#isBlocked = false;
    this.#sendPending();
    if (!this.#hasBlockedAgain()) this.#handlers?.onWritable();
  }

  #hasBlockedAgain(): boolean {
    return this.#isBlocked;
  }

  #handleDatagram(host: string, port: number, bytes: Uint8Array): void {
    const from = this.#endpoints.addressOf(host, port);
    if (from === undefined) return;
    if (this.#handlers === undefined) {
      if (this.#early.length < EARLY_DATAGRAMS_MAX) this.#early.push({ from, bytes });
      return;
    }
    const size = this.#isJoined ? this.#firstDatagramBytes?.(bytes) : undefined;
    if (size === undefined || size >= bytes.length || size * JOINED_MAX < bytes.length) {
      this.#handlers.onDatagram(from, bytes);
      return;
    }
    // A first one that lies costs those behind it, as loss; only who forges the address can do it.
    for (let at = 0; at < bytes.length && !this.#isClosed; at += size) {
      this.#handlers.onDatagram(from, bytes.subarray(at, at + size));
    }
  }
}

/**
 * Where the descriptor cannot be had. False, and nothing changes, where it would not be true of all
 * that the socket sends: what one of IPv6 sends by IPv4 heeds the hops of IPv6 on BSD alone.
 */
function setHops(socket: BunSocket, hops: number): boolean {
  if (socket.address.family !== "IPv4" && process.platform !== "darwin") return false;
  try {
    socket.setTTL(hops === TTL_OF_SYSTEM ? HOPS_OF_SYSTEM : hops);
    return true;
  } catch {
    return false;
  }
}

/** The unspecified IPv6 address takes IPv4 too; a machine without IPv6 has only the other. */
async function bind(
  host: string | undefined,
  port: number,
  socket: Bun.udp.SocketHandler<"uint8array">,
): Promise<BunSocket> {
  const open = (hostname: string): Promise<BunSocket> =>
    Bun.udpSocket({ hostname, port, binaryType: "uint8array", socket });
  try {
    return await open(host ?? "::").catch((error: unknown) => {
      const code = codeOf(error);
      if (host !== undefined || code === "EADDRINUSE" || code === "EACCES") throw error;
      return open("0.0.0.0");
    });
  } catch (error) {
    const where = host === undefined ? "" : ` on ${host}`;
    throw new Failure(
      `Cannot bind UDP port ${port}${where}: ${wordsOf(error)}`,
      EXIT.failure,
      error,
    );
  }
}

/**
 * ICMP errors come here without the address they are about, so they tell nothing. Anything else was
 * thrown by a handler: our mistake, which must not be lost.
 */
function handleError(error: unknown): void {
  if (error instanceof Error && "syscall" in error) return;
  queueMicrotask(() => {
    throw error;
  });
}

const REFUSED: ReadonlySet<string | undefined> = new Set([
  "ECONNREFUSED",
  // This machine's own firewall, or a broadcast address.
  "EPERM",
  "EACCES",
]);

/** Lost like any datagram, and worth another try. */
const TRANSIENT: ReadonlySet<string | undefined> = new Set(["ENOBUFS", "ENOMEM", "EINTR"]);

function sendErrorOf(code: string | undefined): SendError | undefined {
  if (code === "EMSGSIZE") return "too-big";
  if (TRANSIENT.has(code)) return undefined;
  return REFUSED.has(code) ? "refused" : "unreachable";
}
