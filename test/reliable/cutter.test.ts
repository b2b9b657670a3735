import { expect, test } from "bun:test";
import { Cutter, MESSAGES_MAX } from "../../lib/reliable/cutter.ts";

test("more messages at once than anybody sends are refused, and no more of them made", () => {
  const cutter = new Cutter();
  const messages: Uint8Array[] = [];

  expect(cutter.feed(new Uint8Array(MESSAGES_MAX), true, messages)).toBe(true);
  expect(messages).toHaveLength(MESSAGES_MAX);
  expect(cutter.feed(new Uint8Array(1000), true, messages)).toBe(false);
  expect(messages).toHaveLength(MESSAGES_MAX);
});

test("long messages that come whole are views, and copies where the piece will not stay", () => {
  const piece = new Uint8Array(1202).fill(7);
  piece.set([0x44, 0xb0]);
  const cut = (kept: boolean): Uint8Array | undefined => {
    const messages: Uint8Array[] = [];
    new Cutter().feed(piece, kept, messages);
    return messages[0];
  };

  expect([cut(true)?.length, cut(false)?.length]).toEqual([1200, 1200]);
  expect([cut(true)?.buffer === piece.buffer, cut(false)?.buffer === piece.buffer]).toEqual([
    true,
    false,
  ]);
});
