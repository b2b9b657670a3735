import type { PresenceState } from "../../../wire/aside.ts";
import type { PageModel } from "./pagemodel.ts";
import type { Reach } from "./personwords.ts";
import { request } from "./request.ts";

/** What one may say of oneself, and how it is called where one does. */
export const PRESENCES: readonly (readonly [PresenceState, string])[] = [
  ["online", "At hand"],
  ["away", "Away"],
  ["busy", "Busy"],
];

/** Tells everybody who is met whether one is at hand. */
export function choosePresence(model: PageModel, state: PresenceState): void {
  request(model, (req) => ({ type: "presence", req, state }));
}

/** What one has chosen, in whatever face; empty of who is at hand, as that says nothing. */
export function ownPresence({ standing }: Pick<PageModel, "standing">): string {
  if (standing.presence === "online") return "";
  return PRESENCES.find(([state]) => state === standing.presence)?.[1] ?? "";
}

/** The sign that it is drawn by. */
export function presenceSign(state: PresenceState): Reach {
  return state === "online" ? "connected" : state;
}
