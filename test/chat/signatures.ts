import { concatBytes, equalBytes, Reader, Writer } from "../../lib/base/bytes.ts";
import { idBytes, type PeerId, peerIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import type { Envelopes } from "../../lib/chat/envelopes.ts";
import type { Signatures } from "../../lib/chat/exchange.ts";
import { sha512 } from "../../lib/crypto/primitives.ts";
import { type CheckpointFields, checkpointBody } from "../../lib/wire/checkpoint.ts";
import { RUN_TAG_BYTES } from "../../lib/wire/limits.ts";
import { type ReceiptFields, receiptBody } from "../../lib/wire/envelope.ts";

const SECRET = encodeUtf8("nobody in a test knows this of anybody else");
const SIGNATURE_BYTES = 64;

/** Signs for one person, at a hundredth of the cost: only who holds this can. */
export function signaturesOf(me: PeerId): Signatures {
  return {
    sign: (fields) => {
      if (fields.author !== me) throw new Error("Nobody signs for somebody else");
      return signatureOf(fields);
    },
    tag: (bytes) => sha512(concatBytes(SECRET, idBytes(me), bytes)).slice(0, RUN_TAG_BYTES),
    isAuthentic: (checkpoint) => equalBytes(checkpoint.signature, signatureOf(checkpoint)),
    signReceipt: (fields) => receiptOf(me, fields),
    isReceipt: (by, fields, signature) => equalBytes(signature, receiptOf(by, fields)),
  };
}

/** The same of envelopes: of which no two are alike, and others only see bytes. */
export function envelopesOf(me: PeerId): Envelopes {
  let sealed = 0;
  return {
    seal: (recipient, { after, signature, runs }) => {
      const writer = new Writer().bytes(idBytes(me)).bytes(idBytes(recipient)).u32(sealed++);
      writer.u48(after).bytes(signature).varint(runs.length);
      for (const run of runs) writer.varint(run.length).bytes(run);
      const body = writer.finish();
      return concatBytes(sha512(concatBytes(SECRET, body)), body);
    },
    open: (_now, envelope) => {
      const reader = new Reader(envelope);
      const seal = reader.bytes(SIGNATURE_BYTES);
      const isTrue = equalBytes(seal, sha512(concatBytes(SECRET, reader.rest())));
      const body = new Reader(envelope.subarray(SIGNATURE_BYTES));
      const [author, recipient] = [peerIdOf(body.bytes(32)), peerIdOf(body.bytes(32))];
      if (!isTrue || recipient !== me) return "never";
      body.u32();
      const after = body.u48();
      const signature = body.bytes(SIGNATURE_BYTES);
      const runs = Array.from({ length: body.varint() }, () => body.bytes(body.varint()));
      return { author, after, signature, runs };
    },
  };
}

function signatureOf(fields: CheckpointFields): Uint8Array {
  return sha512(concatBytes(SECRET, idBytes(fields.author), checkpointBody(fields)));
}

function receiptOf(by: PeerId, fields: ReceiptFields): Uint8Array {
  return sha512(concatBytes(SECRET, idBytes(by), receiptBody(fields)));
}
