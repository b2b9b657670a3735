import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer, fromHex } from "../../lib/base/bytes.ts";
import { Assembler, RECEIVE_GAPS_MAX } from "../../lib/reliable/assembler.ts";
import { MESSAGE_BYTES_MAX } from "../../lib/wire/limits.ts";

test("a message comes out as soon as it is whole, and once", () => {
  const assembler = new Assembler();

  expect(assembler.handleData(0, Uint8Array.of(3, 7, 8))).toBe("ok");
  expect(assembler.pollMessages()).toBeUndefined();
  expect(assembler.handleData(3, Uint8Array.of(9))).toBe("ok");
  expect(assembler.pollMessages()).toEqual([Uint8Array.of(7, 8, 9)]);
  expect(assembler.pollMessages()).toBeUndefined();
});

test("messages that came together are polled together", () => {
  const assembler = new Assembler();

  assembler.handleData(0, Uint8Array.of(1, 5, 2, 6, 7, 3, 8));
  assembler.handleData(7, Uint8Array.of(9, 10, 1, 11));

  const messages = [[5], [6, 7], [8, 9, 10], [11]].map((bytes) => Uint8Array.from(bytes));
  expect(assembler.pollMessages()).toEqual(messages);
});

test("an empty message is a message, in whatever pieces its length comes", () => {
  const whole = new Assembler();
  const halves = new Assembler();

  whole.handleData(0, Uint8Array.of(0, 1, 5));
  halves.handleData(0, Uint8Array.of(0x40));
  halves.handleData(1, Uint8Array.of(0, 1, 5));

  for (const assembler of [whole, halves]) {
    expect(assembler.pollMessages()).toEqual([new Uint8Array(0), Uint8Array.of(5)]);
  }
});

test("a long message that comes whole and in order is a view into what brought it", () => {
  const assembler = new Assembler();
  const datagram = streamOf([new Uint8Array(1000).fill(1)]);

  assembler.handleData(0, datagram);

  expect(assembler.pollMessages()?.[0]?.buffer).toBe(datagram.buffer);
});

test.each([
  ["is short", streamOf([Uint8Array.of(1, 2)]), 0],
  ["comes after another that was not polled", streamOf([new Uint8Array(1000)]), 1],
  ["comes beyond a gap", streamOf([new Uint8Array(1000)]), 2],
] as const)("a message that %s does not keep what brought it", (_, message, before) => {
  const assembler = new Assembler();
  const datagram = message.slice();
  if (before === 1) assembler.handleData(0, Uint8Array.of(0));
  assembler.handleData(before, datagram);
  if (before === 2) assembler.handleData(0, Uint8Array.of(0, 0));

  const last = assembler.pollMessages()?.at(-1);
  datagram.fill(9);

  expect(last?.buffer).not.toBe(datagram.buffer);
  expect(streamOf(last === undefined ? [] : [last])).toEqual(message);
});

test("who does not poll keeps copies, and one datagram at the most", () => {
  const assembler = new Assembler();
  const datagrams = Array.from({ length: 20 }, () => streamOf([new Uint8Array(1000)]));
  for (const [i, datagram] of datagrams.entries()) {
    assembler.handleData(i * datagram.length, datagram);
  }

  const kept = new Set(assembler.pollMessages()?.map(({ buffer }) => buffer));

  expect(datagrams.filter(({ buffer }) => kept.has(buffer))).toHaveLength(1);
});

test("it knows what was taken and how far the stream reaches", () => {
  const assembler = new Assembler();
  const marks = () => [assembler.takenTo, assembler.reach];

  expect(marks()).toEqual([0, 0]);
  assembler.handleData(0, Uint8Array.of(1, 5, 3, 6));
  expect(marks()).toEqual([4, 4]);
  assembler.handleData(9, Uint8Array.of(1));
  expect(marks()).toEqual([4, 10]);
  assembler.handleData(4, Uint8Array.of(7, 8, 2, 0, 0));
  expect(marks()).toEqual([4, 10]);
  assembler.pollMessages();

  expect(marks()).toEqual([10, 10]);
});

