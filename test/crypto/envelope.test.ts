import { describe, expect, test } from "bun:test";
import { concatBytes } from "../../lib/base/bytes.ts";
import { envelopeIdOf, roomIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { signCard } from "../../lib/crypto/card.ts";
import {
  isAuthenticReceipt,
  openEnvelope,
  sealEnvelope,
  signReceipt,
} from "../../lib/crypto/envelope.ts";
import { Handshake } from "../../lib/crypto/handshake.ts";
import { type Identity, identityFromSecret } from "../../lib/crypto/identity.ts";
import { IK, IK_MESSAGE1_OVERHEAD } from "../../lib/crypto/ik.ts";
import { sign } from "../../lib/crypto/primitives.ts";
import { CARD_BYTES_MAX } from "../../lib/wire/card.ts";
import { encodeContents, type EnvelopeContents, receiptBody } from "../../lib/wire/envelope.ts";
import { encodeChat } from "../../lib/wire/chat.ts";
import { ENVELOPE_BYTES_MAX, MESSAGE_BYTES_MAX, RUN_BYTES_MAX } from "../../lib/wire/limits.ts";
import { flipped, seeded } from "./seeded.ts";

const [ANN, BOB, MALLORY] = [1, 2, 3].map((seed) => identityFromSecret(seeded(seed)(64))) as [
  Identity,
  Identity,
  Identity,
];

function cardOf({ signing, noise }: Identity, name = "ann") {
  return signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
}

function contentsOf(change: Partial<EnvelopeContents> = {}): EnvelopeContents {
  const runs = [encodeUtf8("a run"), encodeUtf8("and another")];
  return { card: cardOf(ANN), after: 7, signature: new Uint8Array(64).fill(9), runs, ...change };
}

function seal(contents: EnvelopeContents, by = ANN, to = BOB): Uint8Array {
  const recipient = to.noise.publicKey;
  return sealEnvelope(contents, { random: seeded(9), staticKey: by.noise, recipient });
}

describe("an envelope", () => {
  test("is opened by whom it is for, as it was sealed", () => {
    const contents = contentsOf();

    expect(openEnvelope(seal(contents), BOB.noise)).toEqual(contents);
  });

  test("is opened by nobody else, its author neither", () => {
    const envelope = seal(contentsOf());

    expect(openEnvelope(envelope, MALLORY.noise)).toBeUndefined();
    expect(openEnvelope(envelope, ANN.noise)).toBeUndefined();
  });

  test("is worth nothing with any bit of it the other way", () => {
    const envelope = seal(contentsOf());

    for (let bit = 0; bit < 8 * envelope.length; bit += 5) {
      expect(openEnvelope(flipped(envelope, bit), BOB.noise)).toBeUndefined();
    }
    expect(openEnvelope(envelope.subarray(0, -1), BOB.noise)).toBeUndefined();
    expect(openEnvelope(concatBytes(envelope, Uint8Array.of(0)), BOB.noise)).toBeUndefined();
  });

  test("that somebody else sealed under its author's card is not that author's", () => {
    expect(openEnvelope(seal(contentsOf(), MALLORY), BOB.noise)).toBeUndefined();
  });

  test("with a card that its owner did not sign is nobody's", () => {
    const hers = { ...cardOf(ANN), noiseKey: MALLORY.noise.publicKey };

    expect(openEnvelope(seal(contentsOf({ card: hers }), MALLORY), BOB.noise)).toBeUndefined();
  });

  test("is no first message of a session, and a session's is no envelope", () => {
    const first = new Handshake({
      pattern: IK,
      initiator: true,
      prologue: encodeUtf8("p2pchat/1 peer"),
      random: seeded(9),
      staticKey: ANN.noise,
      remoteStatic: BOB.noise.publicKey,
    }).writeMessage(encodeContents(contentsOf()));

    expect(openEnvelope(first, BOB.noise)).toBeUndefined();
  });

  test("has room for the longest run, and a message for the longest envelope", () => {
    const name = "𝒂".repeat(32);
    const card = cardOf(ANN, name);
    const contents = contentsOf({
      card,
      after: 2 ** 48 - 1,
      runs: [new Uint8Array(RUN_BYTES_MAX)],
    });

    const envelope = seal(contents);
    const longest = new Uint8Array(ENVELOPE_BYTES_MAX);
    const hold = encodeChat({ kind: "hold", recipient: BOB.peerId, envelope: longest });

    expect(envelope.length).toBe(IK_MESSAGE1_OVERHEAD + encodeContents(contents).length);
    expect(envelope.length).toBeLessThanOrEqual(ENVELOPE_BYTES_MAX);
    expect(encodeContents(contents).length - RUN_BYTES_MAX).toBe(
      CARD_BYTES_MAX + 2 + 6 + 64 + 1 + 4,
    );
    expect(hold.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    expect(openEnvelope(envelope, BOB.noise)).toEqual(contents);
  });
});

describe("a receipt", () => {
  const fields = {
    room: roomIdOf(new Uint8Array(32).fill(1)),
    author: ANN.peerId,
    envelope: envelopeIdOf(new Uint8Array(32).fill(2)),
  };
  const receipt = signReceipt(BOB.signing, fields);

  test("is its recipient's word, and nobody else's", () => {
    expect(isAuthenticReceipt(BOB.peerId, fields, receipt)).toBe(true);
    expect(isAuthenticReceipt(MALLORY.peerId, fields, receipt)).toBe(false);
    expect(isAuthenticReceipt(BOB.peerId, fields, flipped(receipt, 3))).toBe(false);
    expect(isAuthenticReceipt(BOB.peerId, fields, new Uint8Array(64))).toBe(false);
  });

  test("is for one envelope, of one author, in one room", () => {
    const others = [
      { ...fields, room: roomIdOf(new Uint8Array(32).fill(3)) },
      { ...fields, author: MALLORY.peerId },
      { ...fields, envelope: envelopeIdOf(new Uint8Array(32).fill(3)) },
    ];

    for (const other of others) expect(isAuthenticReceipt(BOB.peerId, other, receipt)).toBe(false);
  });

  test("is no signature over the same bytes for another purpose", () => {
    const bare = sign(BOB.signing, receiptBody(fields));

    expect(isAuthenticReceipt(BOB.peerId, fields, bare)).toBe(false);
  });
});
