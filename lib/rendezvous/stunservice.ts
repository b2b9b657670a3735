import {
  type Address,
  addressParts,
  formatAddress,
  hostOf,
  isIpv6,
  portOf,
  sourceOf,
} from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import { DATAGRAM_BYTES_BASE } from "../wire/limits.ts";
import {
  type BindingRequest,
  CHANGE_REQUEST,
  decodeStun,
  encodeStun,
  type StunMessage,
} from "../wire/stun.ts";
import { isAnywhere, isWorthTelling } from "./observers.ts";
import { Recent } from "./recent.ts";

/**
 * Answers that are longer than their questions, from all sockets together. With headers they are at
 * most 2.2 times as long, so that a flood of forged questions gets 20 kB a second more than it
 * brings. Questions that are filled up, as ours are, do not count.
 */
export const STUN_LONGER_PER_SECOND = 256;

/** The same for one IPv4 address, or one network of 56 bits in IPv6: a site. RFC 6177 §2. */
export const STUN_LONGER_PER_SOURCE = 4;

/** At once: a few programs of one site that each survey it. */
export const STUN_LONGER_PER_SOURCE_BURST = 32;

/** Sources that are counted; those heard of longest ago may begin anew. About 150 bytes each. */
export const STUN_SOURCES_MAX = 4096;

/** 32 / 4 per second: a bucket is full again, and forgetting it changes nothing. */
const SOURCE_IDLE_MS = 8_000;

const SITE_BYTES = 7;

export interface StunAnswer {
  /** Index of the socket it leaves by. */
  readonly socket: number;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/**
 * A server's answers to anybody's STUN Binding requests, with what RFC 5780 has to survey a NAT as
 * far as there are sockets for it. It knows nobody and keeps nothing. PROTOCOL.md §7, §9.
 */
export class StunService {
  readonly #sockets: readonly Address[];
  readonly #all: TokenBucket;
  readonly #sources = new Recent<TokenBucket>(SOURCE_IDLE_MS, STUN_SOURCES_MAX);

  /** Where each socket is bound; 0.0.0.0 or `::` for anywhere. */
  constructor(now: number, sockets: readonly Address[]) {
    this.#sockets = sockets;
    this.#all = new TokenBucket(now, STUN_LONGER_PER_SECOND, STUN_LONGER_PER_SECOND);
  }

  /** Undefined for what is no request, and for one that has no right to a longer answer. */
  handleDatagram(
    now: number,
    socket: number,
    from: Address,
    bytes: Uint8Array,
  ): StunAnswer | undefined {
    const request = decodeStun(bytes);
    if (request?.kind !== "request") return undefined;
    const answer = this.#answer(socket, from, request, bytes.length);
    return answer.bytes.length <= bytes.length || this.#admit(now, from) ? answer : undefined;
  }

  #answer(socket: number, from: Address, request: BindingRequest, sizeMax: number): StunAnswer {
    const { transaction, responsePort, isPadded, unknown } = request;
    const refuse = (code: number, reason: string, types: readonly number[] = []): StunAnswer => {
      const error = { kind: "error", transaction, code, reason, unknown: types } as const;
      return { socket, to: from, bytes: encodeStun(error) };
    };
    if (unknown.length > 0) return refuse(420, "Unknown Attribute", unknown);
    if (isPadded && responsePort !== undefined) return refuse(400, "Bad Request");
    const by = this.#other(socket, request.change);
    if (by === undefined) return refuse(420, "Unknown Attribute", [CHANGE_REQUEST]);
    const response: StunMessage = {
      kind: "response",
      transaction,
      mapped: from,
      origin: this.#told(by, from),
      other: this.#told(this.#opposite(socket), from),
      paddingBytes: undefined,
    };
    const plain = encodeStun(response);
    const whole = Math.min(sizeMax, DATAGRAM_BYTES_BASE);
    const room = whole - plain.length - ATTRIBUTE_HEADER_BYTES;
    const bytes = isPadded && room >= 0 ? encodeStun({ ...response, paddingBytes: room }) : plain;
    return { socket: by, to: withPort(from, responsePort), bytes };
  }

  /** The socket that differs from this one in just that. */
  #other(socket: number, change: BindingRequest["change"]): number | undefined {
    if (!change.ip && !change.port) return socket;
    const own = this.#sockets[socket];
    if (own === undefined) return undefined;
    const found = this.#sockets.findIndex((other) => {
      if (change.ip !== (hostOf(other) !== hostOf(own))) return false;
      if (change.port !== (portOf(other) !== portOf(own))) return false;
      return !change.ip || isOtherHost(own, other);
    });
    return found < 0 ? undefined : found;
  }

  /** That which differs in both, where there are those that differ in one: RFC 5780 §6.1. */
  #opposite(socket: number): number | undefined {
    const isSquare =
      this.#other(socket, { ip: true, port: false }) !== undefined &&
      this.#other(socket, { ip: false, port: true }) !== undefined;
    return isSquare ? this.#other(socket, { ip: true, port: true }) : undefined;
  }

  #told(socket: number | undefined, asker: Address): Address | undefined {
    const own = socket === undefined ? undefined : this.#sockets[socket];
    if (own === undefined || isAnywhere(own)) return undefined;
    return isWorthTelling(own, asker) ? own : undefined;
  }

  #admit(now: number, from: Address): boolean {
    const source = sourceOf(from, SITE_BYTES);
    const bucket = this.#sources.get(now, source) ?? sourceBucket(now);
    this.#sources.set(now, source, bucket);
    // Whom one limit refuses has spent nothing of the other.
    return bucket.has(now) && this.#all.take(now) && bucket.take(now);
  }
}

const ATTRIBUTE_HEADER_BYTES = 4;

function isOtherHost(own: Address, other: Address): boolean {
  return isIpv6(own) === isIpv6(other) && !isAnywhere(own) && !isAnywhere(other);
}

function withPort(address: Address, port: number | undefined): Address {
  return port === undefined ? address : formatAddress({ ...addressParts(address), port });
}

function sourceBucket(now: number): TokenBucket {
  return new TokenBucket(now, STUN_LONGER_PER_SOURCE, STUN_LONGER_PER_SOURCE_BURST);
}
