import { type EnvelopeId, envelopeIdOf } from "../../lib/base/ids.ts";
import { directRoom } from "../../lib/chat/rooms.ts";
import { signCheckpoint } from "../../lib/crypto/checkpoint.ts";
import { sealEnvelope, signReceipt } from "../../lib/crypto/envelope.ts";
import type { Identity } from "../../lib/crypto/identity.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { Card } from "../../lib/wire/card.ts";
import type { EnvelopeContents } from "../../lib/wire/envelope.ts";

export interface Sealed {
  readonly contents: EnvelopeContents;
  readonly envelope: Uint8Array;
  readonly id: EnvelopeId;
  /** The recipient's. */
  readonly receipt: Uint8Array;
}

/** What an author says to somebody alone, as a lone first run, sealed for a third to hold. */
export function sealedFrom(author: Identity, card: Card, to: Identity, run: Uint8Array): Sealed {
  const place = { room: directRoom(author.peerId, to.peerId), author: author.peerId };
  const signature = signCheckpoint(author.signing, { ...place, seq: 1, hash: sha256(run) });
  const contents = { card, after: 0, signature, runs: [run] };
  const envelope = sealEnvelope(contents, {
    random: () => new Uint8Array(32).fill(0xa3),
    staticKey: author.noise,
    recipient: to.noise.publicKey,
  });
  const id = envelopeIdOf(sha256(envelope));
  return { contents, envelope, id, receipt: signReceipt(to.signing, { ...place, envelope: id }) };
}
