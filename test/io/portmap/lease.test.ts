import { expect, test } from "bun:test";
import { Lease, LEASE_PACE } from "../../../lib/io/portmap/lease.ts";

const T0 = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

test("a mapping is asked for at once, and not twice at a time", () => {
  const lease = new Lease(T0, LEASE_PACE);

  expect(lease.askAtMs).toBe(T0);
  lease.onAsked();
  expect(lease.askAtMs).toBe(Infinity);
});

test("a mapping is renewed at half of what was granted", () => {
  const lease = new Lease(T0, LEASE_PACE);

  lease.onGranted(T0, 2 * HOUR_MS);

  expect(lease.askAtMs).toBe(T0 + HOUR_MS);
  expect(lease.isHeld(T0 + 2 * HOUR_MS - 1)).toBe(true);
  expect(lease.isHeld(T0 + 2 * HOUR_MS)).toBe(false);
});

test("a router that grants next to nothing is not asked all the time", () => {
  const lease = new Lease(T0, LEASE_PACE);

  lease.onGranted(T0, 1000);

  expect(lease.askAtMs).toBe(T0 + 30_000);
});

test("a router that grants a century is asked after half a day", () => {
  const lease = new Lease(T0, LEASE_PACE);

  lease.onGranted(T0, 2 ** 32 * 1000);

  expect(lease.askAtMs).toBe(T0 + 12 * HOUR_MS);
});

test("a mapping that is not renewed is asked for at half of what is left, then less often", () => {
  const lease = new Lease(T0, LEASE_PACE);
  lease.onGranted(T0, 4 * MINUTE_MS);

  lease.onRefused(T0 + 2 * MINUTE_MS);
  expect(lease.askAtMs).toBe(T0 + 3 * MINUTE_MS);
  lease.onRefused(T0 + 3 * MINUTE_MS);
  expect(lease.askAtMs).toBe(T0 + 3.5 * MINUTE_MS);
  expect(lease.isHeld(T0 + 3.5 * MINUTE_MS)).toBe(true);
});

test("a router that refuses is asked ever less often, and never gives one up", () => {
  const lease = new Lease(T0, LEASE_PACE);
  const waits: number[] = [];

  for (let now = T0, i = 0; i < 8; i += 1, now = lease.askAtMs) {
    lease.onRefused(now);
    waits.push((lease.askAtMs - now) / MINUTE_MS);
  }

  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
});

test("a mapping that the router has forgotten is asked for at once", () => {
  const lease = new Lease(T0, LEASE_PACE);
  lease.onGranted(T0, HOUR_MS);

  lease.onLost(T0 + 1000);

  expect(lease.askAtMs).toBe(T0 + 1000);
  expect(lease.isHeld(T0 + 1000)).toBe(false);
});
