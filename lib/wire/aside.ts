import { assert } from "../base/assert.ts";
import { Reader, Writer } from "../base/bytes.ts";
import { idBytes, PEER_ID_BYTES, type PeerId, peerIdOf } from "../base/ids.ts";
import { CARDS_MAX, COMMITMENT_BYTES, SAS_NONCE_BYTES } from "./limits.ts";

/**
 * Between two clients, on the aside channel of their session: what two people tell each other of
 * themselves, and no log keeps. PROTOCOL.md §8.
 */
export type AsideMessage =
  /** I want to compare with you, and have chosen a nonce: this is its commitment. */
  | { readonly kind: "compare"; readonly commitment: Uint8Array }
  /** So do I, and this is mine. */
  | { readonly kind: "agree"; readonly nonce: Uint8Array }
  /** The one that I committed to. */
  | { readonly kind: "reveal"; readonly nonce: Uint8Array }
  /** The person here says that what both see is the same, or is not. */
  | { readonly kind: "verdict"; readonly isSame: boolean }
  /** Whether the person here is at hand; `online` until something else is said. */
  | { readonly kind: "presence"; readonly state: PresenceState }
  /** Who are these, of whose entries you tell me? */
  | { readonly kind: "who-are"; readonly peers: readonly PeerId[] }
  /** These are; `encodeCard` wrote them. */
  | { readonly kind: "cards"; readonly cards: readonly Uint8Array[] };

export type PresenceState = "online" | "away" | "busy";

const COMPARE = 1;
const AGREE = 2;
const REVEAL = 3;
const VERDICT = 4;
const PRESENCE = 5;
const WHO_ARE = 6;
const CARDS = 7;
const STATES: readonly PresenceState[] = ["online", "away", "busy"];

export function encodeAside(message: AsideMessage): Uint8Array {
  const writer = new Writer();
  switch (message.kind) {
    case "compare":
      return writer.u8(COMPARE).bytes(message.commitment).finish();
    case "agree":
      return writer.u8(AGREE).bytes(message.nonce).finish();
    case "reveal":
      return writer.u8(REVEAL).bytes(message.nonce).finish();
    case "verdict":
      return writer
        .u8(VERDICT)
        .u8(message.isSame ? 1 : 0)
        .finish();
    case "presence":
      return writer
        .u8(PRESENCE)
        .u8(1 + STATES.indexOf(message.state))
        .finish();
    case "who-are":
      assert(message.peers.length <= CARDS_MAX, "no more are asked for than are read");
      writer.u8(WHO_ARE).u8(message.peers.length);
      for (const peer of message.peers) writer.bytes(idBytes(peer));
      return writer.finish();
    case "cards":
      assert(message.cards.length <= CARDS_MAX, "no more are told than are read");
      writer.u8(CARDS).u8(message.cards.length);
      for (const card of message.cards) writer.u8(card.length).bytes(card);
      return writer.finish();
    default:
      return message satisfies never;
  }
}

/** Undefined for unknown kinds and for bytes that are not the kind's. */
export function decodeAside(bytes: Uint8Array): AsideMessage | undefined {
  const reader = new Reader(bytes);
  const message = readAside(reader);
  return reader.ok ? message : undefined;
}

function readAside(reader: Reader): AsideMessage | undefined {
  switch (reader.u8()) {
    case COMPARE:
      return { kind: "compare", commitment: reader.bytes(COMMITMENT_BYTES) };
    case AGREE:
      return { kind: "agree", nonce: reader.bytes(SAS_NONCE_BYTES) };
    case REVEAL:
      return { kind: "reveal", nonce: reader.bytes(SAS_NONCE_BYTES) };
    case VERDICT:
      return { kind: "verdict", isSame: reader.u8() === 1 };
    case PRESENCE: {
      const state = STATES[reader.u8() - 1];
      return state === undefined ? undefined : { kind: "presence", state };
    }
    case WHO_ARE: {
      const count = reader.u8();
      if (count > CARDS_MAX) return undefined;
      const peers = Array.from({ length: count }, () => peerIdOf(reader.bytes(PEER_ID_BYTES)));
      return { kind: "who-are", peers };
    }
    case CARDS: {
      const count = reader.u8();
      if (count > CARDS_MAX) return undefined;
      return {
        kind: "cards",
        cards: Array.from({ length: count }, () => reader.bytes(reader.u8())),
      };
    }
    default:
      return undefined;
  }
}
