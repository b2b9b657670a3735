import { lstatSync, readFileSync } from "node:fs";
import type { Random } from "../base/random.ts";
import { type Identity, identityFromSecret } from "../crypto/identity.ts";
import { replaceFile } from "./files.ts";
import { openSecret } from "./secret.ts";

/** More than any card file we write. */
const CARD_FILE_BYTES_MAX = 4096;

/** Serials are u48 on the wire. */
const SERIAL_MAX = 2 ** 48 - 1;

/** Who this profile is, by `openSecret`. */
export function openIdentity(file: string, random: Random): Identity {
  return identityFromSecret(openSecret(file, random));
}

/**
 * The serial of this identity's card: when it began to go by this name, in ms since the Unix epoch,
 * and higher than that of any name before.
 */
export function openSerial(file: string, name: string, wallMs: number): number {
  const known = readCard(file);
  if (known?.name === name) return known.serial;
  const serial = Math.max(Math.floor(wallMs), (known?.serial ?? 0) + 1);
  replaceFile(file, `${JSON.stringify({ name, serial })}\n`);
  return serial;
}

/** What this identity calls itself; undefined where that is not known. */
export function readOwnName(file: string): string | undefined {
  return readCard(file)?.name;
}

/** Undefined where there is none or it is not ours: then the name counts as new. */
function readCard(file: string): { readonly name: string; readonly serial: number } | undefined {
  try {
    if (!lstatSync(file).isFile() || lstatSync(file).size > CARD_FILE_BYTES_MAX) return undefined;
    const card: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof card !== "object" || card === null) return undefined;
    if (!("name" in card) || typeof card.name !== "string") return undefined;
    if (!("serial" in card) || !Number.isSafeInteger(card.serial)) return undefined;
    const serial = Number(card.serial);
    return serial >= 0 && serial < SERIAL_MAX ? { name: card.name, serial } : undefined;
  } catch {
    return undefined;
  }
}
