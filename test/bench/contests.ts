import { ChatServer } from "./chatserver.ts";
import type { Lifetime } from "./lifetime.ts";
import { runPair } from "./pair.ts";
import type { SideOptions } from "./sideoptions.ts";
import type { Starts } from "./starts.ts";
import type { Samples } from "./tasks.ts";

/** What is there for the whole of a benchmark's run. */
export interface Context {
  readonly isQuick: boolean;
  readonly lifetime: Lifetime;
  readonly starts: Starts;
}

/** One contestant, run once, in processes of its own. */
export type Run = (context: Context) => Promise<Samples>;

/** What is measured side by side in every round. */
export interface Contest {
  readonly name: string;
  readonly contestants: Readonly<Record<string, Run>>;
  /** Enough for what hardly varies. */
  readonly roundsMax?: number;
}

/** What every path carries. Without a cap a session finds out what loopback does: 64 KiB. */
const DATAGRAM_BYTES = 1200;

/** All of them, in the order of the table. */
export const CONTESTS: readonly Contest[] = [
  {
    name: "burst",
    contestants: {
      original: pair("original", "burst"),
      plain: pair("plain", "burst"),
      session: pair("session", "burst", DATAGRAM_BYTES),
      uncapped: pair("session", "burst"),
      chat: chatPair("burst"),
    },
  },
  {
    name: "sustained",
    contestants: {
      plain: pair("plain", "sustained"),
      session: pair("session", "sustained", DATAGRAM_BYTES),
      uncapped: pair("session", "sustained"),
      chat: chatPair("sustained"),
    },
  },
  {
    name: "ping",
    contestants: {
      plain: pair("plain", "ping"),
      session: pair("session", "ping", DATAGRAM_BYTES),
      loaded: pair("session", "loaded", DATAGRAM_BYTES),
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
  {
    name: "fanout",
    contestants: { session: pair("session", "fanout", DATAGRAM_BYTES) },
  },
  {
    name: "idle",
    roundsMax: 3,
    contestants: { peer: pair("session", "idle"), server: pair("server", "idle") },
  },
  {
    name: "stall",
    roundsMax: 3,
    contestants: { session: pair("session", "stall") },
  },
  {
    name: "start",
    contestants: {
      empty: async ({ starts }) => starts.empty(),
      server: async ({ starts }) => starts.server(),
    },
  },
];

function chatPair(task: "burst" | "sustained"): Run {
  return async ({ isQuick, lifetime }) => {
    await using server = await ChatServer.start(lifetime);
    return await runPair({ subject: "chat", task, isQuick, chat: server.chat });
  };
}

function pair(
  subject: SideOptions["subject"] | "original",
  task: SideOptions["task"],
  datagramBytesMax?: number,
): Run {
  const cap = datagramBytesMax === undefined ? {} : { datagramBytesMax };
  return async ({ isQuick }) => runPair({ subject, task, isQuick, ...cap });
}
