import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseAddress } from "../../lib/base/address.ts";
import { type LogLevel, openLog } from "../../lib/io/log.ts";
import type { LogEvent } from "../../lib/node/events.ts";
import { modeOf, scratch, withUmask } from "./support/scratch.ts";

const line = (message: string, fields: LogEvent["fields"] = {}): LogEvent => ({
  type: "log",
  level: "info",
  message,
  fields,
});

/** What the log's file holds after these were written. */
function logged(events: readonly LogEvent[], level: LogLevel = "info"): Record<string, unknown>[] {
  const file = join(scratch(), "p2pchat.jsonl");
  const log = openLog({ name: "alice", file, level, isVerbose: false });
  for (const event of events) log.write(event);
  log.close();
  return linesOf(file).map((text) => JSON.parse(text) as Record<string, unknown>);
}

function linesOf(file: string): string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

test("a line is an object of time, name, level, message and the event's fields", () => {
  const [entry] = logged([line("peer connected", { peer: "91c0aa17", rttMs: 1.5, relay: null })]);

  expect(entry).toEqual({
    time: expect.stringMatching(/^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z$/),
    name: "alice",
    level: "info",
    message: "peer connected",
    peer: "91c0aa17",
    rttMs: 1.5,
    relay: null,
  });
});

test("every level has its name, and what is below the one asked for is left out", () => {
  const levels = ["error", "warn", "info", "debug", "trace"] as const;
  const events = levels.map((level) => ({ ...line("x"), level }));

  expect(logged(events, "trace").map((entry) => entry["level"])).toEqual([...levels]);
  expect(logged(events, "warn").map((entry) => entry["level"])).toEqual(["error", "warn"]);
});

test("datagrams have lines of their own at level trace, and cost nothing otherwise", () => {
  const file = join(scratch(), "p2pchat.jsonl");
  const options = { name: "alice", file, isVerbose: false };
  const quiet = openLog({ ...options, level: "debug" });
  const log = openLog({ ...options, level: "trace" });
  const peer = parseAddress("192.0.2.1:3478");
  if (peer !== undefined) log.onDatagram?.("in", peer, 39);
  log.close();

  expect(quiet.onDatagram).toBeUndefined();
  expect(linesOf(file).map((text): unknown => JSON.parse(text))).toMatchObject([
    { level: "trace", message: "datagram in", peer: "192.0.2.1:3478", bytes: 39 },
  ]);
});

test("equal lines are all written", () => {
  expect(logged(Array.from({ length: 50 }, () => line("same")))).toHaveLength(50);
});

test("what comes from strangers can neither break a line nor command a terminal", () => {
  const file = join(scratch(), "p2pchat.jsonl");
  const log = openLog({ name: "alice", file, level: "info", isVerbose: false });

  log.write(line("%s %d %o", { name: "x", text: 'a\nb\u001b[2J\u009b\u202e%s"}' }));
  log.close();

  const [text = "", ...more] = linesOf(file);
  expect(more).toEqual([]);
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(JSON.parse(text)).toMatchObject({
    name: "alice",
    message: "%s %d %o",
    text: 'a\nb\u001b[2J\u009b\u202e%s"}',
  });
});

test("a long value is cut, and too many of them are left out", () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, "x".repeat(200)]));

  const [long, crowded] = logged([line("long", { text: "y".repeat(9999) }), line("crowd", many)]);

  expect(long?.["text"]).toBe(`${"y".repeat(256)}…`);
  expect(crowded).toMatchObject({ message: "crowd", isCut: true });
  expect(crowded).not.toHaveProperty("f0");
});

test("five files of a limited size are kept, the newest without a number", () => {
  const directory = scratch();
  const file = join(directory, "p2pchat.jsonl");
  const log = openLog({ name: "a", file, level: "info", isVerbose: false, fileBytesMax: 1000 });

  for (let count = 0; count < 100; count++) log.write(line("x".repeat(100), { count }));
  log.close();

  const names = readdirSync(directory).toSorted();
  expect(names).toEqual(["", ".1", ".2", ".3", ".4"].map((end) => `p2pchat.jsonl${end}`));
  expect(names.every((name) => statSync(join(directory, name)).size <= 1000)).toBe(true);
  const counts = names.toReversed().flatMap((name) => linesOf(join(directory, name)).map(countOf));
  expect(counts.at(-1)).toBe(99);
  expect(counts).toEqual(counts.map((_, i) => 100 - counts.length + i));
});

test("a next run goes on with the same file", () => {
  const file = join(scratch(), "p2pchat.jsonl");

  for (let count = 0; count < 3; count++) {
    const log = openLog({ name: "a", file, level: "info", isVerbose: false });
    log.write(line("x", { count }));
    log.close();
  }

  expect(linesOf(file).map(countOf)).toEqual([0, 1, 2]);
});

test.each([0o000, 0o022])("its files are this user's alone under umask %o", (umask) => {
  const directory = scratch();
  const file = join(directory, "p2pchat.jsonl");

  withUmask(umask, () => {
    const log = openLog({ name: "a", file, level: "info", isVerbose: false, fileBytesMax: 200 });
    for (let count = 0; count < 5; count++) log.write(line("x".repeat(100)));
    log.close();
  });

  const modes = readdirSync(directory).map((name) => modeOf(join(directory, name)));
  expect(modes).toEqual(modes.map(() => "600"));
  expect(modes.length).toBeGreaterThan(1);
});

test("a file that others could read is narrowed", () => {
  const file = join(scratch(), "p2pchat.jsonl");
  openLog({ name: "a", file, level: "info", isVerbose: false }).close();
  chmodSync(file, 0o644);

  openLog({ name: "a", file, level: "info", isVerbose: false }).close();

  expect(modeOf(file)).toBe("600");
});

test("a log that cannot be opened is refused in words", () => {
  const file = join(scratch(), "p2pchat.jsonl");
  mkdirSync(file);

  expect(() => openLog({ name: "a", file, level: "info", isVerbose: false })).toThrow(
    `Cannot open ${file}: it is a directory`,
  );
});

test("a log whose directory vanishes loses lines and nothing else", () => {
  const directory = scratch();
  const file = join(directory, "p2pchat.jsonl");
  const log = openLog({ name: "a", file, level: "info", isVerbose: false, fileBytesMax: 300 });

  Bun.spawnSync(["rm", "-r", directory]);
  for (let count = 0; count < 10; count++) log.write(line("x".repeat(100)));
  log.close();

  expect(existsSync(file)).toBe(false);
});

test("with --verbose a human reads the lines on standard error, made safe", () => {
  const file = join(scratch(), "p2pchat.jsonl");
  const script = `
    const { openLog } = await import("../../lib/io/log.ts");
    const file = ${JSON.stringify(file)};
    const log = openLog({ name: "a", file, level: "info", isVerbose: true });
    const fields = { who: "x\\u001b[2J\\ny", count: 3 };
    log.write({ type: "log", level: "warn", message: "peer %s lost", fields });
  `;

  const run = Bun.spawnSync([process.execPath, "-e", script], { cwd: import.meta.dir });

  expect(run.stderr.toString()).toMatch(
    /^[0-9]{2}:[0-9]{2}:[0-9.]{6} warn  peer %s lost who=x\[2J y count=3\n$/,
  );
  expect(run.stdout.toString()).toBe("");
  expect(linesOf(file)).toHaveLength(1);
});

function countOf(text: string): unknown {
  return (JSON.parse(text) as { count: unknown }).count;
}
