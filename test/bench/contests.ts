import { runPair } from "./pair.ts";
import type { SideOptions } from "./side.ts";
import type { Samples } from "./tasks.ts";

/** One contestant, run once, in processes of its own. */
export type Run = (isQuick: boolean) => Promise<Samples>;

/** What is measured side by side in every round. */
export interface Contest {
  readonly name: string;
  readonly contestants: Readonly<Record<string, Run>>;
}

/** What every path carries. Without a cap a session finds out what loopback does: 64 KiB. */
const DATAGRAM_BYTES = 1200;

export const CONTESTS: readonly Contest[] = [
  {
    name: "burst",
    contestants: {
      original: pair("original", "burst"),
      plain: pair("plain", "burst"),
      session: pair("session", "burst", DATAGRAM_BYTES),
      uncapped: pair("session", "burst"),
    },
  },
  {
    name: "sustained",
    contestants: {
      plain: pair("plain", "sustained"),
      session: pair("session", "sustained", DATAGRAM_BYTES),
      uncapped: pair("session", "sustained"),
    },
  },
  {
    name: "ping",
    contestants: {
      plain: pair("plain", "ping"),
      session: pair("session", "ping", DATAGRAM_BYTES),
    },
  },
  {
    name: "connect",
    contestants: { session: pair("session", "connect", DATAGRAM_BYTES) },
  },
  {
    name: "bulk",
    contestants: {
      plain: pair("plain", "bulk"),
      session: pair("session", "bulk", DATAGRAM_BYTES),
      uncapped: pair("session", "bulk"),
    },
  },
];

function pair(
  subject: SideOptions["subject"] | "original",
  task: SideOptions["task"],
  datagramBytesMax?: number,
): Run {
  const cap = datagramBytesMax === undefined ? {} : { datagramBytesMax };
  return async (isQuick) => runPair({ subject, task, isQuick, ...cap });
}
