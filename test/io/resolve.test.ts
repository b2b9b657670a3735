import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { resolveHost } from "../../lib/io/resolve.ts";
import { failureOf } from "./support/thrown.ts";

test.each([
  ["192.0.2.1", "192.0.2.1:9"],
  ["2001:DB8::0", "[2001:db8::]:9"],
  ["::ffff:192.0.2.1", "192.0.2.1:9"],
])("the address %s is its own", async (host, address) => {
  expect(await resolveHost(host, 9)).toEqual([address as Address]);
});

test("localhost is this machine", async () => {
  const addresses = await resolveHost("localhost", 9);

  expect(addresses.length).toBeGreaterThan(0);
  for (const address of addresses) expect(["127.0.0.1:9", "[::1]:9"]).toContain(address);
});

test("a name that nobody has is told in words, and means no server", async () => {
  const refusal = await failureOf(() => resolveHost("nobody.invalid", 9));

  expect(refusal.message).toMatch(
    /^Cannot find host nobody\.invalid: (?:no such host|the name service does not answer)$/,
  );
  expect(refusal.exitCode).toBe(3);
});
