import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  type InputLine,
  LineSplitter,
  Lines,
  readLines,
  type ShownMarks,
} from "../../lib/io/stdio.ts";
import { SKIPPED } from "../support/tally.ts";
import { scratch } from "./support/scratch.ts";
import { WRITER } from "./support/writer.ts";

const utf8 = new TextEncoder();

const line = (text: string): InputLine => ({ kind: "line", text });

/** The lines of these chunks, with 8 bytes as the longest. */
function split(...chunks: readonly (string | Uint8Array)[]): InputLine[] {
  const splitter = new LineSplitter(8);
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? utf8.encode(chunk) : chunk));
  return [...bytes.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

test.each([
  ["lines", ["a\nb\n"], ["a", "b"]],
  ["a last line without its end", ["a\nb"], ["a", "b"]],
  ["empty lines", ["\n\na\n\n"], ["", "", "a", ""]],
  ["line ends of other systems", ["a\r\nb\r\n\r\n"], ["a", "b", ""]],
  ["returns inside", ["a\rb\n"], ["a\rb"]],
  ["pieces", ["a", "b", "\nc", "", "d\n"], ["ab", "cd"]],
  ["an end in two pieces", ["ab\r", "\nc"], ["ab", "c"]],
  ["the longest line", ["12345678\r\n12345678\n"], ["12345678", "12345678"]],
  ["nothing", [], []],
])("input is cut into lines: %s", (_what, chunks, expected) => {
  expect(split(...chunks)).toEqual(expected.map(line));
});

test("a letter in two pieces is whole again", () => {
  const [first = 0, second = 0] = utf8.encode("é");

  expect(split(Uint8Array.of(first), Uint8Array.of(second, 10))).toEqual([line("é")]);
});

test.each([
  ["in one piece", ["123456789\nab\n"]],
  ["in many", ["1234", "5678", "9", "0", "\nab\n"]],
  ["of many sizes", ["x".repeat(100_000), "\nab"]],
])("a line too long is told and the next one read: %s", (_what, chunks) => {
  expect(split(...chunks)).toEqual([{ kind: "too-long" }, line("ab")]);
});

test("a line too long at the end of input is told", () => {
  expect(split("1234567890")).toEqual([{ kind: "too-long" }]);
});

test("what is not UTF-8 is told and the next line read", () => {
  const lines = split(Uint8Array.of(0xff, 10), Uint8Array.of(0xc0, 0x80, 10), "ab\n");

  expect(lines).toEqual([{ kind: "not-utf8" }, { kind: "not-utf8" }, line("ab")]);
});

test("lines are read from a stream until it ends", async () => {
  const stream = new Blob(["a\nb", "c\nd"]).stream();

  const lines = await Array.fromAsync(readLines(stream));

  expect(lines).toEqual([line("a"), line("bc"), line("d")]);
});

test("all else has its turn while input comes without end, be it lines or none", async () => {
  for (const piece of ["y\n".repeat(10_000), "y".repeat(10_000)]) {
    const chunk = new TextEncoder().encode(piece);
    let chunks = 0;
    let isHeard = false;
    setTimeout(() => (isHeard = true), 0);
    const isEnough = (): boolean => isHeard || chunks === 1000;
    const source = (async function* () {
      for (; !isEnough(); chunks++) yield chunk;
    })();

    let linesBefore = 0;
    for await (const { kind } of readLines(source)) {
      if (kind === "line" && !isHeard) linesBefore += 1;
    }

    expect(isHeard).toBe(true);
    expect(chunks).toBeLessThan(1000);
    expect(linesBefore).toBeLessThan(500_000);
  }
});

test("a piece of input may be overwritten once it was taken", () => {
  const splitter = new LineSplitter(8);
  const chunk = utf8.encode("ab");

  splitter.push(chunk);
  chunk.fill(0);

  expect(splitter.push(utf8.encode("c\n"))).toEqual([line("abc")]);
});

/** What a file holds at each of the calls, where Lines writes to it. */
function written(work: (lines: Lines, held: () => string) => void): string {
  const file = join(scratch(), "out");
  const fd = openSync(file, "a");
  work(new Lines(fd), () => readFileSync(file, "utf8"));
  closeSync(fd);
  return readFileSync(file, "utf8");
}

test("lines are out when flush returns, and not before", () => {
  const seen: string[] = [];

  written((lines, held) => {
    lines.write("a");
    seen.push(held());
    lines.flush();
    seen.push(held());
  });

  expect(seen).toEqual(["", "a\n"]);
});

/** Remembers what was out at each mark; writes line feeds with them where it `canWrite`. */
function marks(held: () => string, canWrite = false) {
  const seen: string[] = [];
  const shown: ShownMarks = {
    one: () => void seen.push(`one ${held()}`),
    oneWithLineFeed: (fd) => {
      seen.push(`with ${held()}`);
      if (canWrite) writeSync(fd, "\n");
      return canWrite;
    },
  };
  return { seen, shown };
}

test.each([
  ["together with the line feed", true, ["with a\nb", "with a\nb\nö"]],
  [
    "where that cannot be, before it",
    false,
    ["with a\nb", "one a\nb", "with a\nb\nö", "one a\nb\nö"],
  ],
])("each message is marked %s", (_how, canWrite, expected) => {
  let seen: string[] = [];

  const text = written((lines, held) => {
    const { shown, seen: told } = marks(held, canWrite);
    lines.write("a");
    lines.write("b");
    lines.markShown(shown);
    lines.write("ö");
    lines.markShown(shown);
    lines.write("d");
    lines.flush();
    seen = told;
  });

  expect(seen).toEqual(expected);
  expect(text).toBe("a\nb\nö\nd\n");
});

test("a message that is written before the turn's end is marked with it", () => {
  let seen: string[] = [];

  const text = written((lines, held) => {
    const { shown, seen: told } = marks(() => `${held().length}`, true);
    for (let i = 0; i < 3; i++) {
      lines.write("x".repeat(1_100_000));
      lines.markShown(shown);
    }
    told.push("end");
    lines.flush();
    seen = told;
  });

  expect(seen).toEqual(["with 1100000", "with 2200001", "end", "with 3300002"]);
  expect(text).toHaveLength(3 * 1_100_001);
});

test("what is told by no line of its own is marked in its place", () => {
  let seen: string[] = [];

  written((lines, held) => {
    const { shown, seen: told } = marks(held, true);
    lines.markShown(shown);
    lines.markShown(shown);
    lines.write("a");
    lines.markShown(shown);
    lines.markShown(shown);
    lines.markShown(shown);
    lines.write("b");
    lines.markShown(shown);
    lines.prompt("> ");
    lines.markShown(shown);
    lines.flush();
    seen = told;
  });

  expect(seen).toEqual([
    "one ",
    "one ",
    "with a",
    "one a\n",
    "one a\n",
    "with a\nb",
    "one a\nb\n> ",
  ]);
});

test("more than is sensible to hold is written before the turn's end", () => {
  const text = written((lines, held) => {
    for (let i = 0; i < 20; i++) lines.write("x".repeat(100_000));
    expect(held().length).toBeGreaterThan(1_000_000);
    lines.flush();
  });

  expect(text).toHaveLength(20 * 100_001);
});

test("a reader that is slow gets every line, also when the writer ends at once", async () => {
  const child = Bun.spawn([process.execPath, WRITER, "5000"], { stdout: "pipe" });

  await Bun.sleep(30);
  const text = await new Response(child.stdout).text();

  expect(
    text
      .split("\n")
      .slice(0, -1)
      .map((part) => Number.parseInt(part, 10)),
  ).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  expect(await child.exited).toBe(0);
});

const python = Bun.which("python3") ?? "";
const why = python === "" ? `${SKIPPED}no python3 to make such a pipe` : "";

test.skipIf(python === "")(`a pipe that does not block is waited for${why}`, () => {
  const script = `
    import fcntl, os, subprocess, sys, time
    r, w = os.pipe()
    fcntl.fcntl(w, fcntl.F_SETFL, fcntl.fcntl(w, fcntl.F_GETFL) | os.O_NONBLOCK)
    child = subprocess.Popen([sys.argv[1], sys.argv[2], "3000"], stdout=w)
    os.close(w)
    time.sleep(0.1)
    print(len(os.fdopen(r).read().split("\\n")) - 1, child.wait())
  `.replace(/^ {4}/gm, "");

  const run = Bun.spawnSync([python, "-c", script, process.execPath, WRITER]);

  expect(run.stdout.toString()).toBe("3000 0\n");
});

test("a reader that goes away ends the writer in its own way, once", () => {
  const script = `"$0" "$1" 100000 | head -n 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;

  const run = Bun.spawnSync(["bash", "-c", script, process.execPath, WRITER]);

  expect(run.stdout.toString()).toBe("7\n");
  expect(run.stderr.toString()).toBe("closed");
});

test("output to a full disk is told in words", () => {
  const fd = openSync("/dev/full", "a");
  const lines = new Lines(fd);

  lines.write("a");

  expect(() => lines.flush()).toThrow("Cannot write output: the disk is full");
  lines.write("b");
  lines.flush();
  closeSync(fd);
});
