import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { idBytes, parsePeerId, peerIdOf, roomIdOf } from "../../lib/base/ids.ts";

const DIGITS = "00ff".repeat(16);

test("an id comes back from its text and its bytes as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const id = peerIdOf(bytes);

      expect(parsePeerId(id)).toBe(id);
      expect(idBytes(id)).toEqual(bytes);
      expect(idBytes(roomIdOf(bytes))).toEqual(bytes);
    }),
  );
});

test.each([
  "",
  DIGITS.slice(2),
  `${DIGITS}00`,
  DIGITS.toUpperCase(),
  ` ${DIGITS.slice(1)}`,
  `${DIGITS}\n`,
  `g${DIGITS.slice(1)}`,
])("%j is no PeerId", (text) => {
  expect(parsePeerId(text)).toBeUndefined();
});
