import { expect, test } from "bun:test";
import { addressOf, type Address } from "../../lib/base/address.ts";
import { Segmenter, type Pending } from "../../lib/io/segmenter.ts";

const at = (port: number): Address => {
  const address = addressOf("192.0.2.1", port);
  if (address === undefined) throw new Error("Not a port");
  return address;
};

/** One datagram of each size, all to one address. */
const sized = (...sizes: number[]): Pending[] =>
  sizes.map((size, i) => ({ to: at(9), bytes: new Uint8Array(size).fill(i) }));

const many = (count: number, size: number): Pending[] =>
  sized(...Array.from({ length: count }, () => size));

test.each<readonly [name: string, batch: readonly Pending[], count: number]>([
  ["nothing", [], 1],
  ["one", sized(5), 1],
  ["equal ones", sized(5, 5, 5), 3],
  ["a shorter one after them, which ends the run", sized(5, 5, 3, 3), 3],
  ["a shorter one at once", sized(5, 3, 3), 2],
  ["a longer one", sized(5, 5, 6), 2],
  ["a longer one at once", sized(5, 6), 1],
  ["another address", [...sized(5, 5), { to: at(8), bytes: new Uint8Array(5) }], 2],
  ["empty ones", sized(0, 0), 1],
  ["an empty one after them", sized(5, 5, 0), 2],
  ["as many as the kernel cuts", many(65, 1200), 54],
  ["as many as there may be", many(65, 10), 64],
  ["as much as an IPv4 packet holds", [...many(7, 9358), ...sized(9)], 7],
  ["datagrams too long for two", sized(40_000, 40_000), 1],
  ["one longer than a datagram can be", sized(70_000, 70_000), 1],
])("a run is what the kernel can cut again: %s", (_name, batch, count) => {
  const segmenter = new Segmenter(() => undefined);

  expect(segmenter.runLength(batch, 0)).toBe(count);
});

test("a run begins wherever it is asked for", () => {
  const segmenter = new Segmenter(() => undefined);

  expect(segmenter.runLength(sized(9, 5, 5, 2), 1)).toBe(3);
});

test("a run leaves as one, cut at its datagrams' length, and nothing else is cut", () => {
  const steps: (number | string)[] = [];
  const segmenter = new Segmenter((bytes) => steps.push(bytes));

  const left = segmenter.sendRun(sized(3, 3, 2), (joined) => {
    steps.push(`send ${joined.join("")}`);
    return false;
  });

  expect(left).toBe(false);
  expect(steps).toEqual([3, "send 00011122", 0]);
});

test("nothing is cut after an error either", () => {
  const steps: number[] = [];
  const segmenter = new Segmenter((bytes) => steps.push(bytes));

  const fail = (): never => {
    throw new Error("EMSGSIZE");
  };

  expect(() => segmenter.sendRun(sized(3, 3), fail)).toThrow("EMSGSIZE");
  expect(steps).toEqual([3, 0]);
});

test.each([
  ["EINVAL", 1],
  ["EIO", 1],
  ["EOPNOTSUPP", 1],
  ["EMSGSIZE", 2],
  ["ENOBUFS", 2],
  [undefined, 2],
])("who refuses to cut is not asked again: %s", (code, count) => {
  const segmenter = new Segmenter(() => undefined);

  segmenter.handleRefused(code);

  expect(segmenter.runLength(sized(5, 5), 0)).toBe(count);
});
