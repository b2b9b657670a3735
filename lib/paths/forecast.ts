import type { NatReport } from "../wire/nat.ts";
import { type Forecast, FORECASTS } from "./forecastwords.ts";
import { isHard, prospectOf } from "./tactics.ts";

/** The same from both sides. */
export function forecastOf(
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
  isDoubted = false,
): Forecast {
  const prospect = prospectOf(mine, theirs, isDoubted);
  switch (prospect.kind) {
    case "direct":
      return "direct";
    case "infeasible":
      return "relay";
    case "unknown":
      return "unknown";
    case "tactic": {
      const hard = [mine, theirs].filter((it) => it !== undefined && isHard(it));
      const isByChance = hard.some((it) => {
        return it?.allocation.kind === "block" || it?.allocation.kind === "random";
      });
      return isByChance ? "birthday" : "prediction";
    }
    default:
      return prospect satisfies never;
  }
}

/** Of several ways, one for each family of addresses, the best. */
export function bestForecast(forecasts: readonly Forecast[]): Forecast {
  return FORECASTS.find((forecast) => forecasts.includes(forecast)) ?? "unknown";
}
