import { atLeast, atMost, type Row } from "./bars.ts";

const MILLION = 1e6;

/** The table, and what each figure is held to. */
export const ROWS: readonly Row[] = [
  {
    name: "burst of 1000",
    unit: "ms",
    subject: "burst.session.ms",
    reference: { name: "plain Bun", key: "burst.plain.ms" },
    bars: atMost(0.35, 0.22),
  },
  {
    name: "  times faster than the original",
    unit: "ms",
    subject: "burst.session.ms",
    reference: { name: "original", key: "burst.original.ms" },
    compare: (subject, reference) => reference / subject,
    bars: atLeast(3, 5),
  },
  {
    name: "  datagrams as large as the path takes",
    unit: "ms",
    subject: "burst.uncapped.ms",
    reference: { name: "plain Bun", key: "burst.plain.ms" },
  },
  {
    name: "sustained messages",
    unit: "M/s",
    scale: 1 / MILLION,
    subject: "sustained.session.perSecond",
    reference: { name: "plain Bun", key: "sustained.plain.perSecond" },
    bars: atLeast(7, 11),
  },
  {
    name: "  datagrams as large as the path takes",
    unit: "M/s",
    scale: 1 / MILLION,
    subject: "sustained.uncapped.perSecond",
    reference: { name: "plain Bun", key: "sustained.plain.perSecond" },
  },
  {
    name: "CPU per million messages, both sides",
    unit: "s",
    subject: "sustained.session.cpuPerMillion",
    bars: atMost(1.2, 0.75, "s"),
  },
  {
    name: "round trip, p50",
    unit: "µs",
    subject: "ping.session.p50",
    reference: { name: "plain Bun", key: "ping.plain.p50" },
    bars: atMost(1.5, 1.15),
  },
  {
    name: "round trip, p95",
    unit: "µs",
    subject: "ping.session.p95",
    reference: { name: "plain Bun", key: "ping.plain.p95" },
    bars: atMost(4, 4),
  },
  {
    name: "round trip, p99",
    unit: "µs",
    subject: "ping.session.p99",
    reference: { name: "plain Bun", key: "ping.plain.p99" },
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
    reference: { name: "plain Bun", key: "bulk.plain.megabytesPerSecond" },
    bars: atLeast(0.45, 0.65),
  },
  {
    name: "  datagrams as large as the path takes",
    unit: "MB/s",
    subject: "bulk.uncapped.megabytesPerSecond",
    reference: { name: "plain Bun", key: "bulk.plain.megabytesPerSecond" },
  },
  {
    name: "peak memory, sender",
    unit: "MiB",
    subject: "sustained.session.nearMiB",
    bars: atMost(80, 65, "MiB"),
  },
  {
    name: "peak memory, receiver",
    unit: "MiB",
    subject: "sustained.session.farMiB",
    bars: atMost(80, 65, "MiB"),
  },
];
