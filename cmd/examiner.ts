import { join } from "node:path";
import type { VisitEvent } from "../lib/contract/doctor.ts";
import { systemClock } from "../lib/io/clock.ts";
import { readPeerbook } from "../lib/io/doctor/peerbook.ts";
import { wordsOf } from "../lib/io/failure.ts";
import { systemRandom } from "../lib/io/random.ts";
import type { ChatOptions } from "./chatoptions.ts";

/** Of those met last: p2pchat doctor tells of all. */
const PEOPLE_SHOWN = 12;

/** Tells what it finds as it goes, and once at the end, why it could not where that is so. */
export type Examine = (
  tell: (event: VisitEvent) => void,
  end: (fault: string | undefined) => void,
) => void;

/** Looks at the network as p2pchat doctor does, once at a time. */
export function examiner({
  server,
  isMapped,
  paths,
}: Pick<ChatOptions, "server" | "isMapped" | "paths">): Examine {
  let isBusy = false;
  return (tell, end) => {
    if (isBusy) return end("The network is being looked at already.");
    isBusy = true;
    const over = (fault?: string): void => {
      isBusy = false;
      end(fault);
    };
    const look = async (): Promise<void> => {
      // What few ask for costs nobody else anything at the start.
      const { visit } = await import("../lib/io/doctor/visit.ts");
      const book = readPeerbook(join(paths.dataDirectory, "p2pchat.db"));
      await visit({
        named: server === null ? [] : [server],
        isMapped,
        people: book?.people.slice(0, PEOPLE_SHOWN) ?? [],
        random: systemRandom,
        now: () => systemClock.now(),
        tell,
      });
    };
    look().then(
      () => over(),
      (error: unknown) => over(wordsOf(error)),
    );
  };
}
