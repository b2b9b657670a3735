import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  putVarint,
  Reader,
  toHex,
  varintAt,
  varintSize,
  varintSizeAt,
  Writer,
} from "../../lib/base/bytes.ts";

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(" ", "")) ?? new Uint8Array(0);
}

function written(write: (writer: Writer) => void): string {
  const writer = new Writer(1);
  write(writer);
  return toHex(writer.finish());
}

describe("a varint", () => {
  // RFC 9000 §A.1 has 151288809941952652 for eight bytes, which no number holds exactly.
  test.each([
    ["9d7f3e7d", 494878333],
    ["7bbd", 15293],
    ["25", 37],
    ["4025", 37],
    ["c000000000000025", 37],
    ["c01fffffffffffff", Number.MAX_SAFE_INTEGER],
  ])("%s is read as in RFC 9000 §A.1", (hex, value) => {
    const reader = new Reader(bytesOf(hex));

    expect(reader.varint()).toBe(value);
    expect(reader.ok).toBeTrue();
    expect(reader.remaining).toBe(0);
  });

  test.each(["c2197c5eff14e88c", "c020000000000000", "ffffffffffffffff"])(
    "%s is beyond exact numbers and refused",
    (hex) => {
      const reader = new Reader(bytesOf(hex));

      expect(reader.varint()).toBe(0);
      expect(reader.ok).toBeFalse();
    },
  );

  test.each([
    [0, "00"],
    [63, "3f"],
    [64, "4040"],
    [15293, "7bbd"],
    [16383, "7fff"],
    [16384, "80004000"],
    [494878333, "9d7f3e7d"],
    [2 ** 30 - 1, "bfffffff"],
    [2 ** 30, "c000000040000000"],
    [Number.MAX_SAFE_INTEGER, "c01fffffffffffff"],
  ])("of %d is written in the fewest bytes", (value, hex) => {
    expect(written((writer) => writer.varint(value))).toBe(hex);
    expect(varintSize(value)).toBe((hex.length / 2) as 1 | 2 | 4 | 8);
  });

  test("comes back as it was written", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Writer().varint(value).finish();
        const reader = new Reader(bytes);

        expect(bytes.length).toBe(varintSize(value));
        expect(reader.varint()).toBe(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 53])("%d is our mistake", (value) => {
    expect(() => new Writer().varint(value)).toThrow("Broken invariant");
  });

  test("is put, measured and read at any place as a writer and a reader do", () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(70_000)), fc.nat(20), (value, at) => {
        const bytes = new Uint8Array(40).fill(0xee);

        const size = putVarint(bytes, at, value);

        expect(size).toBe(varintSize(value));
        const varint = new Writer().varint(value).finish();
        expect(equalBytes(bytes.subarray(at, at + size), varint)).toBeTrue();
        expect(varintSizeAt(bytes, at)).toBe(varintSize(value));
        expect(varintAt(bytes, at)).toBe(value);
        const others = [...bytes.subarray(0, at), ...bytes.subarray(at + size)];
        expect(others.every((byte) => byte === 0xee)).toBeTrue();
      }),
    );
  });

  test.each([
    ["9d7f3e7d", 494878333],
    ["4025", 37],
    ["c000000000000025", 37],
    ["bfffffff", 2 ** 30 - 1],
    ["c01fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["c020000000000000", Infinity],
    ["ffffffffffffffff", Infinity],
  ])("%s is read in place as %d", (hex, value) => {
    const bytes = bytesOf(`ff${hex}00`);

    expect(varintSizeAt(bytes, 1)).toBe((hex.length / 2) as 1 | 2 | 4 | 8);
    expect(varintAt(bytes, 1)).toBe(value);
  });
});

