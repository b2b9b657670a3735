import { expect, test } from "bun:test";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../lib/io/failure.ts";
import { Outflow, type Outgoing } from "../../lib/io/outflow.ts";
import { PIPE_BYTES } from "../../lib/io/room.ts";
import { SKIPPED } from "../support/tally.ts";
import { scratch } from "./support/scratch.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux can be asked for room`;

/** A pipe that is read only when it is asked to be, and what its writer was told. */
class Pipe implements Disposable {
  readonly told: string[] = [];
  readonly outflow: Outflow;
  readonly #reader: number;
  readonly #writer: number;
  #isOpen = true;

  constructor() {
    const file = join(scratch(), "pipe");
    Bun.spawnSync(["mkfifo", file]);
    this.#reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#writer = openSync(file, constants.O_WRONLY);
    this.outflow = new Outflow(this.#writer, {
      onClosed: () => this.told.push("closed"),
      onFailure: ({ message }: Failure) => this.told.push(message),
      onCaughtUp: () => this.told.push("caught up"),
    });
  }

  /** Notes in `told` that it was reached. */
  mark(name: string): () => void {
    return () => void this.told.push(name);
  }

  /** A line feed that is written with its mark where it `canWrite`, else after it. */
  marked(name: string, canWrite = true): Outgoing {
    const writeMarked = (fd: number): boolean => {
      this.told.push(canWrite ? name : `cannot ${name}`);
      return canWrite && writeSync(fd, "\n") === 1;
    };
    return { writeMarked, mark: this.mark(name) };
  }

  /** What is there by now. */
  read(): Buffer {
    const bytes = Buffer.alloc(2 * PIPE_BYTES);
    try {
      return bytes.subarray(0, readSync(this.#reader, bytes));
    } catch {
      return Buffer.alloc(0);
    }
  }

  async readUntilIdle(): Promise<Buffer> {
    const parts: Buffer[] = [];
    while (this.outflow.isBehind) {
      await Bun.sleep(5);
      parts.push(this.read());
    }
    return Buffer.concat([...parts, this.read()]);
  }

  leave(): void {
    if (this.#isOpen) closeSync(this.#reader);
    this.#isOpen = false;
  }

  [Symbol.dispose](): void {
    this.outflow.drop();
    this.leave();
    closeSync(this.#writer);
  }
}

function filled(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31) % 251);
}

test("what there is room for is out at once, and marked", () => {
  using pipe = new Pipe();

  pipe.outflow.push([Buffer.from("a"), pipe.marked("one"), Buffer.from("b\n"), pipe.mark("all")]);

  expect(pipe.told).toEqual(["one", "all"]);
  expect(pipe.outflow.isBehind).toBeFalse();
  expect(pipe.read().toString()).toBe("a\nb\n");
});

test("a line feed that cannot be written with its mark follows it", () => {
  using pipe = new Pipe();

  pipe.outflow.push([Buffer.from("a"), pipe.marked("one", false), pipe.mark("all")]);

  expect(pipe.told).toEqual(["cannot one", "one", "all"]);
  expect(pipe.outflow.isBehind).toBeFalse();
  expect(pipe.read().toString()).toBe("a\n");
});

test.skipIf(!isLinux)(`what a stopped reader does not take waits, in order${why}`, async () => {
  using pipe = new Pipe();
  const bytes = filled(5 * PIPE_BYTES);

  pipe.outflow.push([bytes.subarray(0, 200_001)]);
  pipe.outflow.push([bytes.subarray(200_001)]);
  const isBehind = pipe.outflow.isBehind;
  const read = await pipe.readUntilIdle();

  expect(isBehind).toBeTrue();
  expect(read.equals(bytes)).toBeTrue();
  expect(pipe.told).toEqual(["caught up"]);
});

test.skipIf(!isLinux)(`who is too busy for timers writes what it can when more comes${why}`, () => {
  using pipe = new Pipe();
  pipe.outflow.push([filled(2 * PIPE_BYTES)]);
  const first = pipe.read();
  Bun.sleepSync(5);

  pipe.outflow.push([filled(1)]);
  const more = pipe.read();

  expect(first.length).toBe(PIPE_BYTES);
  expect(more.length).toBe(PIPE_BYTES);
});

test.skipIf(!isLinux)(`a mark waits until its line feed can go out${why}`, async () => {
  using pipe = new Pipe();

  pipe.outflow.push([filled(PIPE_BYTES), pipe.marked("one"), filled(1), pipe.mark("all")]);
  const before = [...pipe.told];
  await pipe.readUntilIdle();

  expect(before).toEqual([]);
  expect(pipe.told).toEqual(["one", "all", "caught up"]);
});

test.skipIf(!isLinux)(`room that another writer has taken is waited for${why}`, async () => {
  using pipe = new Pipe();
  const writeMarked = (fd: number): boolean => {
    writeMarked.calls += 1;
    if (writeMarked.calls === 1) writeSync(fd, filled(PIPE_BYTES));
    return writeMarked.calls > 1 && writeSync(fd, "\n") === 1;
  };
  writeMarked.calls = 0;

  pipe.outflow.push([{ writeMarked, mark: pipe.mark("alone") }]);
  const isBehind = pipe.outflow.isBehind;
  const read = await pipe.readUntilIdle();

  expect(isBehind).toBeTrue();
  expect(pipe.told).toEqual(["caught up"]);
  expect(read.length).toBe(PIPE_BYTES + 1);
});

test.skipIf(!isLinux)(`a reader that never reads is given up, once${why}`, async () => {
  using pipe = new Pipe();

  for (let i = 0; i < 10; i++) pipe.outflow.push([filled(2 ** 21), pipe.mark("marked")]);
  await pipe.outflow.idle();

  expect(pipe.told).toEqual(["Cannot write output: nobody reads it"]);
  expect(pipe.outflow.isBehind).toBeFalse();
});

test("nothing is marked for a reader that is gone", () => {
  using pipe = new Pipe();

  pipe.leave();
  pipe.outflow.push([pipe.marked("one"), Buffer.from("a"), pipe.mark("all")]);
  pipe.outflow.push([Buffer.from("b")]);

  expect(pipe.told).toEqual(["closed"]);
});

test.skipIf(!isLinux)(
  `whoever waits for the reader goes on when all is dropped${why}`,
  async () => {
    using pipe = new Pipe();
    pipe.outflow.push([filled(2 * PIPE_BYTES), pipe.mark("marked")]);

    const idle = pipe.outflow.idle();
    pipe.outflow.drop();
    await idle;

    expect(pipe.told).toEqual([]);
  },
);

test("output to a full disk is told in words, once", () => {
  const told: string[] = [];
  const ignore = (): void => undefined;
  const fd = openSync("/dev/full", "a");
  const onFailure = ({ message }: Failure): void => void told.push(message);
  const outflow = new Outflow(fd, { onClosed: ignore, onFailure, onCaughtUp: ignore });

  outflow.push([Buffer.from("a")]);
  outflow.push([Buffer.from("b")]);
  closeSync(fd);

  expect(told).toEqual(["Cannot write output: the disk is full"]);
});
