import { ptr } from "bun:ffi";
import { lazyLibc } from "./libc.ts";

/**
 * The default of 208 KiB holds 92 datagrams of 1200 bytes while the event loop is busy; this holds
 * some 3600. Unless forced, the kernel caps it at net.core.rmem_max.
 */
const RECEIVE_BUFFER_BYTES = 4 * 2 ** 20;

/** Numbers of <asm-generic/socket.h>, <linux/in.h>, <linux/in6.h> and <linux/udp.h>. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MTU_DISCOVER = 23;
const IPV6_RECVERR = 25;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const UDP_GRO = 104;
/**
 * Don't fragment, and don't ask the kernel's own cache, which forged ICMP can fill: a session finds
 * out by itself what its path takes. Only the interface's MTU is heeded (EMSGSIZE). RFC 8899 §4.2
 */
const PMTUDISC_PROBE = 3;

const OPTIONS: readonly (readonly [level: number, option: number, value: number])[] = [
  // An IPv6 socket sends IPv4 as well: each by the option of its own kind.
  [IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE],
  [IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE],
  // Else one peer's closed port fails the next send to another: ICMP errors have no address here.
  [IPPROTO_IP, IP_RECVERR, 0],
  [IPPROTO_IPV6, IPV6_RECVERR, 0],
];

/** For `setTtl`. */
export const TTL_OF_SYSTEM = -1;

/** What a socket got of its file descriptor. */
export interface Tuned {
  /**
   * As the kernel counts: what it adds to each datagram included, so that one of 1200 bytes takes
   * 2304. Undefined where unknown.
   */
  readonly receiveBufferBytes: number | undefined;
  /**
   * From here on what is sent is cut into datagrams of this many bytes, the last of them of the
   * rest; 0 for not at all. Undefined where the kernel cannot.
   */
  readonly setSegmentBytes: ((bytes: number) => void) | undefined;
  /**
   * From here on what arrives may be several datagrams one after another: all of one length but
   * the last, which may be shorter. False, and nothing changes, where the kernel cannot.
   */
  readonly joinReceived: () => boolean;
  /** Hops of all that is sent from here on; false, and nothing changes, where the system cannot. */
  readonly setTtl: (hops: number) => boolean;
}

/** Once for all sockets, as a birthday opens hundreds of them. */
const symbolsOfLibc = lazyLibc({
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
});

/**
 * Sets on a UDP socket what Bun cannot. Linux only, and best effort: without it the socket is
 * slower and noisier, and on paths of less than 1228 bytes it is fragmented, not wrong.
 */
export function tuneSocket(fd: number): Tuned | undefined {
  const symbols = symbolsOfLibc();
  if (symbols === undefined) return undefined;
  const { setsockopt, getsockopt } = symbols;
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  const set = (level: number, option: number, to: number): boolean => {
    value[0] = to;
    return setsockopt(fd, level, option, ptr(value), value.byteLength) === 0;
  };
  const get = (level: number, option: number): number | undefined =>
    getsockopt(fd, level, option, ptr(value), ptr(length)) === 0 ? value[0] : undefined;

  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES))
    set(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  for (const [level, option, to] of OPTIONS) set(level, option, to);
  return {
    receiveBufferBytes: get(SOL_SOCKET, SO_RCVBUF),
    setSegmentBytes: set(SOL_UDP, UDP_SEGMENT, 0)
      ? (bytes) => set(SOL_UDP, UDP_SEGMENT, bytes)
      : undefined,
    joinReceived: () => set(SOL_UDP, UDP_GRO, 1),
    // An IPv6 socket sends IPv4 as well, an IPv4 socket has only the first.
    setTtl: (hops) =>
      [set(IPPROTO_IP, IP_TTL, hops), set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops)].includes(true),
  };
}
