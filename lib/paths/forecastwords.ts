/**
 * How two are expected to meet: by calling one another; by the port that a router is bound to give
 * next; by two searches that find one another by chance; not at all, unless somebody who shares a
 * room with both carries it; or nobody can tell.
 */
export type Forecast = (typeof FORECASTS)[number];

/** The best first. */
export const FORECASTS = ["direct", "prediction", "birthday", "relay", "unknown"] as const;

export function isForecast(word: string): word is Forecast {
  return FORECASTS.some((known) => known === word);
}

/** To stand after "will probably connect", or after a name and a colon. */
export function forecastWords(forecast: Forecast): string {
  switch (forecast) {
    case "direct":
      return "directly, at once";
    case "prediction":
      return "directly, by guessing the next port of a router: well under a second";
    case "birthday":
      return "directly, by searching the ports of a router: about a second";
    case "relay":
      return "not directly; through somebody who shares a room with both, where there is one";
    case "unknown":
      return "cannot tell: too little is known of one of the two routers";
    default:
      return forecast satisfies never;
  }
}
