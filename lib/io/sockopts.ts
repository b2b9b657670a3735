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
const IPV6_RECVERR = 25;
/**
 * Routers may fragment: the path's MTU is not measured, and on a path of less than 1228 bytes a
 * handshake would pass and a full packet vanish.
 */
const PMTUDISC_DONT = 0;

const OPTIONS: readonly (readonly [level: number, option: number, value: number])[] = [
  [SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES],
  [IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DONT],
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
