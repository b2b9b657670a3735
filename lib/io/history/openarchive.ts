import { lstatSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../contract/exitcodes.ts";
import { signCard } from "../../crypto/card.ts";
import { acquaintancesOf, Roster } from "../../node/roster.ts";
import { codeOf, Failure, wordsOf } from "../failure.ts";
import { isEmptyFile } from "../files.ts";
import { openIdentity, readOwnName } from "../identity.ts";
import { systemRandom } from "../random.ts";
import { ArchiveReader } from "./archivereader.ts";

/** A profile's history, and everybody in it by name. */
export interface OpenArchive {
  readonly reader: ArchiveReader;
  readonly roster: Roster;
}

/** Makes no file. Throws a Failure where there is no such profile, or it cannot be read. */
export function openArchive(dataDirectory: string): OpenArchive {
  const identityFile = join(dataDirectory, "identity.key");
  const database = join(dataDirectory, "p2pchat.db");
  const cardFile = join(dataDirectory, "card.json");
  for (const file of [identityFile, database]) requireFile(file, dataDirectory);
  if (isEmptyFile(database)) {
    const text = `No history in ${dataDirectory}: p2pchat.db is empty, whatever it held is lost`;
    throw new Failure(text, EXIT.failure);
  }
  const identity = openIdentity(identityFile, systemRandom);
  const ownName = readOwnName(cardFile, identity);
  const { peerId, signing, noise } = identity;
  const reader = ArchiveReader.open(database, peerId);
  const roster = new Roster(acquaintancesOf(reader.people()));
  const name = ownName ?? peerId.slice(0, 8);
  roster.addMe(signCard({ signing, noiseKey: noise.publicKey, name, serial: 0 }));
  return { reader, roster };
}

function requireFile(file: string, dataDirectory: string): void {
  try {
    lstatSync(file);
  } catch (error) {
    const what = codeOf(error) === "ENOENT" ? "nobody has chatted from there" : wordsOf(error);
    const text = `No history in ${dataDirectory}: ${what} (say whose with --name NAME)`;
    throw new Failure(text, EXIT.usage, error);
  }
}
