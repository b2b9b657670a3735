import type { CheckState } from "../contract/checks.ts";
import type { VisitEvent } from "../contract/doctor.ts";
import { checkRows, type NameOf, predictionRow, summaryLine } from "./doctorlines.ts";

/** A line of any length: who shows it breaks it. */
export interface VisitRow {
  readonly text: string;
  /** Of a check's first line. */
  readonly state?: CheckState;
}

/** What a visit finds, as lines for a face that a client runs in. */
export class VisitRows {
  readonly #states: CheckState[] = [];
  readonly #nameOf: NameOf;
  #hasPeople = false;

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  rowsOf(event: VisitEvent): readonly VisitRow[] {
    switch (event.kind) {
      case "servers": {
        const eyes = event.servers.length === 0 ? "without a server" : event.servers.join(", ");
        return [{ text: `seen by   ${eyes}` }, { text: "" }];
      }
      case "check": {
        const { state } = event.check;
        this.#states.push(state);
        const [first = "", ...fixes] = checkRows(event.check);
        return [{ text: first, state }, ...fixes.map((text) => ({ text }))];
      }
      case "prediction": {
        const head = this.#hasPeople ? [] : [{ text: "" }, { text: "how people will be reached" }];
        this.#hasPeople = true;
        return [...head, { text: predictionRow(event.prediction, this.#nameOf) }];
      }
      case "nat":
        return [];
      default:
        return event satisfies never;
    }
  }

  /** What all of it comes to. */
  get summary(): string {
    return summaryLine(this.#states);
  }
}
