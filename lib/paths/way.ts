import type { Address } from "../base/address.ts";

/** One of this node's sockets, and an address that it may be sent to from. */
export interface Way {
  /** A SocketId. */
  readonly socket: number;
  readonly remote: Address;
}

export function isSameWay(a: Way, b: Way): boolean {
  return a.socket === b.socket && a.remote === b.remote;
}
