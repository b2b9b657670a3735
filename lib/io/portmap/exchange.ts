import { type Address, formatIp } from "../../base/address.ts";
import { PORT_CONTROL_PORT } from "../../wire/natpmp.ts";
import { UdpSocket } from "../udp.ts";
import { type Gateway, routerAddress } from "./gateways.ts";

/** RFC 6886 §3.1 begins with this and doubles; nine tries are for those who have nobody else. */
const FIRST_WAIT_MS = 250;
const TRIES_MAX = 4;

/** No message of PCP or NAT-PMP is longer. RFC 6887 §7 */
const ANSWER_BYTES_MAX = 1100;

/** Reads an answer; undefined where it is another question's. */
type Reading<Value> = (bytes: Uint8Array) => Value | undefined;

/** Questions in single datagrams to one router, repeated until it answers. */
export class Exchange {
  readonly #socket: UdpSocket;
  readonly #router: Address;
  readonly #readings = new Set<(bytes: Uint8Array) => void>();

  private constructor(socket: UdpSocket, router: Address) {
    this.#socket = socket;
    this.#router = router;
    socket.attach({
      onDatagram: (from, bytes) => this.#handleDatagram(from, bytes),
      onSendError: () => undefined,
      onBlocked: () => undefined,
      onWritable: () => undefined,
    });
  }

  /** From this machine's address that the router is asked to map to. Throws a Failure. */
  static async open(gateway: Gateway, port = PORT_CONTROL_PORT): Promise<Exchange> {
    const router = routerAddress(gateway, port);
    if (router === undefined) throw new Error("Cannot ask a router without an address");
    const host = formatIp(gateway.ownIp);
    return new Exchange(await UdpSocket.open({ host, port: 0, tune: () => undefined }), router);
  }

  /** Undefined where the router says nothing in two to four seconds, or the signal is given. */
  async ask<Value>(
    question: Uint8Array,
    read: Reading<Value>,
    signal: AbortSignal,
  ): Promise<Value | undefined> {
    const { promise, resolve } = Promise.withResolvers<Value | undefined>();
    const handle = (bytes: Uint8Array): void => {
      const value = read(bytes);
      if (value !== undefined) resolve(value);
    };
    let timer: NodeJS.Timeout | undefined;
    const send = (tries: number): void => {
      if (tries === TRIES_MAX) return resolve(undefined);
      this.tell(question);
      timer = setTimeout(() => send(tries + 1), FIRST_WAIT_MS * 2 ** tries);
    };
    const stop = (): void => resolve(undefined);
    signal.addEventListener("abort", stop);
    this.#readings.add(handle);
    if (signal.aborted) stop();
    else send(0);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      this.#readings.delete(handle);
    }
  }

  /** Once, and without an answer. */
  tell(question: Uint8Array): void {
    this.#socket.send(this.#router, question);
    this.#socket.flush();
  }

  close(): void {
    this.#socket.close();
  }

  #handleDatagram(from: Address, bytes: Uint8Array): void {
    if (from !== this.#router || bytes.length > ANSWER_BYTES_MAX) return;
    for (const handle of this.#readings) handle(bytes);
  }
}
