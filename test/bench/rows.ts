import { atLeast, atMost, type Bar, type Key, type Row } from "./bars.ts";
import { BUFFER_FACTOR, KEPT_BYTES_MAX } from "./sessionhost.ts";

const THOUSAND = 1e3;
const MILLION = 1e6;

const UNCAPPED = "  datagrams as large as the path takes";

function plain(key: Key): NonNullable<Row["reference"]> {
  return { name: "plain Bun", key };
}

function original(key: Key): NonNullable<Row["reference"]> {
  return { name: "original", key };
}

/** How many times faster. */
const fasterBy = (subject: number, reference: number): number => reference / subject;

/** Chat under load may take three times as long, and 5 ms; in µs. */
const LOADED_FACTOR = 3;
const LOADED_EXTRA_US = 5000;

/** Of the full screen, in ms. */
const FRAME_MS = 150;
const KEY_MS = 40;

/** Of the page, in ms. */
const PAINT_MS = 200;
const OPEN_MS = 300;
const BUSY_FRAME_MS = 50;

/** By which the page may have made the program larger, in MB. */
const GROWN_MB = 2;

/** What is started without a full screen, and is to start no slower for it. */
const STARTED_AS = {
  help: "--help",
  server: "server",
  json: "client --json",
  plain: "client --plain",
} as const;

