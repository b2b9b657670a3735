import type { KnownNetwork, NetworkWrite } from "../node/machine.ts";
import { NETWORKS_MAX } from "../node/networks.ts";
import type { Statements } from "./statements.ts";

const UPSERT_NETWORK = `INSERT INTO networks VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET nat = excluded.nat, wall_ms = excluded.wall_ms`;
const FORGET_NETWORKS = `DELETE FROM networks WHERE place NOT IN
  (SELECT place FROM networks ORDER BY wall_ms DESC LIMIT ${NETWORKS_MAX})`;
const SELECT_NETWORKS = 'SELECT place, nat, wall_ms AS "wallMs" FROM networks ORDER BY wall_ms';

/** What the NATs did of the networks that this machine was in. */
export class NetworkTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write({ place, nat, wallMs }: NetworkWrite): void {
    this.#statements.run(UPSERT_NETWORK, place, nat, wallMs);
    this.#statements.run(FORGET_NETWORKS);
  }

  /** Those learnt longest ago first. */
  networks(): KnownNetwork[] {
    return this.#statements.all<KnownNetwork>(SELECT_NETWORKS);
  }
}
