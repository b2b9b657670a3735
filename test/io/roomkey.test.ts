import { argon2Sync } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import { secretSalt } from "../../lib/chat/rooms.ts";
import { roomKeyOf } from "../../lib/io/roomkey.ts";

const PROTOCOL = new URL("../../lib/wire/PROTOCOL.md", import.meta.url);

test("the runtime's argon2id is that of RFC 9106 \u00a75.3", () => {
  const tag = argon2Sync("argon2id", {
    message: new Uint8Array(32).fill(1),
    nonce: new Uint8Array(16).fill(2),
    secret: new Uint8Array(8).fill(3),
    associatedData: new Uint8Array(12).fill(4),
    parallelism: 4,
    tagLength: 32,
    memory: 32,
    passes: 3,
  });

  expect(toHex(new Uint8Array(tag))).toBe(
    "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
  );
});

test("a room and its proof key are those of the document", async () => {
  const { room, proofKey, invitation } = await roomKeyOf("#dev", "correct horse battery");

  const text = readFileSync(PROTOCOL, "utf8");
  const derived = [toHex(secretSalt("#dev")), room, toHex(proofKey)];
  expect(derived.filter((hex) => !text.includes(`\`${hex}\``))).toEqual([]);
  expect(invitation).toBeUndefined();
});

test("another name or secret is another room; a secret that invites is kept", async () => {
  const inviting = "AAECAwQFBgcICQoLDA0ODw";
  const [dev, ops, other] = await Promise.all([
    roomKeyOf("#dev", inviting),
    roomKeyOf("#ops", inviting),
    roomKeyOf("#dev", "AAECAwQFBgcICQoLDA0ODg"),
  ]);

  expect(new Set([dev, ops, other].map(({ room }) => room)).size).toBe(3);
  expect(new Set([dev, ops, other].map(({ proofKey }) => toHex(proofKey))).size).toBe(3);
  expect(dev.invitation).toBe(inviting);
});
