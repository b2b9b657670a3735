import { parseAddress } from "../base/address.ts";
import { idBytes } from "../base/ids.ts";
import { ENCOUNTERS_MAX } from "../node/encounters.ts";
import type { EncounterWrite, KnownEncounter } from "../node/machine.ts";
import { peerOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

const UPSERT_ENCOUNTER = `INSERT INTO encounters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
  SET remote = excluded.remote, technique = excluded.technique, wall_ms = excluded.wall_ms`;
const FORGET_ENCOUNTERS = `DELETE FROM encounters WHERE (peer, place) NOT IN
  (SELECT peer, place FROM encounters ORDER BY wall_ms DESC LIMIT ${ENCOUNTERS_MAX})`;
const SELECT_ENCOUNTERS = `SELECT peer, place, remote, technique, wall_ms AS wallMs
  FROM encounters ORDER BY wall_ms`;

interface EncounterRow extends Omit<KnownEncounter, "peer" | "remote"> {
  readonly peer: Uint8Array;
  readonly remote: string;
}

/** Where and how people were last met, from each of the networks that this machine was in. */
export class EncounterTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write({ peer, place, remote, technique, wallMs }: EncounterWrite): void {
    this.#statements.run(UPSERT_ENCOUNTER, idBytes(peer), place, remote, technique, wallMs);
    this.#statements.run(FORGET_ENCOUNTERS);
  }

  /** Those longest ago first. */
  encounters(): KnownEncounter[] {
    return this.#statements.all<EncounterRow>(SELECT_ENCOUNTERS).flatMap(encounterOf);
  }
}

/** None where its address is none. */
function encounterOf({ peer, remote, ...rest }: EncounterRow): KnownEncounter[] {
  const address = parseAddress(remote);
  return address === undefined ? [] : [{ ...rest, peer: peerOf(peer), remote: address }];
}
