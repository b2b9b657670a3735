import type { Forecast } from "./forecastwords.ts";

/** What came of a meeting: the path that was opened first, or `none` within some seconds. */
export type MeetingOutcome = (typeof OUTCOMES)[number];

const OUTCOMES = ["lan", "direct", "relay", "none"] as const;

export function isMeetingOutcome(word: string): word is MeetingOutcome {
  return OUTCOMES.some((known) => known === word);
}

/** Whether what was expected came: undefined where the one says nothing about the other. */
export function isHit(expected: Forecast, outcome: MeetingOutcome): boolean | undefined {
  switch (expected) {
    case "unknown":
      return undefined;
    case "relay":
      // A path of the local network has no router on it.
      return outcome === "lan" ? undefined : outcome !== "direct";
    case "direct":
    case "prediction":
    case "birthday":
      return outcome === "direct" || outcome === "lan";
    default:
      return expected satisfies never;
  }
}

export interface Graded {
  readonly expected: Forecast;
  readonly outcome: MeetingOutcome;
}

/** How often what was expected came, of those that could be told. */
export interface Grade {
  readonly expected: Forecast;
  readonly hits: number;
  readonly of: number;
}

/** One for each expectation that there was, in the order in which it was first met. */
export function gradesOf(meetings: readonly Graded[]): readonly Grade[] {
  const byForecast = Map.groupBy(meetings, ({ expected }) => expected);
  return [...byForecast].flatMap(([expected, all]) => {
    const hits = all
      .map(({ outcome }) => isHit(expected, outcome))
      .filter((it) => it !== undefined);
    const count = hits.filter(Boolean).length;
    return hits.length === 0 ? [] : [{ expected, hits: count, of: hits.length }];
  });
}
