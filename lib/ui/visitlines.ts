import type { CheckState } from "../contract/checks.ts";
import type { VisitEvent } from "../contract/doctor.ts";
import { checkLines, type NameOf, predictionLines, summaryLine } from "./doctorlines.ts";

const IN_WORDS = { hasColours: false, isAccessible: true } as const;

/** What a visit finds, each thing as one line and in words, whatever is written in between. */
export class VisitLines {
  readonly #states: CheckState[] = [];
  readonly #nameOf: NameOf;

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  linesOf(event: VisitEvent): readonly string[] {
    switch (event.kind) {
      case "servers": {
        const { servers } = event;
        const eyes = servers.length === 0 ? "without a server" : `as ${servers.join(", ")} sees it`;
        return [`your network, ${eyes}:`];
      }
      case "check":
        this.#states.push(event.check.state);
        return checkLines(event.check, IN_WORDS);
      case "prediction":
        return predictionLines(event.prediction, { ...IN_WORDS, nameOf: this.#nameOf }).map(
          (line) => `how to reach ${line}`,
        );
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