describe("a reader", () => {
  const reads = [
    ["u8", 1, (reader: Reader) => reader.u8()],
    ["u16", 2, (reader: Reader) => reader.u16()],
    ["u32", 4, (reader: Reader) => reader.u32()],
    ["u48", 6, (reader: Reader) => reader.u48()],
    ["varint", 8, (reader: Reader) => reader.varint()],
  ] as const;

  test.each(reads)("yields zero for %s past the end and is not ok", (_name, size, read) => {
    for (let length = 0; length < size; length++) {
      const reader = new Reader(new Uint8Array(length).fill(0xff));

      expect(read(reader)).toBe(0);
      expect(reader.ok).toBeFalse();
    }
  });

  test("takes integers apart from the most significant byte on", () => {
    const reader = new Reader(bytesOf("01 0203 04050607 08090a0b0c0d"));

    expect(reader.u8()).toBe(0x01);
    expect(reader.u16()).toBe(0x0203);
    expect(reader.u32()).toBe(0x04050607);
    expect(reader.u48()).toBe(0x08090a0b0c0d);
    expect(reader.ok).toBeTrue();
  });

  test("reads the largest of every width as unsigned", () => {
    const reader = new Reader(bytesOf("ff ffff ffffffff ffffffffffff"));

    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([0xff, 0xffff, 0xffffffff]);
    expect(reader.u48()).toBe(2 ** 48 - 1);
  });

  test("stays not ok although what is left would do for a shorter read", () => {
    const reader = new Reader(Uint8Array.of(1, 2));
    reader.u32();

    expect(reader.u8()).toBe(0);
    expect(reader.ok).toBeFalse();
  });

  test("gives views and not copies", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const reader = new Reader(bytes);
    reader.u8();
    const view = reader.rest();
    bytes.fill(9);

    expect(view).toEqual(Uint8Array.of(9, 9));
    expect(reader.remaining).toBe(0);
    expect(reader.rest()).toHaveLength(0);
  });

  test("allocates nothing for a length that is not there", () => {
    const reader = new Reader(new Writer().varint(Number.MAX_SAFE_INTEGER).finish());

    expect(reader.bytes(reader.varint())).toHaveLength(0);
    expect(reader.ok).toBeFalse();
  });
});

describe("a writer", () => {
  test("puts integers together from the most significant byte on", () => {
    const hex = written((writer) => {
      writer.u8(1).u16(0x0203).u32(0xf4050607).u48(0xf8090a0b0c0d);
    });

    expect(hex).toBe("010203f4050607f8090a0b0c0d");
  });

  test("grows as needed and returns just what was written", () => {
    const writer = new Writer(0);
    for (let i = 0; i < 1000; i++) writer.u8(i & 0xff);
    writer.zeros(3).bytes(Uint8Array.of(7));

    expect(writer.length).toBe(1004);
    expect(writer.finish()).toHaveLength(1004);
    expect(writer.finish().subarray(999)).toEqual(Uint8Array.of(999 & 0xff, 0, 0, 0, 7));
  });

  test("writes into bytes that are there, and into others where they are full", () => {
    const into = new Uint8Array(4);
    const fits = new Writer(into).u16(0x0102).u16(0x0304).finish();
    const grown = new Writer(into)
      .u16(0x0506)
      .bytes(Uint8Array.of(7, 8, 9))
      .finish();

    expect(fits.buffer).toBe(into.buffer);
    expect(grown).toEqual(Uint8Array.of(5, 6, 7, 8, 9));
    expect(grown.buffer).not.toBe(into.buffer);
    expect(into.subarray(0, 2)).toEqual(Uint8Array.of(5, 6));
  });

  test("writes zeros although the bytes that are there are none", () => {
    const into = new Uint8Array(4).fill(9);

    expect(new Writer(into).u8(1).zeros(2).finish()).toEqual(Uint8Array.of(1, 0, 0));
  });

  test("is undone by a reader", () => {
    const integers = fc.record({
      u8: fc.nat(0xff),
      u16: fc.nat(0xffff),
      u32: fc.nat(0xffff_ffff),
      u48: fc.maxSafeNat().map((value) => value % 2 ** 48),
      tail: fc.uint8Array(),
    });

    fc.assert(
      fc.property(integers, ({ u8, u16, u32, u48, tail }) => {
        const writer = new Writer(1).u8(u8).u16(u16).u32(u32).u48(u48);
        const reader = new Reader(writer.bytes(tail).finish());

        const back = [reader.u8(), reader.u16(), reader.u32(), reader.u48()];
        expect(back).toEqual([u8, u16, u32, u48]);
        expect(reader.rest()).toEqual(tail);
        expect(reader.ok).toBeTrue();
      }),
    );
  });
});

describe("bytes", () => {
  test("are ordered as memcmp orders them, a beginning before what it begins", () => {
    const sorted = ["", "00", "0001", "01", "7f", "80", "8000", "ff"].map(bytesOf);

    expect(sorted.toReversed().toSorted(compareBytes)).toEqual(sorted);
    for (const a of sorted) {
      for (const b of sorted) expect(equalBytes(a, b)).toBe(a === b);
    }
  });

  test("are joined in order", () => {
    expect(toHex(concatBytes(bytesOf("01"), bytesOf(""), bytesOf("0203")))).toBe("010203");
    expect(concatBytes()).toHaveLength(0);
  });

  test("survive hexadecimal in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });

  test.each(["0", "0g", " 00", "0x00", "00\n", "é0", "００"])("%j is no hexadecimal", (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});
