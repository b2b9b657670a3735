import type { Address } from "../base/address.ts";
import { assert } from "../base/assert.ts";
import { NO_BYTES, Reader, Writer } from "../base/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../base/text.ts";
import { decodeStunAddress, encodeStunAddress } from "./stunaddress.ts";
import {
  decodeStunFrame,
  encodeStunFrame,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  OPTIONAL,
} from "./stunframe.ts";

/**
 * The STUN that this program speaks: Binding of RFC 8489, and what RFC 5780 adds to it to tell how
 * a NAT maps and filters. No credentials: nothing here proves who anybody is. PROTOCOL.md §7.
 */
export type StunMessage = BindingRequest | BindingResponse | BindingError;

export interface BindingRequest {
  readonly kind: "request";
  /** TRANSACTION_BYTES. */
  readonly transaction: Uint8Array;
  /** Answer from another IP address, another port, or both. RFC 5780 §7.2. */
  readonly change: { readonly ip: boolean; readonly port: boolean };
  /** Answer to this port of the address that the request came from. RFC 5780 §7.5. */
  readonly responsePort: number | undefined;
  /** It holds PADDING, and wants some. RFC 5780 §7.6. */
  readonly isPadded: boolean;
  /** Types of what must be understood and is not, the first UNKNOWN_MAX; written as empty. */
  readonly unknown: readonly number[];
}

export interface BindingResponse {
  readonly kind: "response";
  readonly transaction: Uint8Array;
  /** Where the request came from, as the server sees it. */
  readonly mapped: Address;
  /** What the response was sent from. RFC 5780 §7.3. */
  readonly origin: Address | undefined;
  /** What it would come from if both address and port were to change. RFC 5780 §7.4. */
  readonly other: Address | undefined;
  /** Bytes of PADDING. */
  readonly paddingBytes: number | undefined;
}

export interface BindingError {
  readonly kind: "error";
  readonly transaction: Uint8Array;
  /** From 300 to 699. */
  readonly code: number;
  /** For people; at most REASON_BYTES_MAX in UTF-8. */
  readonly reason: string;
  /** With code 420, what was not understood: the first UNKNOWN_MAX. */
  readonly unknown: readonly number[];
}

/** Types of attributes of one request that are told to be unknown. */
export const UNKNOWN_MAX = 16;

/** RFC 8489 §14.8: fewer than 128 characters, at most 509 bytes. */
const REASON_BYTES_MAX = 509;

/**
 * Requests of this length are never shorter than their response: with IPv6, a header of 20 bytes,
 * three addresses of 24 and FINGERPRINT of 8.
 */
export const STUN_REQUEST_BYTES = 100;

/** Also the type of an attribute that a request asks for in vain. */
export const CHANGE_REQUEST = 0x0003;

const REQUEST = 0x0001;
const RESPONSE = 0x0101;
const ERROR = 0x0111;

const MAPPED_ADDRESS = 0x0001;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
const PADDING = 0x0026;
const RESPONSE_PORT = 0x0027;
const RESPONSE_ORIGIN = 0x802b;
const OTHER_ADDRESS = 0x802c;

/** Proofs of integrity among them: nobody here has the key, so they prove nothing. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  MAPPED_ADDRESS,
  CHANGE_REQUEST,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  ERROR_CODE,
  UNKNOWN_ATTRIBUTES,
  XOR_MAPPED_ADDRESS,
  PADDING,
  RESPONSE_PORT,
]);

const CHANGE_IP = 4;
const CHANGE_PORT = 2;

type Attributes = ReadonlyMap<number, Uint8Array>;

/**
 * Filled up to `bytesMin`, a multiple of 4, with what servers ignore. PADDING they would have to
 * answer with as much, and it goes with no RESPONSE-PORT: RFC 5780 §6.1.
 */
export function encodeStun(message: StunMessage, bytesMin = 0): Uint8Array {
  const { transaction } = message;
  switch (message.kind) {
    case "request":
      return encodeStunFrame(
        { type: REQUEST, transaction, attributes: ofRequest(message) },
        bytesMin,
      );
    case "response":
      return encodeStunFrame(
        { type: RESPONSE, transaction, attributes: ofResponse(message) },
        bytesMin,
      );
    case "error":
      return encodeStunFrame({ type: ERROR, transaction, attributes: ofError(message) }, bytesMin);
    default:
      return message satisfies never;
  }
}

/**
 * Undefined unless the bytes are one message of these, and for responses and errors that demand to
 * be understood in more than that: RFC 8489 §6.3.3. Fields are views into `bytes`.
 */
export function decodeStun(bytes: Uint8Array): StunMessage | undefined {
  const frame = decodeStunFrame(bytes);
  if (frame === undefined) return undefined;
  const { type, transaction, attributes } = frame;
  const unknown = unknownOf(attributes);
  if (type === REQUEST) return readRequest(transaction, attributes, unknown);
  if (unknown.length > 0) return undefined;
  if (type === RESPONSE) return readResponse(transaction, attributes);
  return type === ERROR ? readError(transaction, attributes) : undefined;
}

