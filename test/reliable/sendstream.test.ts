import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer } from "../../lib/base/bytes.ts";
import { Assembler } from "../../lib/reliable/assembler.ts";
import type { StreamRange } from "../../lib/reliable/sent.ts";
import { SEND_BUFFER_BYTES, SendStream } from "../../lib/reliable/sendstream.ts";
import { decodeFrames } from "../../lib/wire/frames.ts";
import { MESSAGE_BYTES_MAX, CHANNEL_WINDOW_BYTES } from "../../lib/wire/limits.ts";

/** What the session's window lets through: all that a stream may ever hold. */
const CREDIT = Infinity;

test("messages that fit together leave in one frame, each after its length", () => {
  const stream = new SendStream(3);
  stream.push(Uint8Array.of(7));
  stream.push(Uint8Array.of(8, 9));

  expect(framesOf(stream, 100)).toEqual([
    { kind: "stream", channel: 3, offset: 0, data: Uint8Array.of(1, 7, 2, 8, 9) },
  ]);
  expect(stream.hasPending(CREDIT)).toBeFalse();
});

test("a frame takes all of its room and not a byte more", () => {
  for (let bytesMax = 0; bytesMax < 200; bytesMax++) {
    const stream = new SendStream(0);
    stream.push(new Uint8Array(1000));
    const writer = new Writer();

    const range = stream.writeFrame(writer, bytesMax, CREDIT);

    expect(writer.length).toBeLessThanOrEqual(bytesMax);
    if (range === undefined) expect(bytesMax).toBeLessThan(5);
    else expect(bytesMax - writer.length).toBeLessThanOrEqual(1);
  }
});

test("what is lost goes first and may be cut anew", () => {
  const stream = new SendStream(0);
  stream.push(new Uint8Array(98));
  const first = writeAll(stream, 60);
  stream.push(new Uint8Array(9));

  for (const range of first) stream.onLost(range.start, range.end);

  expect(writeAll(stream, 30).map((range) => range.start)).toEqual([0, 26, 52, 78, 100]);
});

test("lost bytes that were acknowledged meanwhile are not sent again", () => {
  const stream = new SendStream(0);
  stream.push(new Uint8Array(98));
  writeAll(stream, 1000);

  stream.onAcked(20, 40);
  stream.onAcked(60, 61);
  stream.onLost(10, 70);

  expect(writeAll(stream, 1000)).toEqual([
    { channel: 0, start: 10, end: 20 },
    { channel: 0, start: 40, end: 60 },
    { channel: 0, start: 61, end: 70 },
  ]);
});

test("lost bytes whose acknowledgement comes late are not sent again", () => {
  const stream = new SendStream(0);
  stream.push(new Uint8Array(98));
  writeAll(stream, 1000);

  stream.onLost(10, 70);
  stream.onAcked(10, 70);

  expect(stream.hasPending(CREDIT)).toBeFalse();
});

test("bytes count as queued until all before them are acknowledged", () => {
  const stream = new SendStream(0);
  stream.push(new Uint8Array(98));
  writeAll(stream, 1000);

  stream.onAcked(50, 100);
  expect(stream.queuedBytes).toBe(100);
  stream.onAcked(0, 30);
  expect(stream.queuedBytes).toBe(70);
  stream.onAcked(0, 50);
  expect(stream.queuedBytes).toBe(0);
});

test("a range is missed until all of it is acknowledged", () => {
  const stream = new SendStream(0);
  stream.push(new Uint8Array(98));
  writeAll(stream, 1000);

  stream.onAcked(0, 10);
  stream.onAcked(20, 30);

  expect(stream.isMissed(0, 10)).toBeFalse();
  expect(stream.isMissed(22, 30)).toBeFalse();
  expect(stream.isMissed(5, 12)).toBeTrue();
  expect(stream.isMissed(25, 31)).toBeTrue();
});

test("a full buffer refuses a message whole and takes the next when there is room", () => {
  const stream = new SendStream(0);
  const message = new Uint8Array(MESSAGE_BYTES_MAX);
  while (stream.push(message));
  const full = stream.queuedBytes;

  expect(full).toBe(15 * (MESSAGE_BYTES_MAX + 4));
  expect(stream.push(new Uint8Array(SEND_BUFFER_BYTES - full - 3))).toBeFalse();
  expect(stream.push(new Uint8Array(SEND_BUFFER_BYTES - full - 4))).toBeTrue();
  expect(stream.queuedBytes).toBe(SEND_BUFFER_BYTES);
  expect(stream.push(new Uint8Array(0))).toBeFalse();
});

