import type { Place } from "./plan.ts";
import { inside } from "./namespaces.ts";
import type { Topology } from "./topology.ts";

/** A pending ICMP answer makes one send fail; the next one goes out. */
const TRIES = 3;

const WAIT_MS = 2000;

/** One datagram that has arrived. */
export interface Received {
  /** Such as "203.0.7.2:40000" or "[2001:db8:7:1::10]:40000". */
  readonly from: string;
  readonly text: string;
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
}

/**
 * A UDP socket at a place of the lab, in this very process: the lab is tried with it, without the
 * program under test.
 */
export class Probe implements Disposable {
  readonly received: Received[] = [];
  readonly #socket: Bun.udp.Socket<"buffer">;
  readonly #onReceived: Set<() => void>;

  private constructor(socket: Bun.udp.Socket<"buffer">, onReceived: Set<() => void>) {
    this.#socket = socket;
    this.#onReceived = onReceived;
  }

  static async open(
    lab: Topology,
    place: Place,
    { hostname = "0.0.0.0", port = 0 } = {},
  ): Promise<Probe> {
    const onReceived = new Set<() => void>();
    const take = (from: string, text: string): void => {
      probe.received.push({ from, text, atMs: performance.now() });
      for (const tell of onReceived) tell();
    };
    const opening = inside(lab.namespace(place), () =>
      Bun.udpSocket({
        hostname,
        port,
        socket: {
          data: (_socket, bytes, fromPort, from) => take(join(from, fromPort), bytes.toString()),
          // An ICMP answer to an earlier datagram: the lab's closed doors are expected.
          error: () => {},
        },
      }),
    );
    const probe = new Probe(await opening, onReceived);
    return probe;
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Where it is bound, for those who are bound to one address. */
  get address(): string {
    return join(this.#socket.hostname, this.#socket.port);
  }

  /** To an address such as "203.0.7.2:40000"; with a small `ttl` it ends on the way. */
  send(to: string, text: string, ttl = 64): void {
    const colon = to.lastIndexOf(":");
    const host = to.slice(0, colon).replace(/^\[|\]$/g, "");
    const port = Number(to.slice(colon + 1));
    if (!host.includes(":")) this.#socket.setTTL(ttl);
    for (let tries = 1; ; tries += 1) {
      try {
        this.#socket.send(text, port, host);
        return;
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
  }

  /** The datagram with the text, whether it has come or will; undefined if it does not in time. */
  async receive(text: string, timeoutMs = WAIT_MS): Promise<Received | undefined> {
    const known = this.received.find((one) => one.text === text);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<Received | undefined>();
    const look = (): void => {
      const found = this.received.find((one) => one.text === text);
      if (found !== undefined) resolve(found);
    };
    this.#onReceived.add(look);
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    const found = await promise;
    clearTimeout(timer);
    this.#onReceived.delete(look);
    return found;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function join(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
