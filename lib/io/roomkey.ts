import { argon2 } from "node:crypto";
import { encodeUtf8 } from "../base/text.ts";
import type { RoomKey } from "../chat/membership.ts";
import { privateRoom, secretSalt } from "../chat/rooms.ts";
import { isInviting } from "../contract/roomsecret.ts";
import { KEY_BYTES } from "../crypto/primitives.ts";

/** RFC 9106 §4 for memory that is dear, with its parallelism of 4 left to who attacks. */
const MEMORY_KIB = 65_536;
const PASSES = 3;

/**
 * What follows from the secret, in normal form, of the private room `#name`; a quarter of a second
 * of another thread. Only a secret that was made to invite is kept beside it. PROTOCOL.md §8.
 */
export async function roomKeyOf(name: string, secret: string): Promise<RoomKey> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const parameters = {
    message: encodeUtf8(secret),
    nonce: secretSalt(name),
    parallelism: 1,
    tagLength: KEY_BYTES,
    memory: MEMORY_KIB,
    passes: PASSES,
  };
  argon2("argon2id", parameters, (error, key) => {
    if (error === null) resolve(new Uint8Array(key));
    else reject(error);
  });
  const room = privateRoom(await promise);
  return isInviting(secret) ? { ...room, invitation: secret } : room;
}
