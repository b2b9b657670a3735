import { concatBytes } from "../base/bytes.ts";
import { idBytes } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { type Checkpoint, checkpointBody, type CheckpointFields } from "../wire/checkpoint.ts";
import { sign, type SigningKeyPair, verify } from "./primitives.ts";

/** Goes before what is signed, so that its signature is never that of anything else. */
const DOMAIN = encodeUtf8("p2pchat/1 checkpoint\0");

/** `fields.author` is the identity whose key signs. */
export function signCheckpoint(signing: SigningKeyPair, fields: CheckpointFields): Uint8Array {
  return sign(signing, concatBytes(DOMAIN, checkpointBody(fields)));
}

/** Whether the author of the chain has signed it. */
export function isAuthenticCheckpoint(checkpoint: Checkpoint): boolean {
  const signed = concatBytes(DOMAIN, checkpointBody(checkpoint));
  return verify(idBytes(checkpoint.author), signed, checkpoint.signature);
}
