import { ptr } from "bun:ffi";
import { openLibc } from "../../lib/io/libc.ts";
import { inside } from "./namespaces.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const MSG_DONTWAIT = 0x40;

/** <linux/netlink.h> and <linux/netfilter/nfnetlink_conntrack.h>; the subsystem is 1. */
const NLMSG_ERROR = 2;
const CT_NEW = 0x100;
const CT_GET = 0x101;
const CT_DELETE = 0x102;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_PROTO_SRC_PORT = 2;
/** Set in the type of an attribute that holds attributes. */
const NLA_NESTED = 0x8000;

const AF_INET = 2;
const HEADER_BYTES = 16;
const FAMILY_BYTES = 4;
const RECEIVE_BYTES = 64 * 1024;

const libc = openLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});

/** One way through the router, as the kernel keeps it. */
interface Entry {
  /** The inner end, such as "c0a8010a:9c40". */
  readonly source: string;
  /** The attribute that names the entry. */
  readonly tuple: Uint8Array;
}

/** The table of connections of one namespace, spoken to in ctnetlink. */
export class Conntrack implements Disposable {
  readonly #fd: number;
  readonly #firstSeenMs = new Map<string, number>();
  #sequence = 0;

  constructor(namespace: string) {
    this.#fd = inside(namespace, () => symbols().socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
    if (this.#fd < 0) throw new Error(`Cannot open a netlink socket in ${namespace}`);
  }

  /** Forgets every connection, as a router does that was switched off and on. */
  flush(): void {
    this.#ask(CT_DELETE, NLM_F_ACK);
  }

  /** Forgets the mappings that have been there for so long, however busy; to be called often. */
  expire(lifetimeMs: number): void {
    const nowMs = performance.now();
    const bySource = Map.groupBy(this.#entries(), ({ source }) => source);
    for (const source of this.#firstSeenMs.keys()) {
      if (!bySource.has(source)) this.#firstSeenMs.delete(source);
    }
    for (const [source, entries] of bySource) {
      const firstSeenMs = this.#firstSeenMs.get(source) ?? nowMs;
      this.#firstSeenMs.set(source, firstSeenMs);
      if (nowMs - firstSeenMs < lifetimeMs) continue;
      this.#firstSeenMs.delete(source);
      for (const { tuple } of entries) this.#ask(CT_DELETE, NLM_F_ACK, tuple);
    }
  }

  [Symbol.dispose](): void {
    symbols().close(this.#fd);
  }

  #entries(): Entry[] {
    return this.#ask(CT_GET, NLM_F_DUMP).flatMap((message) => {
      const tuple = attribute(message.subarray(HEADER_BYTES + FAMILY_BYTES), CTA_TUPLE_ORIG);
      if (tuple === undefined) return [];
      const ip = attribute(tuple.body, CTA_TUPLE_IP);
      const address = ip && attribute(ip.body, CTA_IP_V4_SRC);
      const proto = attribute(tuple.body, CTA_TUPLE_PROTO);
      const port = proto && attribute(proto.body, CTA_PROTO_SRC_PORT);
      if (address === undefined || port === undefined) return [];
      const source = `${address.body.toHex()}:${port.body.subarray(0, 2).toHex()}`;
      return [{ source, tuple: tuple.whole.slice() }];
    });
  }

  /** Sends one question and returns the entries that answer it; all happens in the two calls. */
  #ask(type: number, flags: number, body: Uint8Array = new Uint8Array(0)): Uint8Array[] {
    const message = new Uint8Array(HEADER_BYTES + FAMILY_BYTES + body.length);
    const view = new DataView(message.buffer);
    this.#sequence += 1;
    view.setUint32(0, message.length, true);
    view.setUint16(4, type, true);
    view.setUint16(6, NLM_F_REQUEST | flags, true);
    view.setUint32(8, this.#sequence, true);
    view.setUint8(HEADER_BYTES, AF_INET);
    message.set(body, HEADER_BYTES + FAMILY_BYTES);
    symbols().send(this.#fd, ptr(message), BigInt(message.length), 0);
    return this.#answers();
  }

  #answers(): Uint8Array[] {
    const found: Uint8Array[] = [];
    const buffer = new Uint8Array(RECEIVE_BYTES);
    for (;;) {
      const length = symbols().recv(this.#fd, ptr(buffer), BigInt(buffer.length), MSG_DONTWAIT);
      if (length <= 0) return found;
      const view = new DataView(buffer.buffer, 0, length);
      for (let at = 0; at + HEADER_BYTES <= length; at += aligned(view.getUint32(at, true))) {
        const type = view.getUint16(at + 4, true);
        if (type === CT_NEW) found.push(buffer.slice(at, at + view.getUint32(at, true)));
        if (type === NLMSG_ERROR) complain(view.getInt32(at + HEADER_BYTES, true));
      }
    }
  }
}

/** That an entry has just ended by itself is no trouble. */
const ENOENT = -2;

function complain(code: number): void {
  if (code !== 0 && code !== ENOENT) throw new Error(`Cannot change a conntrack table: ${-code}`);
}

interface Attribute {
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

function attribute(bytes: Uint8Array, wanted: number): Attribute | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < 4) return undefined;
    if ((view.getUint16(at + 2, true) & ~NLA_NESTED) === wanted) {
      return { whole: bytes.subarray(at, at + length), body: bytes.subarray(at + 4, at + length) };
    }
    at += aligned(length);
  }
  return undefined;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}

function symbols(): NonNullable<typeof libc>["symbols"] {
  if (libc === undefined) throw new Error("Cannot load the C library");
  return libc.symbols;
}
