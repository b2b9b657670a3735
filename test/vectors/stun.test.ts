import { expect, test } from "bun:test";
import { addressOf } from "../../lib/base/address.ts";
import { fromHex, NO_BYTES } from "../../lib/base/bytes.ts";
import { decodeStun } from "../../lib/wire/stun.ts";
import data from "./stun.json";

/** The program has no credentials: these must be understood to answer the samples' requests. */
const PRIORITY = 0x0024;
const USERNAME = 0x0006;
const REALM = 0x0014;
const NONCE = 0x0015;

function sample(section: string): { bytes: Uint8Array; mapped: unknown } {
  const vector = data.vectors.find(({ id }) => id.startsWith(`rfc5769-${section}-`));
  const { ip = "", port = 0 } = vector?.mapped ?? {};
  return { bytes: fromHex(vector?.hex ?? "") ?? NO_BYTES, mapped: addressOf(ip, port) };
}

test.each(["2.2", "2.3"])("RFC 5769 §%s: a response tells the mapped address", (section) => {
  const { bytes, mapped } = sample(section);

  const message = decodeStun(bytes);

  expect(mapped).toBeDefined();
  expect(message).toMatchObject({ kind: "response", mapped });
  expect(message?.transaction.toHex()).toBe("b7e7a701bc34d686fa87dfae");
});

test.each([
  ["2.1", [PRIORITY, USERNAME]],
  ["2.4", [USERNAME, NONCE, REALM]],
])("RFC 5769 §%s: a request has its unknown attributes listed", (section, unknown) => {
  expect(decodeStun(sample(section).bytes)).toMatchObject({ kind: "request", unknown });
});

test.each(["2.1", "2.2", "2.3"])("RFC 5769 §%s: a changed byte breaks FINGERPRINT", (section) => {
  const { bytes } = sample(section);

  for (let at = 0; at < bytes.length - 8; at++) {
    const changed = bytes.slice();
    changed.set([(bytes[at] ?? 0) ^ 0x10], at);
    expect(decodeStun(changed)).toBeUndefined();
  }
});
