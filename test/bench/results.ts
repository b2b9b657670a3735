import type { Key, Result, Row } from "./bars.ts";
import { summarise, type Summary } from "./statistics.ts";

/** Every sample of every round. */
export class Records {
  readonly #values = new Map<string, number[]>();

  add(contest: string, contestant: string, samples: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(samples)) {
      const key = `${contest}.${contestant}.${name}`;
      this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
    }
  }

  of(key: Key): readonly number[] {
    return this.#values.get(key) ?? [];
  }

  all(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#values);
  }
}

/** The rows for which there are measurements: a ratio is that of the medians. */
export function resultsOf(rows: readonly Row[], records: Records): readonly Result[] {
  return rows.map((row) => resultOf(row, records)).filter((result) => result !== undefined);
}

function resultOf(row: Row, records: Records): Result | undefined {
  const measured = (key: Key): Summary | undefined => {
    const values = records.of(key);
    if (values.length === 0) return undefined;
    return summarise(values.map((value) => value * (row.scale ?? 1)));
  };
  const subject = measured(row.subject);
  if (subject === undefined) return undefined;
  if (row.reference === undefined) {
    return { row, subject, reference: undefined, value: subject.median };
  }
  const reference = measured(row.reference.key);
  if (reference === undefined) return undefined;
  const compare = row.compare ?? ((a: number, b: number) => a / b);
  return { row, subject, reference, value: compare(subject.median, reference.median) };
}