function unknownOf(attributes: Attributes): number[] {
  const types = attributes.keys().filter((type) => type < OPTIONAL && !UNDERSTOOD.has(type));
  return [...types.take(UNKNOWN_MAX)];
}

function ofRequest(request: BindingRequest): Attributes {
  const { change, responsePort, isPadded, unknown } = request;
  assert(unknown.length <= UNKNOWN_MAX, "no more attributes are written than are read");
  const attributes = new Map<number, Uint8Array>();
  if (change.ip || change.port) {
    const flags = (change.ip ? CHANGE_IP : 0) | (change.port ? CHANGE_PORT : 0);
    attributes.set(CHANGE_REQUEST, new Writer(4).u32(flags).finish());
  }
  if (responsePort !== undefined) {
    attributes.set(RESPONSE_PORT, new Writer(2).u16(responsePort).finish());
  }
  if (isPadded) attributes.set(PADDING, NO_BYTES);
  for (const type of unknown) attributes.set(type, NO_BYTES);
  return attributes;
}

function readRequest(
  transaction: Uint8Array,
  attributes: Attributes,
  unknown: readonly number[],
): BindingRequest | undefined {
  const changeValue = attributes.get(CHANGE_REQUEST);
  const portValue = attributes.get(RESPONSE_PORT);
  if (changeValue !== undefined && changeValue.length !== 4) return undefined;
  const flags = changeValue === undefined ? 0 : new Reader(changeValue).u32();
  const responsePort = portValue === undefined ? undefined : new Reader(portValue).u16();
  if (responsePort === 0) return undefined;
  return {
    kind: "request",
    transaction,
    change: { ip: (flags & CHANGE_IP) !== 0, port: (flags & CHANGE_PORT) !== 0 },
    responsePort,
    isPadded: attributes.has(PADDING),
    unknown,
  };
}

function ofResponse(response: BindingResponse): Attributes {
  const { transaction, mapped, origin, other, paddingBytes } = response;
  const attributes = new Map([[XOR_MAPPED_ADDRESS, encodeStunAddress(mapped, transaction)]]);
  if (origin !== undefined) attributes.set(RESPONSE_ORIGIN, encodeStunAddress(origin));
  if (other !== undefined) attributes.set(OTHER_ADDRESS, encodeStunAddress(other));
  if (paddingBytes !== undefined) attributes.set(PADDING, new Uint8Array(paddingBytes));
  return attributes;
}

/** Servers of RFC 3489 know no XOR-MAPPED-ADDRESS. */
function readResponse(
  transaction: Uint8Array,
  attributes: Attributes,
): BindingResponse | undefined {
  const mapped = attributes.has(XOR_MAPPED_ADDRESS)
    ? decodeStunAddress(attributes.get(XOR_MAPPED_ADDRESS), transaction)
    : decodeStunAddress(attributes.get(MAPPED_ADDRESS));
  if (mapped === undefined) return undefined;
  return {
    kind: "response",
    transaction,
    mapped,
    origin: decodeStunAddress(attributes.get(RESPONSE_ORIGIN)),
    other: decodeStunAddress(attributes.get(OTHER_ADDRESS)),
    paddingBytes: attributes.get(PADDING)?.length,
  };
}

function ofError({ code, reason, unknown }: BindingError): Attributes {
  const text = encodeUtf8(reason);
  assert(code >= 300 && code <= 699, "an error is from 300 to 699");
  assert(text.length <= REASON_BYTES_MAX, "a reason is as short as it is read");
  assert(unknown.length <= UNKNOWN_MAX, "no more attributes are written than are read");
  const said = new Writer().u16(0).u8(Math.floor(code / 100));
  const attributes = new Map([
    [
      ERROR_CODE,
      said
        .u8(code % 100)
        .bytes(text)
        .finish(),
    ],
  ]);
  if (unknown.length === 0) return attributes;
  const types = new Writer();
  for (const type of unknown) types.u16(type);
  return attributes.set(UNKNOWN_ATTRIBUTES, types.finish());
}

function readError(transaction: Uint8Array, attributes: Attributes): BindingError | undefined {
  const said = new Reader(attributes.get(ERROR_CODE) ?? NO_BYTES);
  said.u16();
  const hundreds = said.u8() & 7;
  const rest = said.u8();
  if (!said.ok || hundreds < 3 || hundreds > 6 || rest > 99) return undefined;
  const text = said.rest();
  const reason = text.length > REASON_BYTES_MAX ? undefined : decodeUtf8(text);
  const types = new Reader(attributes.get(UNKNOWN_ATTRIBUTES) ?? NO_BYTES);
  const unknown: number[] = [];
  while (types.remaining >= 2 && unknown.length < UNKNOWN_MAX) unknown.push(types.u16());
  return { kind: "error", transaction, code: 100 * hundreds + rest, reason: reason ?? "", unknown };
}
