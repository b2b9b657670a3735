import { expect, test } from "bun:test";
import { ByteWindow } from "../../lib/reliable/bytewindow.ts";

const KEPT_BYTES = 10_000;

test("bytes come back as they were written, wherever the window has moved", () => {
  const window = new ByteWindow();

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
  const window = new ByteWindow();
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

test("a large buffer is given back once it is empty, a small one is kept", () => {
  const window = new ByteWindow();
  window.write(0, new Uint8Array(1000));
  const small = window.view(0, 1).buffer;
  window.release(1000);
  window.write(1000, new Uint8Array(1000));
  expect(window.view(1000, 1001).buffer).toBe(small);

  window.write(2000, new Uint8Array(100_000));
  const large = window.view(2000, 2001).buffer;
  window.release(102_000);
  window.write(102_000, new Uint8Array(10));

  expect(large.byteLength).toBeGreaterThan(100_000);
  expect(window.view(102_000, 102_001).buffer.byteLength).toBeLessThan(100);
});

test("bytes outside the window are our mistake to ask for", () => {
  const window = new ByteWindow();
  window.write(0, new Uint8Array(100));
  window.release(50);

  expect(() => window.view(49, 60)).toThrow("Broken invariant");
  expect(() => window.view(60, 101)).toThrow("Broken invariant");
  expect(() => window.write(49, new Uint8Array(1))).toThrow("Broken invariant");
});
