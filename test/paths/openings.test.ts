import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { OPEN_MAX, Openings } from "../../lib/paths/openings.ts";
import { at } from "../node/net.ts";

const [ONE, OTHER] = [at("203.0.113.9:40000"), at("203.0.113.9:40001")];

test("what goes from one socket to one place opens one mapping, as long as it is in use", () => {
  const openings = new Openings();

  expect(openings.isNew(0, 0, ONE)).toBe(true);
  expect(openings.isNew(20_000, 0, ONE)).toBe(false);
  expect(openings.isNew(49_999, 0, ONE)).toBe(false);
  expect(openings.isNew(79_999, 0, ONE)).toBe(true);
});

test("another socket, or another port, opens another", () => {
  const openings = new Openings();
  openings.isNew(0, 0, ONE);

  expect(openings.isNew(0, 16, ONE)).toBe(true);
  expect(openings.isNew(0, 0, OTHER)).toBe(true);
});

test("what does not leave the own network opens none", () => {
  const openings = new Openings();

  for (const near of ["192.168.1.7:5000", "127.0.0.1:5000", "[fe80::1]:5000"]) {
    expect(openings.isNew(0, 0, at(near))).toBe(false);
  }
});

test("of many those in use are known on", () => {
  const openings = new Openings();
  const place = (n: number): Address => at(`203.0.113.${1 + (n >> 10)}:${10_000 + (n & 1023)}`);
  for (let n = 0; n < 3 * OPEN_MAX; n++) {
    openings.isNew(n, 0, ONE);
    openings.isNew(n, 0, place(n));
  }

  expect(openings.isNew(3 * OPEN_MAX, 0, ONE)).toBe(false);
  expect(openings.isNew(3 * OPEN_MAX, 0, place(0))).toBe(true);
});
