import { decodeUtf8, encodeUtf8 } from "../base/text.ts";
import { Reader, Writer, varintSize } from "../base/bytes.ts";
import { ACK_RANGES_MAX, CLOSE_REASON_BYTES_MAX } from "./limits.ts";

/**
 * What a sealed transport packet holds: frames of kind, length and body. PROTOCOL.md §5. Unknown
 * kinds are skipped by their length. Packet numbers are the counters of the transport packets.
 */
export type Frame =
  | { readonly kind: "ping" }
  | AckFrame
  | StreamFrame
  | WindowFrame
  | { readonly kind: "datagram"; readonly data: Uint8Array }
  | { readonly kind: "close"; readonly code: number; readonly reason: string }
  | { readonly kind: "path-challenge"; readonly data: Uint8Array }
  | { readonly kind: "path-response"; readonly data: Uint8Array }
  /** A chat message that is said ahead of its stream. */
  | { readonly kind: "word"; readonly data: Uint8Array };

/** RFC 9000 §19.3. Ranges are inclusive, descending and disjoint; there is at least one. */
export interface AckFrame {
  readonly kind: "ack";
  readonly delayUs: number;
  readonly ranges: readonly AckRange[];
}

export interface AckRange {
  readonly first: number;
  readonly last: number;
}

