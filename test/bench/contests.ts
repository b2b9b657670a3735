import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ChatServer } from "./chatserver.ts";
import { type Start, startAs } from "./earlier.ts";
import type { Lifetime } from "./lifetime.ts";
import { runPair } from "./pair.ts";
import { makePast } from "./past.ts";
import { acquaint } from "./room.ts";
import type { SideOptions } from "./sideoptions.ts";
import type { Profiles } from "./profiles.ts";
import type { Programs } from "./programs.ts";
import { idleMiB } from "./idleclients.ts";
import { showHistory } from "./shownhistory.ts";
import { busyScreen, echoedKeys, firstFrame } from "./screens.ts";
import { search } from "./searches.ts";
import { start } from "./starts.ts";
import type { Samples } from "./tasks.ts";
import { longPage, openedRoom, plainPage } from "./webpages.ts";

/** What is there for the whole of a benchmark's run. */
export interface Context {
  readonly isQuick: boolean;
  readonly lifetime: Lifetime;
  readonly programs: Programs;
  readonly profiles: Profiles;
}

/** One contestant, run once, in processes of its own. */
export type Run = (context: Context) => Promise<Samples>;

/** What is measured side by side in every round. */
export interface Contest {
  readonly name: string;
  readonly contestants: Readonly<Record<string, Run>>;
  /** Enough for what hardly varies. */
  readonly roundsMax?: number;
  /** There is something to measure only beside an earlier program. */
  readonly needsEarlier?: true;
}

/** What every path carries. Without a cap a session finds out what loopback does: 64 KiB. */
const DATAGRAM_BYTES = 1200;

/** Messages that were missed. */
const MISSED = 100_000;
const MISSED_QUICK = 20_000;

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
    name: "room",
    contestants: {
      2: roomOf(2),
      10: roomOf(10),
      50: roomOf(50),
      200: roomOf(200),
    },
  },
  {
    name: "catchup",
    contestants: { chat: catchUpWith, shown: catchUpShown },
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
      empty: async ({ lifetime, programs }) => start(lifetime, [programs.empty()]),
      server: startServer,
      fresh: async ({ lifetime, programs, profiles }) =>
        start(lifetime, programs.client(profiles.fresh)),
      old: async ({ lifetime, programs, profiles }) =>
        start(lifetime, programs.client(await profiles.old())),
    },
  },
  {
    name: "earlier",
    needsEarlier: true,
    contestants: Object.fromEntries(
      (["help", "server", "json", "plain"] as const).flatMap((how): [string, Run][] => [
        [how, startOf(how, false)],
        [`${how}-earlier`, startOf(how, true)],
      ]),
    ),
  },
  {
    name: "search",
    contestants: {
      old: async ({ lifetime, programs, profiles }) =>
        search(lifetime, programs.client(await profiles.old())),
    },
  },
  {
    name: "screen",
    contestants: {
      empty: async ({ lifetime, programs }) => start(lifetime, [programs.empty()]),
      fresh: async ({ lifetime, programs, profiles }) =>
        firstFrame(lifetime, programs.screen(profiles.fresh), "Ctrl+P commands"),
      echo: async ({ isQuick, lifetime, programs }) =>
        echoedKeys(lifetime, [programs.echo()], isQuick),
    },
  },
  {
    name: "busy",
    roundsMax: 3,
    contestants: {
      screen: async ({ isQuick, lifetime, programs, profiles }) =>
        busyScreen(lifetime, programs, await profiles.long(), isQuick),
    },
  },
  {
    name: "page",
    roundsMax: 3,
    contestants: {
      plain: async ({ isQuick, lifetime }) => plainPage(lifetime, isQuick),
      short: async ({ isQuick, lifetime, programs, profiles }) =>
        openedRoom(lifetime, programs.page(await profiles.short()), isQuick),
      long: async ({ isQuick, lifetime, programs, profiles }) =>
        longPage(lifetime, programs, await profiles.long(), isQuick),
    },
  },
  {
    name: "size",
    needsEarlier: true,
    roundsMax: 1,
    contestants: {
      program: async ({ programs }) => sizeOf(programs.p2pchat()),
      earlier: async ({ programs }) => sizeOf(programs.earlier()),
    },
  },
  {
    name: "memory",
    roundsMax: 3,
    contestants: { client: holdStill },
  },
];

function chatPair(task: "burst" | "sustained"): Run {
  return async ({ isQuick, lifetime }) => {
    await using server = await ChatServer.start(lifetime);
    return await runPair({ subject: "chat", task, isQuick, chat: server.chat });
  };
}

function startOf(how: Start, isEarlier: boolean): Run {
  return ({ lifetime, programs }) => startAs(how, lifetime, programs, isEarlier);
}

function startServer({ lifetime, programs }: Context): Promise<Samples> {
  const dataDirectory = join(lifetime.directory, "server");
  const args = ["server", "--json", "--listen", "127.0.0.1:0", "--data-dir", dataDirectory];
  return start(lifetime, [programs.p2pchat(), ...args]);
}

function sizeOf(file: string): Samples {
  return { bytes: statSync(file).size };
}

async function holdStill({ isQuick, lifetime, programs, profiles }: Context): Promise<Samples> {
  const both = [profiles.fresh, await profiles.old()];
  const commands = both.map((profile) => programs.client(profile));
  const [freshMiB = Number.NaN, oldMiB = Number.NaN] = await idleMiB(lifetime, commands, isQuick);
  return { freshMiB, oldMiB };
}

/** One who talks, and all others in a second process, who know only where that one is. */
function roomOf(members: number): Run {
  return async ({ isQuick, lifetime }) => {
    const directory = mkdtempSync(join(lifetime.directory, "room-"));
    try {
      acquaint(directory, members);
      const chat = { directory, server: undefined };
      return await runPair({ subject: "chat", task: "room", isQuick, chat, members });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

async function catchUpWith({ isQuick, lifetime }: Context): Promise<Samples> {
  await using server = await ChatServer.start(lifetime);
  const { chat } = server;
  const messages = isQuick ? MISSED_QUICK : MISSED;
  const directory = join(chat.directory, "far");
  await makePast({ name: "far", directory, messages, isIndexed: false });
  return await runPair({ subject: "chat", task: "catchup", isQuick, chat, messages });
}

/** The same of two whole clients, with all that was missed as lines of JSON. */
async function catchUpShown({ isQuick, lifetime, programs }: Context): Promise<Samples> {
  await using server = await ChatServer.start(lifetime);
  const { directory: place, server: introducer } = server.chat;
  const messages = isQuick ? MISSED_QUICK : MISSED;
  const past = { name: "keeper", directory: join(place, "keeper") };
  await makePast({ ...past, messages, isIndexed: false });
  const met = ["--server", `${introducer?.address}#${introducer?.key}`];
  const newcomer = { name: "newcomer", directory: join(place, "newcomer") };
  const clients = {
    keeper: [...programs.client(past), ...met],
    newcomer: [...programs.client(newcomer), ...met],
  };
  return await showHistory(lifetime, clients, messages);
}

function pair(
  subject: SideOptions["subject"] | "original",
  task: SideOptions["task"],
  datagramBytesMax?: number,
): Run {
  const cap = datagramBytesMax === undefined ? {} : { datagramBytesMax };
  return async ({ isQuick }) => runPair({ subject, task, isQuick, ...cap });
}
