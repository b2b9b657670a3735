import { expect, test } from "bun:test";
import { crc32 } from "../../lib/base/crc32.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";

test("the check value of CRC catalogues comes out", () => {
  expect(crc32(encodeUtf8("123456789"))).toBe(0xcbf4_3926);
});

test("nothing has the remainder 0", () => {
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test("it is what the platform's own makes of any bytes", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i * 31 + 7) & 0xff);

  for (let length = 0; length <= bytes.length; length += 13) {
    const part = bytes.subarray(0, length);
    expect(crc32(part)).toBe(Bun.hash.crc32(part));
  }
});