test("any cutting, overlap, repetition and order of the pieces gives the same messages", () => {
  const piece = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), size: fc.nat(900) });
  const short = fc.uint8Array({ maxLength: 120 });
  const long = fc.nat(2000).map((size) => new Uint8Array(size).fill(size));
  const messages = fc.array(fc.oneof(short, long), { maxLength: 12 });
  const polls = fc.constantFrom("always", "sometimes", "late");

  fc.assert(
    fc.property(messages, fc.array(piece), polls, (sent, pieces, poll) => {
      const assembler = new Assembler();
      const stream = streamOf(sent);
      const heard: Uint8Array[] = [];
      const asHeard: Uint8Array[] = [];
      const take = () => {
        const messagesNow = assembler.pollMessages() ?? [];
        heard.push(...messagesNow);
        asHeard.push(...messagesNow.map((message) => message.slice()));
      };
      for (const [i, { at, size }] of pieces.entries()) {
        const start = Math.floor(at * stream.length);
        // Each in a datagram of its own, as an opened packet is.
        expect(assembler.handleData(start, stream.slice(start, start + size))).toBe("ok");
        if (poll === "always" || (poll === "sometimes" && i % 3 === 0)) take();
      }
      for (let start = 0; start < stream.length; start += 700) {
        expect(assembler.handleData(start, stream.slice(start, start + 700))).toBe("ok");
        if (poll === "always") take();
      }
      take();

      expect(asHeard).toEqual(sent);
      expect(heard).toEqual(sent);
      expect([assembler.takenTo, assembler.reach]).toEqual([stream.length, stream.length]);
    }),
  );
});

test("in order and cut anywhere, every message is there as soon as its last byte is", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 12 });

  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 90 })), (sent, sizes) => {
      const assembler = new Assembler();
      const stream = streamOf(sent);
      const ends = sent.map((_, i) => streamOf(sent.slice(0, i + 1)).length);
      let heard = 0;
      let at = 0;
      for (const size of [...sizes, stream.length]) {
        assembler.handleData(at, stream.slice(at, at + size));
        at += size;
        heard += assembler.pollMessages()?.length ?? 0;
        expect(heard).toBe(ends.filter((end) => end <= at).length);
      }
    }),
  );
});

test("the first byte that differs from one that is held is a violation, in any order", () => {
  // Never the first byte, so that all of it is held.
  const piece = fc.record({
    at: fc.integer({ min: 1, max: 240 }),
    size: fc.integer({ min: 1, max: 60 }),
  });

  fc.assert(
    fc.property(fc.array(piece, { minLength: 1 }), fc.nat(), (pieces, pick) => {
      const assembler = new Assembler();
      const stream = streamOf([new Uint8Array(300)]);
      const have = new Set<number>();
      for (const { at, size } of pieces) {
        assembler.handleData(at, stream.slice(at, at + size));
        for (let i = at; i < at + size; i++) have.add(i);
      }
      const place = [...have][pick % have.size] ?? 0;
      const from = Math.max(1, place - 5);
      const forged = stream.slice(from, place + 5);
      forged.set([~(stream.at(place) ?? 0)], place - from);

      expect(assembler.handleData(from, forged)).toBe("violation");
    }),
  );
});

test("a message of the greatest length passes, one more byte is a violation", () => {
  const greatest = new Assembler();
  const stream = streamOf([new Uint8Array(MESSAGE_BYTES_MAX).fill(7)]);

  expect(greatest.handleData(0, stream)).toBe("ok");
  expect(greatest.pollMessages()?.map(({ length }) => length)).toEqual([MESSAGE_BYTES_MAX]);
  expect(new Assembler().handleData(0, lengthOf(MESSAGE_BYTES_MAX + 1))).toBe("violation");
});

test.each(["80010299", "bfffffff", "c01fffffffffffff", "ffffffffffffffff"])(
  "a length of %s is a violation once its last byte is there",
  (hex) => {
    const head = fromHex(hex) ?? new Uint8Array(0);
    const assembler = new Assembler();

    const results = Array.from(head, (byte, i) => assembler.handleData(i, Uint8Array.of(byte)));

    expect(results.slice(0, -1)).not.toContain("violation");
    expect(results.at(-1)).toBe("violation");
  },
);

