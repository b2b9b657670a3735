import { Agenda, type Appointment } from "../../sim/agenda.ts";
import { CLEAR, corrupted, Link, type Conditions } from "../../sim/link.ts";
import { Prng } from "../../sim/prng.ts";

const LOOPBACK = "127.0.0.1";

type Socket = Bun.udp.Socket<"uint8array">;

interface Delivery extends Appointment {
  readonly send: () => void;
}

export interface ForwarderOptions {
  readonly seed: number;
  /** Whom those behind the forwarder reach through it. */
  readonly port: number;
  readonly conditions: Partial<Conditions>;
}

/**
 * A router in this process for one who is behind it, on real sockets: what crosses it, either way,
 * meets with the simulator's conditions. Its losses follow from the seed; times are the system's.
 */
export class Forwarder implements Disposable {
  readonly #conditions: Conditions;
  readonly #prng: Prng;
  readonly #links = { out: new Link(), in: new Link() };
  readonly #agenda = new Agenda<Delivery>();
  readonly #port: number;
  #inner: Socket | undefined;
  #outer: Socket | undefined;
  #insider: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #order = 0;

  private constructor({ seed, port, conditions }: ForwarderOptions) {
    this.#port = port;
    this.#conditions = { ...CLEAR, ...conditions };
    this.#prng = new Prng(seed, "forwarder");
  }

  static async open(options: ForwarderOptions): Promise<Forwarder> {
    const forwarder = new Forwarder(options);
    forwarder.#inner = await bind((bytes, port) => {
      forwarder.#insider = port;
      forwarder.#carry(forwarder.#links.out, bytes, (copy) => {
        forwarder.#outer?.send(copy, options.port, LOOPBACK);
      });
    });
    await forwarder.rebind();
    return forwarder;
  }

  /** Where those behind it send to. */
  get port(): number {
    return this.#inner?.port ?? 0;
  }

  /** Goes over to another port outside; what comes to the old one is lost. */
  async rebind(): Promise<void> {
    const before = this.#outer;
    this.#outer = await bind((bytes, port) => {
      if (port !== this.#port) return;
      this.#carry(this.#links.in, bytes, (copy) => {
        if (this.#insider !== undefined) this.#inner?.send(copy, this.#insider, LOOPBACK);
      });
    });
    before?.close();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#inner?.close();
    this.#outer?.close();
    this.#inner = undefined;
    this.#outer = undefined;
  }

  #carry(link: Link, bytes: Uint8Array, send: (copy: Uint8Array) => void): void {
    const conditions = this.#conditions;
    for (const atMs of link.transit(performance.now(), conditions, bytes.length, this.#prng)) {
      const isCorrupt = this.#prng.chance(conditions.corrupt);
      const copy = isCorrupt ? corrupted(bytes, this.#prng) : bytes.slice();
      this.#agenda.push({ atMs, order: this.#order++, send: () => send(copy) });
    }
    this.#arm();
  }

  #arm(): void {
    const next = this.#agenda.peek();
    clearTimeout(this.#timer);
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, next.atMs - performance.now()));
  }

  #deliver(): void {
    const now = performance.now();
    for (let next = this.#agenda.peek(); next && next.atMs <= now; next = this.#agenda.peek()) {
      this.#agenda.pop();
      next.send();
    }
    this.#arm();
  }
}

function bind(onData: (bytes: Uint8Array, port: number) => void): Promise<Socket> {
  return Bun.udpSocket({
    hostname: LOOPBACK,
    binaryType: "uint8array",
    socket: {
      data: (_socket, bytes, port) => onData(bytes, port),
      // A peer that has gone is told of so.
      error: () => undefined,
    },
  });
}
