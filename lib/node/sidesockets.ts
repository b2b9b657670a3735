import { Queue } from "../base/queue.ts";
import type { SocketId, SocketState } from "./machine.ts";

/** The ids below are those of sockets that the shell binds of its own accord. */
const SIDE_SOCKETS_FROM = 16;

export type SocketChange =
  | { readonly kind: "open"; readonly socket: SocketId; readonly port: number | undefined }
  | { readonly kind: "close"; readonly socket: SocketId };

/**
 * The sockets that a node opens besides those it was started with, and who needs each: a punch, a
 * survey, the paths of a connection. One closes at the end of the turn in which its last claim
 * goes, so that it can be handed from one owner to the next. Sockets of the shell are nobody's.
 */
export class SideSockets {
  #next = SIDE_SOCKETS_FROM;
  readonly #claims = new Map<SocketId, Set<object>>();
  readonly #byOwner = new Map<object, Set<SocketId>>();
  /** Without any claim, as far as they are not claimed again. */
  readonly #left = new Set<SocketId>();
  /** Of those that are open: the port of each. */
  readonly #ports = new Map<SocketId, number>();
  readonly #changes = new Queue<SocketChange>();

  /** How many there are, open or about to be. */
  get size(): number {
    return this.#claims.size;
  }

  /** A SocketId that nobody has. */
  take(): SocketId {
    return this.#next++;
  }

  /** Asks the shell for a socket, on any port or just this; its answer comes by `handleSocket`. */
  open(socket: SocketId, owner: object, port?: number): void {
    if (this.#claims.has(socket)) return this.claim(socket, owner);
    this.#claims.set(socket, new Set());
    this.#changes.push({ kind: "open", socket, port });
    this.claim(socket, owner);
  }

  /** It stays as long as this owner needs it, whoever else does. */
  claim(socket: SocketId, owner: object): void {
    const owners = this.#claims.get(socket);
    if (owners === undefined) return;
    owners.add(owner);
    this.#left.delete(socket);
    const owned = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, owned.add(socket));
  }

  /** This owner does not need it any more. */
  release(socket: SocketId, owner: object): void {
    const owners = this.#claims.get(socket);
    if (owners?.delete(owner) !== true) return;
    const owned = this.#byOwner.get(owner);
    owned?.delete(socket);
    if (owned?.size === 0) this.#byOwner.delete(owner);
    if (owners.size === 0) this.#left.add(socket);
  }

  /** This owner needs none but these. */
  releaseAll(owner: object, except: readonly SocketId[] = []): void {
    for (const socket of this.#byOwner.get(owner) ?? []) {
      if (!except.includes(socket)) this.release(socket, owner);
    }
  }

  /** One that is open on this port: another cannot be. */
  boundTo(port: number): SocketId | undefined {
    for (const [socket, own] of this.#ports) if (own === port) return socket;
    return undefined;
  }

  /** One that failed is nobody's any more. */
  handleSocket(socket: SocketId, state: SocketState): void {
    if (state.step === "opened" && this.#claims.has(socket)) this.#ports.set(socket, state.port);
    if (state.step !== "failed") return;
    for (const owner of this.#claims.get(socket) ?? []) this.release(socket, owner);
    this.#forget(socket);
    this.#left.delete(socket);
  }

  /** The next socket to be opened, or closed. */
  pollChange(): SocketChange | undefined {
    const change = this.#changes.shift();
    if (change !== undefined) return change;
    const [socket] = this.#left;
    if (socket === undefined) return undefined;
    this.#left.delete(socket);
    this.#forget(socket);
    return { kind: "close", socket };
  }

  #forget(socket: SocketId): void {
    this.#claims.delete(socket);
    this.#ports.delete(socket);
  }
}
