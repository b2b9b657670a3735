import { lstatSync, readFileSync } from "node:fs";
import { toHex } from "../base/bytes.ts";
import { parsePeerId, type PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { type Identity, identityFromSecret } from "../crypto/identity.ts";
import { Failure } from "./failure.ts";
import { replaceFile } from "./files.ts";
import type { PublicKeys } from "./publickeys.ts";
import { openSecret } from "./secret.ts";

/** More than any card file we write. */
const CARD_FILE_BYTES_MAX = 4096;

/** Serials are u48 on the wire. */
const SERIAL_MAX = 2 ** 48 - 1;

/** Who this profile is, by `openSecret`. */
export function openIdentity(file: string, random: Random): Identity {
  return identityFromSecret(openSecret(file, random));
}

/** What a profile tells of itself, and who it was before. */
export interface OwnCard {
  /** When this identity began to go by this name, in ms since the epoch; higher than any before. */
  readonly serial: number;
  /** What others took this profile for until it got another identity. */
  readonly former: Former | undefined;
  /** Nobody has been here before, as far as is known. */
  readonly isFirst: boolean;
}

export interface Former {
  readonly name: string;
  readonly id: PeerId;
}

/**
 * The card of this identity, which the file remembers. Throws a Failure where one of its two keys
 * is another than it was: nobody gets half a new identity, so its file is damaged.
 */
export function openCard(file: string, name: string, identity: Identity, wallMs: number): OwnCard {
  const known = readCard(file);
  const keys = keysOf(identity);
  check(file, known, keys);
  const isSame = known?.keys?.id === keys.id;
  if (known !== undefined && known.name === name && isSame) {
    return { serial: known.serial, former: undefined, isFirst: false };
  }
  // A card from before keys were remembered is this identity's.
  const isOwn = known?.keys === undefined && known?.name === name;
  const serial = isOwn ? known.serial : Math.max(Math.floor(wallMs), (known?.serial ?? 0) + 1);
  replaceFile(file, `${JSON.stringify({ name, serial, ...keys })}\n`);
  const isFirst = known === undefined;
  if (isSame || known?.keys === undefined) return { serial, former: undefined, isFirst };
  return { serial, former: { name: known.name, id: known.keys.id }, isFirst };
}

/**
 * What this identity calls itself; undefined where that is not known. Throws a Failure where the
 * file knows one of its two keys, and not the other.
 */
export function readOwnName(file: string, identity: Identity): string | undefined {
  const card = readCard(file);
  check(file, card, keysOf(identity));
  return card?.name;
}

function check(file: string, card: CardFile | undefined, { id, noiseKey }: PublicKeys): void {
  const known = card?.keys;
  if (known === undefined || (known.id === id) === (known.noiseKey === noiseKey)) return;
  throw new Failure(
    `Refuse the identity beside ${file}: it is damaged, one of its keys is not what it was: ` +
      "put a copy of identity.key back, or move it away to become somebody new",
    EXIT.failure,
  );
}

interface CardFile {
  readonly name: string;
  readonly serial: number;
  /** Undefined in one of an earlier version. */
  readonly keys: PublicKeys | undefined;
}

/** Undefined where there is none or it is not ours: then the name counts as new. */
function readCard(file: string): CardFile | undefined {
  try {
    if (!lstatSync(file).isFile() || lstatSync(file).size > CARD_FILE_BYTES_MAX) return undefined;
    const card: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof card !== "object" || card === null) return undefined;
    if (!("name" in card) || typeof card.name !== "string") return undefined;
    if (!("serial" in card) || !Number.isSafeInteger(card.serial)) return undefined;
    const { name } = card;
    const serial = Number(card.serial);
    if (serial < 0 || serial >= SERIAL_MAX) return undefined;
    return { name, serial, keys: readKeys(card) };
  } catch {
    return undefined;
  }
}

function readKeys(card: object): PublicKeys | undefined {
  if (!("id" in card) || !("noiseKey" in card)) return undefined;
  const { id, noiseKey } = card;
  if (typeof id !== "string" || typeof noiseKey !== "string") return undefined;
  const peerId = parsePeerId(id);
  return peerId && { id: peerId, noiseKey };
}

function keysOf({ peerId, noise }: Identity): PublicKeys {
  return { id: peerId, noiseKey: toHex(noise.publicKey) };
}