test("a length after a message that waits is checked when that is polled", () => {
  const assembler = new Assembler();
  assembler.handleData(0, Uint8Array.of(1, 42));

  expect(assembler.handleData(2, lengthOf(MESSAGE_BYTES_MAX + 1))).toBe("ok");
  expect(assembler.pollMessages()).toEqual([Uint8Array.of(42)]);
  expect(assembler.handleData(6, Uint8Array.of(1))).toBe("violation");
});

test("bytes that come again as others are a violation", () => {
  const assembler = new Assembler();
  assembler.handleData(4, Uint8Array.of(1, 2, 3));

  expect(assembler.handleData(2, Uint8Array.of(9, 9, 1, 2))).toBe("ok");
  expect(assembler.handleData(5, Uint8Array.of(2, 4))).toBe("violation");
});

test("a length that is too great is found behind a gap as soon as the gap is closed", () => {
  const assembler = new Assembler();
  const length = lengthOf(MESSAGE_BYTES_MAX + 1);

  expect(assembler.handleData(2, length)).toBe("ok");
  expect(assembler.handleData(0, Uint8Array.of(1))).toBe("ok");

  expect(assembler.handleData(1, Uint8Array.of(42))).toBe("violation");
});

test.each([1, 2, 3])("a length that is too great is found when cut after %d bytes", (cut) => {
  for (const before of [[], [1, 42], [0, 0, 0]]) {
    const assembler = new Assembler();
    const length = lengthOf(MESSAGE_BYTES_MAX + 1);
    const first = Uint8Array.of(...before, ...length.subarray(0, cut));
    expect(assembler.handleData(0, first)).toBe("ok");
    assembler.pollMessages();
    expect(assembler.handleData(first.length, length.subarray(cut))).toBe("violation");
  }
});

test("bytes of polled messages may come again", () => {
  const assembler = new Assembler();
  assembler.handleData(0, Uint8Array.of(2, 1, 2, 1));
  assembler.pollMessages();

  expect(assembler.handleData(0, Uint8Array.of(2, 1, 2, 1, 5))).toBe("ok");
  expect(assembler.pollMessages()).toEqual([Uint8Array.of(5)]);
  expect(assembler.handleData(0, Uint8Array.of(2, 1))).toBe("ok");
  expect(assembler.pollMessages()).toBeUndefined();
});

test("with too many gaps only what closes the first is taken", () => {
  const assembler = new Assembler();
  for (let i = 1; i <= RECEIVE_GAPS_MAX; i++) {
    expect(assembler.handleData(2 * i, Uint8Array.of(0))).toBe("ok");
  }

  expect(assembler.handleData(2 * RECEIVE_GAPS_MAX + 2, Uint8Array.of(0))).toBe("refused");
  expect(assembler.reach).toBe(2 * RECEIVE_GAPS_MAX + 1);
  for (let i = 0; i <= RECEIVE_GAPS_MAX; i++) {
    expect(assembler.handleData(2 * i, Uint8Array.of(0, 0))).toBe("ok");
  }
  expect(assembler.pollMessages()).toHaveLength(2 * RECEIVE_GAPS_MAX + 2);
});

test("any pieces whatever are taken, refused or a violation, and nothing throws", () => {
  const piece = fc.record({
    offset: fc.oneof(fc.nat(300), fc.nat(400_000)),
    data: fc.uint8Array({ maxLength: 200 }),
  });

  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const assembler = new Assembler();
      for (const { offset, data } of pieces) {
        const result = assembler.handleData(offset, data);
        for (const message of assembler.pollMessages() ?? []) {
          expect(message.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
        }
        if (result === "violation") return;
      }
    }),
  );
});

function streamOf(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const message of messages) writer.varint(message.length).bytes(message);
  return writer.finish();
}

function lengthOf(size: number): Uint8Array {
  return new Writer().varint(size).finish();
}
