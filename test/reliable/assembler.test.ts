import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer, fromHex } from "../../lib/base/bytes.ts";
import {
  Assembler,
  RECEIVE_BUFFER_BYTES,
  RECEIVE_RANGES_MAX,
} from "../../lib/reliable/assembler.ts";
import { MESSAGE_BYTES_MAX, RECEIVE_WINDOW_BYTES } from "../../lib/wire/limits.ts";

test("a message comes out as soon as it is whole, and once", () => {
  const assembler = new Assembler();

  expect(assembler.handleData(0, Uint8Array.of(3, 7, 8))).toBe("ok");
  expect(assembler.pollMessage()).toBeUndefined();
  expect(assembler.handleData(3, Uint8Array.of(9))).toBe("ok");
  expect(assembler.pollMessage()).toEqual(Uint8Array.of(7, 8, 9));
  expect(assembler.pollMessage()).toBeUndefined();
});

test("an empty message is a message", () => {
  const assembler = new Assembler();

  assembler.handleData(0, Uint8Array.of(0, 1, 5));

  expect(assembler.pollMessage()).toEqual(new Uint8Array(0));
  expect(assembler.pollMessage()).toEqual(Uint8Array.of(5));
});

test("a message is the caller's own, whatever becomes of the datagram", () => {
  const assembler = new Assembler();
  const datagram = Uint8Array.of(2, 1, 2);
  assembler.handleData(0, datagram);

  const message = assembler.pollMessage();
  datagram.fill(0);
  assembler.handleData(3, Uint8Array.of(2, 3, 4));

  expect(message).toEqual(Uint8Array.of(1, 2));
});

test("any cutting, overlap, repetition and order of the pieces gives the same messages", () => {
  const piece = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), size: fc.nat(90) });
  const messages = fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 12 });

  fc.assert(
    fc.property(messages, fc.array(piece), fc.boolean(), (sent, pieces, pollsEarly) => {
      const assembler = new Assembler();
      const stream = streamOf(sent);
      const heard: Uint8Array[] = [];
      for (const { at, size } of pieces) {
        const start = Math.floor(at * stream.length);
        expect(assembler.handleData(start, stream.subarray(start, start + size))).toBe("ok");
        if (pollsEarly) heard.push(...pollAll(assembler));
      }
      expect(assembler.handleData(0, stream)).toBe("ok");

      heard.push(...pollAll(assembler));
      expect(heard).toEqual(sent);
    }),
  );
});

test("the window ends a fixed distance beyond what came without a gap", () => {
  const byte = Uint8Array.of(0);

  expect(new Assembler().handleData(RECEIVE_WINDOW_BYTES - 1, byte)).toBe("ok");
  expect(new Assembler().handleData(RECEIVE_WINDOW_BYTES, byte)).toBe("violation");

  const later = new Assembler();
  later.handleData(0, Uint8Array.of(63, 1, 2, 3));
  expect(later.handleData(RECEIVE_WINDOW_BYTES + 3, byte)).toBe("ok");
  expect(later.handleData(RECEIVE_WINDOW_BYTES + 4, byte)).toBe("violation");
});

test.each([2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])(
  "data at offset %d is a violation and costs no memory",
  (offset) => {
    expect(new Assembler().handleData(offset, Uint8Array.of(1))).toBe("violation");
  },
);

test("a message of the greatest length passes, one more byte is a violation", () => {
  const greatest = new Assembler();
  const stream = streamOf([new Uint8Array(MESSAGE_BYTES_MAX).fill(7)]);

  expect(greatest.handleData(0, stream)).toBe("ok");
  expect(greatest.pollMessage()).toHaveLength(MESSAGE_BYTES_MAX);
  expect(new Assembler().handleData(0, lengthOf(MESSAGE_BYTES_MAX + 1))).toBe("violation");
});

test.each(["800101d1", "bfffffff", "c01fffffffffffff", "ffffffffffffffff"])(
  "a length of %s is a violation once its last byte is there",
  (hex) => {
    const head = fromHex(hex) ?? new Uint8Array(0);
    const assembler = new Assembler();

    const results = Array.from(head, (byte, i) => assembler.handleData(i, Uint8Array.of(byte)));

    expect(results.slice(0, -1)).not.toContain("violation");
    expect(results.at(-1)).toBe("violation");
  },
);

test("a length after a message is checked before the message is polled", () => {
  const assembler = new Assembler();
  assembler.handleData(0, Uint8Array.of(1, 42));

  expect(assembler.handleData(2, lengthOf(MESSAGE_BYTES_MAX + 1))).toBe("violation");
});

test("bytes that come again as others are a violation", () => {
  const assembler = new Assembler();
  assembler.handleData(4, Uint8Array.of(1, 2, 3));

  expect(assembler.handleData(2, Uint8Array.of(9, 9, 1, 2))).toBe("ok");
  expect(assembler.handleData(5, Uint8Array.of(2, 4))).toBe("violation");
});

test("bytes of polled messages may come again", () => {
  const assembler = new Assembler();
  assembler.handleData(0, Uint8Array.of(2, 1, 2, 1));
  assembler.pollMessage();

  expect(assembler.handleData(0, Uint8Array.of(2, 1, 2, 1, 5))).toBe("ok");
  expect(assembler.pollMessage()).toEqual(Uint8Array.of(5));
  expect(assembler.handleData(0, Uint8Array.of(2, 1))).toBe("ok");
  expect(assembler.pollMessage()).toBeUndefined();
});

test("with too many gaps only what closes the first is taken", () => {
  const assembler = new Assembler();
  for (let i = 1; i <= RECEIVE_RANGES_MAX; i++) {
    expect(assembler.handleData(2 * i, Uint8Array.of(0))).toBe("ok");
  }

  expect(assembler.handleData(2 * RECEIVE_RANGES_MAX + 2, Uint8Array.of(0))).toBe("refused");
  for (let i = 0; i <= RECEIVE_RANGES_MAX; i++) {
    expect(assembler.handleData(2 * i, Uint8Array.of(0, 0))).toBe("ok");
  }
  expect(pollAll(assembler)).toHaveLength(2 * RECEIVE_RANGES_MAX + 2);
});

test("messages that nobody polls fill the buffer and no more", () => {
  const assembler = new Assembler();
  const chunk = streamOf(Array.from({ length: 20 }, () => new Uint8Array(49)));
  let offset = 0;
  while (assembler.handleData(offset, chunk) === "ok") offset += chunk.length;

  expect(offset).toBeLessThanOrEqual(RECEIVE_BUFFER_BYTES);
  expect(offset + chunk.length).toBeGreaterThan(RECEIVE_BUFFER_BYTES);
  expect(assembler.handleData(offset, chunk)).toBe("refused");
  expect(pollAll(assembler)).toHaveLength(offset / 50);
  expect(assembler.handleData(offset, chunk)).toBe("ok");
});

test("any pieces whatever are taken, refused or a violation, and nothing throws", () => {
  const piece = fc.record({
    offset: fc.oneof(fc.nat(300), fc.nat(400_000), fc.maxSafeNat()),
    data: fc.uint8Array({ maxLength: 200 }),
  });

  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const assembler = new Assembler();
      for (const { offset, data } of pieces) {
        const result = assembler.handleData(offset, data);
        for (const message of pollAll(assembler)) {
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

function pollAll(assembler: Assembler): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let message = assembler.pollMessage();
  while (message !== undefined) {
    messages.push(message);
    message = assembler.pollMessage();
  }
  return messages;
}
