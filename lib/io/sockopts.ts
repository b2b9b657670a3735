import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

/**
 * The default of 208 KiB holds 92 datagrams of 1200 bytes while the event loop is busy; this holds
 * some 3600. The kernel caps it at net.core.rmem_max.
 */
const RECEIVE_BUFFER_BYTES = 4 * 2 ** 20;

/** Numbers of <asm-generic/socket.h>, <linux/in.h> and <linux/in6.h>. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const IPPROTO_IP = 0;
const IP_MTU_DISCOVER = 10;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_MTU_DISCOVER = 23;
const IPV6_RECVERR = 25;
/**
 * Don't fragment, and don't ask the kernel's own cache, which forged ICMP can fill: a session finds
 * out by itself what its path takes. Only the interface's MTU is heeded (EMSGSIZE). RFC 8899 §4.2
 */
const PMTUDISC_PROBE = 3;

const OPTIONS: readonly (readonly [level: number, option: number, value: number])[] = [
  [SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES],
  // An IPv6 socket sends IPv4 as well: each by the option of its own kind.
  [IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE],
  [IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE],
  // Else one peer's closed port fails the next send to another: ICMP errors have no address here.
  [IPPROTO_IP, IP_RECVERR, 0],
  [IPPROTO_IPV6, IPV6_RECVERR, 0],
];

/**
 * Sets on a UDP socket what Bun cannot. Linux only, and best effort: without it the socket is
 * slower and noisier, not wrong.
 */
export function tuneSocket(fd: number): void {
  const libc = openLibc({
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  });
  for (const [level, option, value] of libc === undefined ? [] : OPTIONS) {
    const bytes = new Int32Array([value]);
    libc?.symbols.setsockopt(fd, level, option, ptr(bytes), bytes.byteLength);
  }
}