/** The table, and what each figure is held to. */
export const ROWS: readonly Row[] = [
  {
    name: "burst of 1000",
    unit: "ms",
    subject: "burst.session.ms",
    reference: plain("burst.plain.ms"),
    bars: atMost(0.35, 0.22),
  },
  {
    name: "  times faster than the original",
    unit: "ms",
    subject: "burst.session.ms",
    reference: original("burst.original.ms"),
    compare: fasterBy,
    bars: atLeast(3, 5),
  },
  {
    name: UNCAPPED,
    unit: "ms",
    subject: "burst.uncapped.ms",
    reference: plain("burst.plain.ms"),
  },
  {
    name: "  chat, stored on both disks",
    unit: "ms",
    subject: "burst.chat.ms",
    reference: original("burst.original.ms"),
    bars: atMost(1, 0.8),
  },
  {
    name: "sustained messages",
    unit: "M/s",
    scale: 1 / MILLION,
    subject: "sustained.session.perSecond",
    reference: plain("sustained.plain.perSecond"),
    bars: atLeast(7, 11),
  },
  {
    name: UNCAPPED,
    unit: "M/s",
    scale: 1 / MILLION,
    subject: "sustained.uncapped.perSecond",
    reference: plain("sustained.plain.perSecond"),
  },
  {
    name: "  chat, stored on both disks",
    unit: "M/s",
    scale: 1 / MILLION,
    subject: "sustained.chat.perSecond",
    reference: plain("sustained.plain.perSecond"),
    bars: atLeast(0.5, 1),
  },
  {
    name: "CPU per million messages, both sides",
    unit: "s",
    subject: "sustained.session.cpuPerMillion",
    bars: atMost(1.2, 0.75, "s"),
  },
  {
    name: "  plain Bun",
    unit: "s",
    subject: "sustained.plain.cpuPerMillion",
  },
  {
    name: "  chat, stored on both disks",
    unit: "s",
    subject: "sustained.chat.cpuPerMillion",
  },
  {
    name: "round trip, p50",
    unit: "µs",
    subject: "ping.session.p50",
    reference: plain("ping.plain.p50"),
    bars: atMost(1.5, 1.15),
  },
  {
    name: "round trip, p95",
    unit: "µs",
    subject: "ping.session.p95",
    reference: plain("ping.plain.p95"),
    bars: { must: atMost(4, 4).must },
  },
  {
    name: "  p99",
    unit: "µs",
    subject: "ping.session.p99",
    reference: plain("ping.plain.p99"),
  },
  {
    name: "  p99 beside a bulk transfer",
    unit: "µs",
    subject: "ping.loaded.p99",
    reference: { name: "idle", key: "ping.session.p99" },
    bars: {
      must: {
        text: `≤ ${LOADED_FACTOR} × + ${LOADED_EXTRA_US / 1000} ms`,
        isMet: (_ratio, subject, reference) =>
          subject <= LOADED_FACTOR * reference + LOADED_EXTRA_US,
      },
      goal: atMost(2, 2).goal,
    },
  },
  {
    name: "    which carries",
    unit: "MB/s",
    subject: "ping.loaded.megabytesPerSecond",
  },
  {
    name: "connect until the first answer",
    unit: "ms",
    subject: "connect.session.ms",
    bars: atMost(5, 3, "ms"),
  },
  {
    name: "  the first of a process",
    unit: "ms",
    subject: "connect.session.coldMs",
  },
  {
    name: "bulk in 1200-byte datagrams",
    unit: "MB/s",
    subject: "bulk.session.megabytesPerSecond",
    reference: plain("bulk.plain.megabytesPerSecond"),
    bars: atLeast(0.45, 0.65),
  },
  {
    name: UNCAPPED,
    unit: "MB/s",
    subject: "bulk.uncapped.megabytesPerSecond",
    reference: plain("bulk.plain.megabytesPerSecond"),
  },
  {
    name: "a message to 200 sessions: CPU for each",
    unit: "µs",
    subject: "fanout.session.allUs",
    reference: { name: "a lone one", key: "fanout.session.loneUs" },
    bars: atMost(1.5, 1.1),
  },
  ...([10, 50, 200] as const).map((members): Row => ({
    name: `a message in a room of ${members}: CPU for each`,
    unit: "µs",
    subject: `room.${members}.recipientUs`,
    reference: { name: "a room of 2", key: "room.2.recipientUs" },
    bars: atMost(1.5, 1),
  })),
  {
    name: "catching up on what was missed: messages stored",
    unit: "k/s",
    scale: 1 / THOUSAND,
    subject: "catchup.chat.perSecond",
    bars: atLeast(20, 40, "k/s"),
  },
  {
    name: "  stored, and shown as JSON",
    unit: "k/s",
    scale: 1 / THOUSAND,
    subject: "catchup.shown.perSecond",
  },
  {
    name: "search in a million messages",
    unit: "ms",
    subject: "search.old.ms",
    bars: atMost(50, 10, "ms"),
  },
  {
    name: "  the slowest question",
    unit: "ms",
    subject: "search.old.slowestMs",
  },
  ...(["sustained", "bulk"] as const).flatMap((contest): Row[] => [
    {
      name: `peak memory, ${contest}, sender`,
      unit: "MiB",
      subject: `${contest}.session.nearMiB`,
      bars: atMost(80, 65, "MiB"),
    },
    {
      name: `peak memory, ${contest}, receiver`,
      unit: "MiB",
      subject: `${contest}.session.farMiB`,
      bars: atMost(80, 65, "MiB"),
    },
  ]),
  {
    name: "an idle session between peers",
    unit: "KiB",
    subject: "idle.peer.heapKiB",
    bars: atMost(16, 8, "KiB"),
  },
  {
    name: "  by which the process grows",
    unit: "KiB",
    subject: "idle.peer.rssKiB",
  },
  {
    name: "an idle session at the server",
    unit: "KiB",
    subject: "idle.server.heapKiB",
    bars: atMost(4, 2, "KiB"),
  },
  {
    name: "  by which the process grows",
    unit: "KiB",
    subject: "idle.server.rssKiB",
  },
  {
    name: "flood for a stalled reader: sender's heap",
    unit: "KiB",
    subject: "stall.session.nearGrownKiB",
    bars: within(BUFFER_FACTOR * KEPT_BYTES_MAX.sender),
  },
  {
    name: "  receiver's heap",
    unit: "KiB",
    subject: "stall.session.farGrownKiB",
    bars: within(BUFFER_FACTOR * KEPT_BYTES_MAX.receiver),
  },
  {
    name: "  taken in all",
    unit: "KiB",
    subject: "stall.session.takenKiB",
    bars: within(KEPT_BYTES_MAX.sender + KEPT_BYTES_MAX.receiver),
  },
  {
    name: "first line of p2pchat server",
    unit: "ms",
    subject: "start.server.ms",
    reference: { name: "an empty program", key: "start.empty.ms" },
    bars: atMost(2, 1.4),
  },
  {
    name: "first line of a client with a million messages",
    unit: "ms",
    subject: "start.old.ms",
    reference: { name: "a fresh one", key: "start.fresh.ms" },
    bars: atMost(1.5, 1.1),
  },
  ...(["help", "server", "json", "plain"] as const).map((how): Row => ({
    name: `first line of ${STARTED_AS[how]}`,
    unit: "ms",
    subject: `earlier.${how}.ms`,
    reference: { name: "the earlier program", key: `earlier.${how}-earlier.ms` },
    bars: { must: atMost(1.05, 1.05).must },
  })),
  {
    name: "first frame of the full screen",
    unit: "ms",
    subject: "screen.fresh.ms",
    reference: { name: "an empty program", key: "screen.empty.ms" },
    bars: { must: most(FRAME_MS) },
  },
  {
    name: "key press to frame, 100 messages a second, p95",
    unit: "ms",
    subject: "busy.screen.p95",
    reference: { name: "an echo", key: "screen.echo.p95" },
    bars: { must: most(KEY_MS) },
  },
  {
    name: "  p50",
    unit: "ms",
    subject: "busy.screen.p50",
    reference: { name: "an echo", key: "screen.echo.p50" },
  },
  {
    name: "  memory after an hour's worth",
    unit: "MiB",
    subject: "busy.screen.rssMiB",
    bars: atMost(120, 100, "MiB"),
  },
  {
    name: "    and when all of it is indexed",
    unit: "MiB",
    subject: "busy.screen.tendedMiB",
    bars: atMost(120, 100, "MiB"),
  },
  {
    name: "first paint of the page",
    unit: "ms",
    subject: "page.long.paintMs",
    reference: { name: "a plain page", key: "page.plain.paintMs" },
    bars: { must: most(PAINT_MS) },
  },
  {
    name: "  in a browser that has just been started",
    unit: "ms",
    subject: "page.long.firstPaintMs",
    reference: { name: "a plain page", key: "page.plain.firstPaintMs" },
  },
  {
    name: "a room of 100 000 messages opened in the page",
    unit: "ms",
    subject: "page.long.openMs",
    reference: { name: "one of 100", key: "page.short.openMs" },
    bars: { must: most(OPEN_MS) },
  },
  {
    name: "100 messages a second in the page: longest time between frames",
    unit: "ms",
    subject: "page.long.busyLongestMs",
    reference: { name: "a plain page", key: "page.plain.busyLongestMs" },
    bars: { must: most(BUSY_FRAME_MS) },
  },
  {
    name: "  so often it was more than 50 ms",
    unit: "×",
    subject: "page.long.busyLate",
    reference: { name: "a plain page", key: "page.plain.busyLate" },
  },
  {
    name: "  processor time of its thread for each frame",
    unit: "ms",
    subject: "page.long.busyCpuMs",
    reference: { name: "a plain page", key: "page.plain.busyCpuMs" },
  },
  {
    name: "scrolling back in the page: frames with a gap",
    unit: "",
    subject: "page.long.backGaps",
    bars: { must: atMost(0, 0, "frames").must },
  },
  {
    name: "  of so many rows",
    unit: "",
    subject: "page.long.backRows",
  },
  {
    name: "  longest time between frames",
    unit: "ms",
    subject: "page.long.backLongestMs",
    reference: { name: "a plain page", key: "page.plain.backLongestMs" },
  },
  {
    name: "size of the program",
    unit: "MB",
    scale: 1 / MILLION,
    subject: "size.program.bytes",
    reference: { name: "the earlier program", key: "size.earlier.bytes" },
    compare: (subject, reference) => subject - reference,
    bars: { must: atMost(GROWN_MB, GROWN_MB, "MB more").must },
  },
  {
    name: "memory of an idle client",
    unit: "MiB",
    subject: "memory.client.freshMiB",
    bars: atMost(80, 65, "MiB"),
  },
  {
    name: "  with a million messages",
    unit: "MiB",
    subject: "memory.client.oldMiB",
    bars: atMost(80, 65, "MiB"),
  },
];

/** A bar for the figure itself, whatever its reference takes. */
function most(ms: number): Bar {
  return { text: `≤ ${ms} ms`, isMet: (_ratio, subject) => subject <= ms };
}

function within(bytes: number): NonNullable<Row["bars"]> {
  return { must: atMost(bytes / 1024, 0, "KiB").must };
}
