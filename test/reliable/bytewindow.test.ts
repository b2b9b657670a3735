import { expect, test } from "bun:test";
import { ByteWindow } from "../../lib/reliable/bytewindow.ts";

const KEPT_BYTES = 10_000;

test("bytes come back as they were written, wherever the window has moved", () => {
  const window = new ByteWindow(0);

  for (let offset = 0; offset < 300_000; offset += 1000) {
    window.write(offset, new Uint8Array(1000).fill(offset / 1000));
    window.release(Math.max(0, offset + 1000 - KEPT_BYTES));
    const oldest = Math.max(0, offset + 1000 - KEPT_BYTES);
    for (let at = oldest; at <= offset; at += 1000) {
      expect(window.view(at, at + 1000)).toEqual(new Uint8Array(1000).fill(at / 1000));
    }
  }
});

test("what it holds is at most twice what lies between its ends", () => {
  const window = new ByteWindow(0);
  const buffers = new Set<ArrayBufferLike>();

  for (let offset = 0; offset < 1_000_000; offset += 1000) {
    window.release(Math.max(0, offset + 1000 - KEPT_BYTES));
    window.write(offset, new Uint8Array(1000));
    const { buffer } = window.view(offset, offset + 1000);
    expect(buffer.byteLength).toBeLessThanOrEqual(2 * KEPT_BYTES);
    buffers.add(buffer);
  }

  expect(buffers.size).toBeLessThan(10);
});

test("a buffer stays for what comes next", () => {
  const window = new ByteWindow(0);
  window.write(0, new Uint8Array(100_000));
  const large = window.view(0, 1).buffer;
  window.release(99_000);
  window.write(100_000, Uint8Array.of(7));
  expect(window.view(100_000, 100_001).buffer).toBe(large);

  window.release(100_001);
  window.write(100_001, Uint8Array.of(8));

  expect(window.view(100_001, 100_002).buffer).toBe(large);
});

test("a window that begins far into its stream has room for no more than what is in it", () => {
  const window = new ByteWindow(2 ** 40);

  window.write(2 ** 40, Uint8Array.of(9));

  expect(window.view(2 ** 40, 2 ** 40 + 1)).toEqual(Uint8Array.of(9));
  expect(window.view(2 ** 40, 2 ** 40 + 1).buffer.byteLength).toBeLessThan(1000);
});

test("a message is written after its length", () => {
  const window = new ByteWindow(0);
  const message = new Uint8Array(300).fill(7);

  const end = window.writeSized(window.writeSized(0, Uint8Array.of(1, 2)), message);

  expect(end).toBe(3 + 302);
  expect(window.view(0, 3)).toEqual(Uint8Array.of(2, 1, 2));
  expect(window.view(3, 5)).toEqual(Uint8Array.of(0x41, 0x2c));
  expect(window.view(5, end)).toEqual(message);
});

test("bytes outside the window are our mistake to ask for", () => {
  const window = new ByteWindow(0);
  window.write(0, new Uint8Array(100));
  window.release(50);

  expect(() => window.view(49, 60)).toThrow("Broken invariant");
  expect(() => window.view(60, 101)).toThrow("Broken invariant");
  expect(() => window.write(49, new Uint8Array(1))).toThrow("Broken invariant");
});
