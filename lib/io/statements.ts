import type { Database } from "bun:sqlite";

/** What is bound to a statement's places. */
export type Value = Uint8Array | string | number | null;

/** The statements of one database, each prepared once. */
export class Statements {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Returns how many rows it changed. */
  run(sql: string, ...values: Value[]): number {
    return this.#db.query(sql).run(...values).changes;
  }

  /** Row by row, for who may not want all of them. */
  each<Row>(sql: string, ...values: Value[]): Iterable<Row> {
    return this.#db.query<Row, Value[]>(sql).iterate(...values);
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#db.query<Row, Value[]>(sql).all(...values);
  }
}
