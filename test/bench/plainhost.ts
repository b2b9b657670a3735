import { type Address, addressOf, hostOf, portOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { App, Host, Line } from "./line.ts";

/** Datagrams under way that no acknowledgement covers: a socket's buffer holds 92 of 1200 bytes. */
const WINDOW = 64;
const ACK_EVERY = 16;
/** A count of what has arrived; every message is longer. */
const ACK_BYTES = 4;

export interface PlainOptions {
  /** Undefined for round trips, where each message is the answer to the one before. */
  readonly hasWindow: boolean;
}

/**
 * The reference: Bun's UDP socket as it is, a `send` for each message, a window and counts for
 * acknowledgements, so that nothing overflows. It repeats nothing and hides nothing.
 */
export class PlainHost implements Host, Line {
  readonly address: Address;
  readonly #socket: Bun.udp.Socket<"uint8array">;
  readonly #app: App;
  readonly #window: number;
  readonly #ackEvery: number;
  readonly #ack = new DataView(new ArrayBuffer(ACK_BYTES));
  #host = "";
  #port = 0;
  #sent = 0;
  #acked = 0;
  #received = 0;
  #isBlocked = false;

  private constructor(socket: Bun.udp.Socket<"uint8array">, app: App, options: PlainOptions) {
    const address = addressOf("127.0.0.1", socket.port);
    assert(address !== undefined, "a bound socket has an address");
    this.address = address;
    this.#socket = socket;
    this.#app = app;
    this.#window = options.hasWindow ? WINDOW : Infinity;
    this.#ackEvery = options.hasWindow ? ACK_EVERY : Infinity;
  }

  static async open(app: App, options: PlainOptions): Promise<PlainHost> {
    let made: PlainHost | undefined = undefined;
    const host = (): PlainHost | undefined => made;
    const socket = await Bun.udpSocket({
      hostname: "127.0.0.1",
      port: 0,
      binaryType: "uint8array",
      socket: {
        data: (_socket, bytes, port, from) => host()?.handleDatagram(bytes, port, from),
        error: (...args: readonly unknown[]) => {
          queueMicrotask(() => {
            throw args[0];
          });
        },
      },
    });
    made = new PlainHost(socket, app, options);
    return made;
  }

  call(address: Address): void {
    this.#open(hostOf(address), portOf(address));
  }

  turn(work: () => void): void {
    work();
  }

  send(_channel: number, message: Uint8Array): boolean {
    if (this.#sent - this.#acked >= this.#window) {
      this.#isBlocked = true;
      return false;
    }
    this.#sent += 1;
    assert(this.#socket.send(message, this.#port, this.#host), "loopback never blocks");
    return true;
  }

  unacknowledged(): number {
    return this.#sent - this.#acked;
  }

  handleDatagram(bytes: Uint8Array, port: number, from: string): void {
    if (this.#port === 0) this.#open(from, port);
    if (bytes.length === ACK_BYTES) return this.#handleAck(bytes);
    this.#received += 1;
    if (this.#received % this.#ackEvery === 0) {
      this.#ack.setUint32(0, this.#received);
      this.#socket.send(this.#ack, this.#port, this.#host);
    }
    this.#app.onMessages(CHAT_CHANNEL, [bytes]);
  }

  close(): void {
    this.#socket.close();
  }

  #handleAck(bytes: Uint8Array): void {
    this.#acked = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#app.onWritable(CHAT_CHANNEL);
  }

  #open(host: string, port: number): void {
    this.#host = host;
    this.#port = port;
    this.#app.onOpened(this);
  }
}
