import { afterEach, expect, test } from "bun:test";
import { type NetworkNews, NetworkWatch } from "../../lib/io/networkwatch.ts";
import type { Interface } from "../../lib/node/machine.ts";
import { until } from "../support/until.ts";

const ETH0: Interface = { name: "eth0", ip: Uint8Array.of(192, 0, 2, 1), prefixBits: 24 };

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A watch that never looks of its own accord, its clock, and the machine's addresses. */
function rig({ pollMs = 100_000 } = {}) {
  const state = { now: 0, interfaces: [] as readonly Interface[], looks: 0 };
  const watch = new NetworkWatch({
    clock: { now: () => state.now },
    interfaces: () => {
      state.looks += 1;
      return state.interfaces;
    },
    pollMs,
  });
  const told: NetworkNews[] = [];
  const listen = (everyMs?: number): void => {
    ends.push(watch.subscribe((news) => told.push(news), everyMs));
  };
  return { state, watch, told, listen };
}

test("all who listen are told of a change, after one look", () => {
  const { state, watch, told, listen } = rig();
  listen();
  listen();
  expect(state.looks).toBe(1);

  watch.check();
  expect(told).toEqual([]);
  state.interfaces = [ETH0];
  watch.check();

  const news = { interfaces: [ETH0], hasSlept: false };
  expect(told).toEqual([news, news]);
  expect(watch.interfaces).toEqual([ETH0]);
  expect(state.looks).toBe(3);
});

test("it looks by itself, as long as anybody listens", async () => {
  const { state, listen } = rig({ pollMs: 1 });
  listen();
  await until(() => state.looks > 3, "it looks");

  for (const end of ends.splice(0)) end();
  const before = state.looks;
  await Bun.sleep(10);

  expect(state.looks).toBe(before);
});

test("a look that comes far too late means sleep, and is told whatever it sees", () => {
  const { state, watch, told, listen } = rig({ pollMs: 1_000 });
  listen();

  state.now = 11_000;
  expect(watch.isOverdue(state.now)).toBe(false);
  state.now = 11_001;
  expect(watch.isOverdue(state.now)).toBe(true);
  watch.check();
  watch.check();

  expect(told).toEqual([{ interfaces: [], hasSlept: true }]);
  expect(watch.isOverdue(state.now)).toBe(false);
});

test("who wishes is told from time to time without any news", () => {
  const { state, watch, told, listen } = rig();
  listen(5_000);

  for (state.now = 1_000; state.now <= 10_000; state.now += 1_000) watch.check();

  expect(told).toHaveLength(2);
});

test("a hint is looked into at once, and many of them once", () => {
  const { state, watch, listen } = rig();
  listen();

  state.now = 100;
  for (let i = 0; i < 1_000; i++) watch.hint();
  expect(state.looks).toBe(2);
  state.now = 200;
  watch.hint();

  expect(state.looks).toBe(3);
});
