import { milliseconds } from "../../words.ts";
import type { Standing } from "../../talk/standing.ts";
import type { Link } from "./connection.ts";
import type { PageModel } from "./pagemodel.ts";

export interface StandingWords {
  readonly text: string;
  /** Something is not as it should be. */
  readonly isTrouble: boolean;
}

/** How one stands, in a few words: the worst first. */
export function standingWords(model: PageModel, link: Link): StandingWords {
  if (link.kind !== "open") return { text: "p2pchat has stopped", isTrouble: true };
  const { server, rttMs } = model.standing;
  const direct = model.view.peopleCalled("#").filter(({ state }) => state === "connected").length;
  const met = direct === 0 ? "nobody met" : `${direct} met`;
  const { words, isTrouble } = SERVER[server];
  const rtt = server === "connected" && rttMs !== undefined ? ` ${milliseconds(rttMs)}` : "";
  return { text: `${words}${rtt} · ${met}`, isTrouble };
}

const SERVER: Readonly<
  Record<Standing["server"], { readonly words: string; readonly isTrouble: boolean }>
> = {
  looking: { words: "Looking for a server", isTrouble: false },
  silent: { words: "No server yet", isTrouble: false },
  none: { words: "No server", isTrouble: false },
  connected: { words: "Server", isTrouble: false },
  lost: { words: "Server lost", isTrouble: true },
  replaced: { words: "Replaced elsewhere", isTrouble: true },
};
