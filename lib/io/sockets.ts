import type { Address } from "../base/address.ts";
import type { Datagram, SendError, SocketId, SocketState } from "../node/machine.ts";
import type { UdpSocket } from "./udp.ts";

export interface SocketsHandlers {
  onDatagram(id: SocketId, from: Address, bytes: Uint8Array): void;
  onSendError(id: SocketId, to: Address, error: SendError, sizeBytes: number): void;
  onState(id: SocketId, state: SocketState): void;
}

export interface SocketsOptions {
  /** Bound; the place in the list is the SocketId, the first is `MAIN_SOCKET`. */
  readonly bound: readonly UdpSocket[];
  /** Binds one more, to this port or one of the system's choice. */
  readonly open: (port: number | undefined) => Promise<UdpSocket>;
  readonly handlers: SocketsHandlers;
}

/** The sockets of one node: those it was started with, and those that it opens and closes. */
export class Sockets {
  readonly #options: SocketsOptions;
  readonly #sockets: Map<SocketId, UdpSocket>;
  /** Asked for, and neither there nor closed again. */
  readonly #opening = new Set<SocketId>();
  /** Those that were given something since the last flush. */
  readonly #unflushed = new Set<UdpSocket>();

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#sockets = new Map(options.bound.entries());
  }

  /** Tells of the sockets that are bound, and hears them from now on. */
  start(): void {
    for (const [id, socket] of this.#sockets) this.#attach(id, socket);
  }

  /** Answered by `onState`, now or later, unless it is closed meanwhile. */
  open(id: SocketId, port?: number): void {
    this.#opening.add(id);
    this.#options.open(port).then(
      (socket) => this.#handleOpened(id, socket),
      () => {
        if (this.#opening.delete(id)) this.#options.handlers.onState(id, { step: "failed" });
      },
    );
  }

  close(id: SocketId): void {
    this.#opening.delete(id);
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    socket.flush();
    socket.close();
    this.#unflushed.delete(socket);
    this.#sockets.delete(id);
  }

  /** Keeps the datagram for `flush`; one for a socket that is not there is lost. */
  send({ socket: id, to, bytes, ttl }: Datagram): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    socket.send(to, bytes, ttl);
    this.#unflushed.add(socket);
  }

  flush(): void {
    for (const socket of this.#unflushed) socket.flush();
    this.#unflushed.clear();
  }

  closeAll(): void {
    this.#opening.clear();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#unflushed.clear();
  }

  #handleOpened(id: SocketId, socket: UdpSocket): void {
    if (!this.#opening.delete(id)) {
      socket.close();
      return;
    }
    this.#sockets.set(id, socket);
    this.#attach(id, socket);
  }

  #attach(id: SocketId, socket: UdpSocket): void {
    const { handlers } = this.#options;
    socket.attach({
      onDatagram: (from, bytes) => handlers.onDatagram(id, from, bytes),
      onSendError: (to, error, sizeBytes) => handlers.onSendError(id, to, error, sizeBytes),
      onBlocked: () => handlers.onState(id, { step: "blocked" }),
      onWritable: () => handlers.onState(id, { step: "writable" }),
    });
    handlers.onState(id, { step: "opened", port: socket.port });
  }
}