/** Bytes `offset` and on of a channel's stream: messages in a row, each after its varint length. */
export interface StreamFrame {
  readonly kind: "stream";
  readonly channel: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** RFC 9000 §19.9 and §19.10: how far a channel's stream, or all together, may reach. */
export interface WindowFrame {
  readonly kind: "window";
  /** A channel, or WHOLE_SESSION. */
  readonly scope: number;
  readonly limit: number;
}

/** The scope of a window frame that limits the sum of all channels. */
export const WHOLE_SESSION = 255;

export const PATH_DATA_BYTES = 8;

/** Kind and length of a frame without a body. */
export const PING_BYTES = 2;

const PADDING = 0;
const PING = 1;
const PING_FRAME = Uint8Array.of(PING, 0);
const ACK = 2;
const STREAM = 3;
const DATAGRAM = 4;
const CLOSE = 5;
const PATH_CHALLENGE = 6;
const PATH_RESPONSE = 7;
const WINDOW = 8;
const WORD = 9;

/** Whether the peer owes an acknowledgement for a packet with this frame (RFC 9002 §2). */
export function isAckEliciting(frame: Frame): boolean {
  return frame.kind !== "ack" && frame.kind !== "close" && frame.kind !== "word";
}

/** Bytes a stream frame takes besides its data: kind, length, channel, offset. */
export function streamFrameOverhead(offset: number, dataBytes: number): number {
  const head = 1 + varintSize(offset);
  return 1 + varintSize(head + dataBytes) + head;
}

export function writeFrame(writer: Writer, frame: Frame): void {
  switch (frame.kind) {
    case "ping":
      writer.u8(PING).u8(0);
      return;
    case "ack":
      writeBody(writer, ACK, ackBody(frame));
      return;
    case "stream":
      writer.u8(STREAM).varint(1 + varintSize(frame.offset) + frame.data.length);
      writer.u8(frame.channel).varint(frame.offset).bytes(frame.data);
      return;
    case "window":
      writer
        .u8(WINDOW)
        .varint(1 + varintSize(frame.limit))
        .u8(frame.scope)
        .varint(frame.limit);
      return;
    case "datagram":
      writeBody(writer, DATAGRAM, frame.data);
      return;
    case "close":
      writeBody(writer, CLOSE, closeBody(frame.code, frame.reason));
      return;
    case "path-challenge":
      writeBody(writer, PATH_CHALLENGE, frame.data);
      return;
    case "path-response":
      writeBody(writer, PATH_RESPONSE, frame.data);
      return;
    case "word":
      writeBody(writer, WORD, frame.data);
      return;
    default:
      frame satisfies never;
  }
}

/** A ping of at least so many bytes, padding included: see `padFrames`. */
export function paddedPing(bytes: number): Uint8Array {
  return padFrames(PING_FRAME, bytes);
}

/**
 * The frames with padding after them, at least `bytes` in all: one or two more where no padding is
 * as short as what is missing. Readers skip it as unknown.
 */
export function padFrames(frames: Uint8Array, bytes: number): Uint8Array {
  if (frames.length >= bytes) return frames;
  const room = Math.max(2, bytes - frames.length);
  const least = room - 1 - varintSize(room - 2);
  const zeros = least + 1 + varintSize(least) < room ? least + 1 : least;
  const writer = new Writer(frames.length + room).bytes(frames);
  return writer.u8(PADDING).varint(zeros).zeros(zeros).finish();
}

/** Undefined if any known frame is malformed; data fields are views into `bytes`. */
export function decodeFrames(bytes: Uint8Array): Frame[] | undefined {
  const reader = new Reader(bytes);
  const frames: Frame[] = [];
  while (reader.remaining > 0) {
    const kind = reader.u8();
    const body = reader.within(reader.varint());
    if (!reader.ok) return undefined;
    const frame = readFrame(kind, body);
    if (frame === undefined || !body.ok) return undefined;
    if (frame !== "unknown") frames.push(frame);
  }
  return frames;
}

function readFrame(kind: number, body: Reader): Frame | "unknown" | undefined {
  switch (kind) {
    case PING:
      return { kind: "ping" };
    case ACK:
      return readAck(body);
    case STREAM:
      return {
        kind: "stream",
        channel: body.u8(),
        offset: body.varint(),
        data: body.rest(),
      };
    case WINDOW:
      return { kind: "window", scope: body.u8(), limit: body.varint() };
    case DATAGRAM:
      return { kind: "datagram", data: body.rest() };
    case CLOSE: {
      const code = body.u8();
      const reason = body.bytes(body.u8());
      const isText = reason.length <= CLOSE_REASON_BYTES_MAX;
      return { kind: "close", code, reason: (isText ? decodeUtf8(reason) : undefined) ?? "" };
    }
    case PATH_CHALLENGE:
      return { kind: "path-challenge", data: body.bytes(PATH_DATA_BYTES) };
    case PATH_RESPONSE:
      return { kind: "path-response", data: body.bytes(PATH_DATA_BYTES) };
    case WORD:
      return { kind: "word", data: body.rest() };
    default:
      return "unknown";
  }
}

function writeBody(writer: Writer, kind: number, body: Uint8Array): void {
  writer.u8(kind).varint(body.length).bytes(body);
}

function closeBody(code: number, reason: string): Uint8Array {
  const text = encodeUtf8(reason, CLOSE_REASON_BYTES_MAX);
  return new Writer(2 + text.length).u8(code).u8(text.length).bytes(text).finish();
}

/** Delay, largest, count of further ranges, the first's length, then gap and length of each. */
function ackBody({ delayUs, ranges }: AckFrame): Uint8Array {
  const writer = new Writer(64).varint(delayUs);
  const told = ranges.length > ACK_RANGES_MAX ? ranges.slice(0, ACK_RANGES_MAX) : ranges;
  let smallest: number | undefined;
  for (const { first, last } of told) {
    if (smallest === undefined) writer.varint(last).varint(told.length - 1);
    else writer.varint(smallest - last - 2);
    writer.varint(last - first);
    smallest = first;
  }
  return writer.finish();
}

function readAck(body: Reader): AckFrame | undefined {
  const delayUs = body.varint();
  let last = body.varint();
  const others = body.varint();
  if (others >= ACK_RANGES_MAX) return undefined;
  let first = last - body.varint();
  const ranges: AckRange[] = [{ first, last }];
  for (let i = 0; i < others; i++) {
    last = first - body.varint() - 2;
    first = last - body.varint();
    ranges.push({ first, last });
  }
  return first < 0 ? undefined : { kind: "ack", delayUs, ranges };
}
