import { expect, test } from "bun:test";
import { parseRoomSecret } from "../../lib/contract/roomsecret.ts";

test("a secret is the same however it was written down", () => {
  const secret = parseRoomSecret("caf\u00e9 at noon");
  expect(secret).toBe("caf\u00e9 at noon");
  expect(parseRoomSecret("cafe\u0301 at noon")).toBe(secret);
  expect(parseRoomSecret("\ufeffcaf\u00e9 at noon")).toBe(secret);
});

test("what marks the order of bytes makes no secret long enough", () => {
  expect(parseRoomSecret("\ufeffseven 7")).toBeUndefined();
  expect(parseRoomSecret("\ufeffeight 88")).toBe("eight 88");
});
