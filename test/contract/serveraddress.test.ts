import { expect, test } from "bun:test";
import { formatServerAddress, parseServerAddress } from "../../lib/contract/serveraddress.ts";

const KEY = "09".repeat(32);

test.each([
  "chat.example:3478",
  "192.0.2.1:3478",
  "[2001:db8::1]:3478",
  `chat.example:3478#${KEY}`,
  `[2001:db8::1]:3478#${KEY}`,
])("%s is written as it was read", (text) => {
  const server = parseServerAddress(text);
  if ("fault" in server) throw new Error(server.fault);

  expect(formatServerAddress(server)).toBe(text);
});
