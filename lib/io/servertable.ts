import type { ServerWrite } from "../node/machine.ts";
import type { Statements } from "./statements.ts";

const INSERT_SERVER = "INSERT INTO servers VALUES (?, ?) ON CONFLICT DO NOTHING";
const UPSERT_SERVER = `INSERT INTO servers VALUES (?, ?)
  ON CONFLICT DO UPDATE SET noise_key = excluded.noise_key`;
const SELECT_KEY = "SELECT noise_key AS key FROM servers WHERE name = ?";

/** The keys that servers are known by. */
export class ServerTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write({ name, noiseKey, isGiven }: ServerWrite): void {
    this.#statements.run(isGiven ? UPSERT_SERVER : INSERT_SERVER, name, noiseKey);
  }

  /** 32 bytes. */
  key(name: string): Uint8Array | undefined {
    return this.#statements.all<{ key: Uint8Array }>(SELECT_KEY, name)[0]?.key;
  }
}
