import { expect, test } from "bun:test";
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShownCursor } from "../../lib/io/shown.ts";
import { SKIPPED } from "../support/tally.ts";
import { MARKER } from "./support/marker.ts";
import { scratch } from "./support/scratch.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux writes and marks in one step`;

/** A cursor, the file it is in, and another one that is written to. */
function setUp(flags = "w") {
  const directory = scratch();
  const [file, out] = [join(directory, "shown"), join(directory, "out")];
  const fd = openSync(out, flags);
  return {
    cursor: new ShownCursor(file),
    fd,
    /** As the next run finds it. */
    inFile: () => new ShownCursor(file).position,
    written: () => readFileSync(out, "utf8"),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

test("a new file holds no position, and then the one that was written last", () => {
  using at = setUp();

  const before = at.inFile();
  at.cursor.write(7);
  at.cursor.write(2 ** 48 - 1);

  expect(before).toBeUndefined();
  expect(at.cursor.position).toBe(2 ** 48 - 1);
  expect(at.inFile()).toBe(2 ** 48 - 1);
});

test.skipIf(!isLinux)(`each line feed that is written moves the position${why}`, () => {
  using at = setUp();

  const positions = [5, 9, 10].map((position) => {
    expect(at.cursor.writeWithLineFeed(position, at.fd)).toBeTrue();
    return at.inFile();
  });
  at.cursor.write(20);
  const between = at.inFile();
  at.cursor.writeWithLineFeed(21, at.fd);

  expect(positions).toEqual([5, 9, 10]);
  expect([between, at.inFile()]).toEqual([20, 21]);
  expect(at.written()).toBe("\n\n\n\n");
});

test("where both cannot be one step, neither is done", () => {
  using at = setUp("a");
  at.cursor.write(1);

  const answers = [at.cursor.writeWithLineFeed(2, at.fd), at.cursor.writeWithLineFeed(3, -1)];
  at.cursor.close();
  answers.push(at.cursor.writeWithLineFeed(4, at.fd));

  expect(answers).toEqual([false, false, false]);
  expect(at.inFile()).toBe(1);
  expect(at.written()).toBe("");
});

test.skipIf(!isLinux)(`a damaged file holds no position, and is mended${why}`, () => {
  const file = join(scratch(), "shown");
  const sane = new ShownCursor(file);
  sane.write(5);
  const bytes = readFileSync(file);

  for (let bit = 0; bit < 8 * 16; bit++) {
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    writeFileSync(file, damaged);
    expect(new ShownCursor(file).position).toBeUndefined();
  }
  writeFileSync(file, new Uint8Array(bytes.length).fill(0xff));
  using at = setUp();
  const mended = new ShownCursor(file);
  mended.write(6);
  mended.writeWithLineFeed(7, at.fd);

  expect(new ShownCursor(file).position).toBe(7);
  expect(at.written()).toBe("\n");
});

/** A third of them hit a program that marks and ends the line in two steps. */
const KILLS = 25;

test.skipIf(!isLinux)(`no kill comes between a line and its mark${why}`, async () => {
  const [file, out] = [join(scratch(), "shown"), join(scratch(), "out")];
  const runs: { readonly last: number; readonly marked: number | undefined }[] = [];

  for (let kill = 0; kill < KILLS; kill++) {
    // A pipe's reader would slow it down, and decide where it is killed.
    const fd = openSync(out, "w");
    const child = Bun.spawn([process.execPath, MARKER, file], { stdout: fd });
    while (fstatSync(fd).size < 10_000) await Bun.sleep(1);
    child.kill("SIGKILL");
    await child.exited;
    closeSync(fd);
    const last = Number(readFileSync(out, "utf8").split("\n").at(-2));
    runs.push({ last, marked: new ShownCursor(file).position });
  }

  expect(runs.filter(({ last, marked }) => last !== marked)).toEqual([]);
});