test("nothing leaves beyond the window of the receiver, which acknowledgements do not move", () => {
  const stream = new SendStream(0);
  while (stream.push(new Uint8Array(MESSAGE_BYTES_MAX)));

  expect(writeAll(stream, 1000).at(-1)?.end).toBe(CHANNEL_WINDOW_BYTES);
  stream.onAcked(0, 2000);
  expect(stream.hasPending(CREDIT)).toBeFalse();
  stream.onWindow(CHANNEL_WINDOW_BYTES + 2000);
  expect(stream.hasPending(CREDIT)).toBeTrue();

  expect(writeAll(stream, 1000).at(-1)?.end).toBe(CHANNEL_WINDOW_BYTES + 2000);
  expect(stream.hasPending(CREDIT)).toBeFalse();
});

test("a window that comes late, or again, takes nothing back", () => {
  const stream = new SendStream(0);
  while (stream.push(new Uint8Array(MESSAGE_BYTES_MAX)));

  stream.onWindow(CHANNEL_WINDOW_BYTES + 500);
  stream.onWindow(CHANNEL_WINDOW_BYTES + 100);
  stream.onWindow(0);

  expect(writeAll(stream, 1000).at(-1)?.end).toBe(CHANNEL_WINDOW_BYTES + 500);
});

test("the credit of the session bounds what is new and never what is lost", () => {
  const stream = new SendStream(0);
  stream.push(new Uint8Array(998));
  const first = stream.writeFrame(new Writer(), 2000, 300);

  expect(first).toEqual({ channel: 0, start: 0, end: 300 });
  expect(stream.sentTo).toBe(300);
  expect(stream.hasPending(0)).toBeFalse();
  expect(stream.writeFrame(new Writer(), 2000, 0)).toBeUndefined();
  stream.onLost(0, 300);

  expect(stream.hasPending(0)).toBeTrue();
  expect(stream.writeFrame(new Writer(), 2000, 0)).toEqual({ channel: 0, start: 0, end: 300 });
  expect(stream.sentTo).toBe(300);
});

test("whatever is lost, acknowledged and cut, the receiver gets every message", () => {
  const step = fc.record({ bytesMax: fc.integer({ min: 8, max: 300 }), fate: fc.nat(3) });
  const messages = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 20 });

  fc.assert(
    fc.property(messages, fc.array(step, { maxLength: 60 }), (sent, steps) => {
      const stream = new SendStream(0);
      const assembler = new Assembler();
      const waiting = [...sent];
      const unheard: StreamRange[] = [];
      for (const { bytesMax, fate } of steps) {
        const next = waiting.shift();
        if (next !== undefined) stream.push(next);
        const range = carry(stream, fate === 0 ? undefined : assembler, bytesMax);
        if (range === undefined) continue;
        if (fate === 1) stream.onAcked(range.start, range.end);
        else unheard.push(range);
        if (fate === 3) for (const late of unheard.splice(0)) stream.onLost(late.start, late.end);
      }
      for (const message of waiting) stream.push(message);
      for (const range of unheard) stream.onLost(range.start, range.end);
      for (let range = carry(stream, assembler, 100); range !== undefined;) {
        stream.onAcked(range.start, range.end);
        range = carry(stream, assembler, 100);
      }

      expect(assembler.pollMessages() ?? []).toEqual(sent);
      expect(stream.queuedBytes).toBe(0);
    }),
  );
});

/** Writes one frame and lets the receiver have it, unless it is lost. */
function carry(
  stream: SendStream,
  receiver: Assembler | undefined,
  bytesMax: number,
): StreamRange | undefined {
  const writer = new Writer();
  const range = stream.writeFrame(writer, bytesMax, CREDIT);
  for (const frame of decodeFrames(writer.finish()) ?? []) {
    if (frame.kind === "stream")
      expect(receiver?.handleData(frame.offset, frame.data)).not.toBe("violation");
  }
  return range;
}

function framesOf(stream: SendStream, bytesMax: number) {
  const writer = new Writer();
  stream.writeFrame(writer, bytesMax, CREDIT);
  return decodeFrames(writer.finish());
}

function writeAll(stream: SendStream, bytesMax: number): StreamRange[] {
  const ranges: StreamRange[] = [];
  let range = stream.writeFrame(new Writer(), bytesMax, CREDIT);
  while (range !== undefined) {
    ranges.push(range);
    range = stream.writeFrame(new Writer(), bytesMax, CREDIT);
  }
  return ranges;
}
