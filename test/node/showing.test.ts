import { expect, test } from "bun:test";
import { hostOf } from "../../lib/base/address.ts";
import { Showing } from "../../lib/node/showing.ts";
import { OTHERS_MAX } from "../../lib/wire/limits.ts";
import { at } from "./net.ts";

const OTHER = at("[2001:db8::1]:3478");
const ANOTHER = at("[2001:db8::2]:3478");

/** When it shows itself, and how often in all, until `untilMs`. */
function run(showing: Showing, fromMs: number, untilMs: number): number[] {
  const shown: number[] = [];
  for (let now = fromMs; now <= untilMs; now = Math.max(now + 1, showing.pollTimeout())) {
    if (showing.pollDue(now).length > 0) shown.push(now);
    if (showing.pollTimeout() === Infinity) break;
  }
  return shown;
}

test("it shows itself at once and on a ladder until it is seen, and then seldom", () => {
  const showing = new Showing();

  showing.onRegistered(0, [OTHER], false);
  expect(run(showing, 0, 1_000)).toEqual([0, 250, 750]);
  showing.onRegistered(1_000, [OTHER], true);

  expect(run(showing, 1_000, 45_000)).toEqual([1_750, 21_750, 41_750]);
});

test("it begins anew where its addresses change, or the server sees it no more", () => {
  const showing = new Showing();
  showing.onRegistered(0, [OTHER], false);
  showing.pollDue(0);
  showing.onRegistered(40, [OTHER], true);
  run(showing, 40, 5_000);

  showing.onHosts(6_000);
  expect(run(showing, 6_000, 6_010)).toEqual([6_000]);
  showing.onRegistered(7_000, [OTHER], false);
  expect(run(showing, 7_000, 7_010)).toEqual([7_000]);
});

test("a server that has nothing else is shown nothing, and one that is gone neither", () => {
  const showing = new Showing();
  showing.onRegistered(0, [], false);
  showing.onHosts(10);
  expect(showing.pollTimeout()).toBe(Infinity);

  showing.onRegistered(20, [OTHER], false);
  showing.onClosed();
  expect(run(showing, 20, 60_000)).toEqual([]);
});

test("a server that says something else each time is followed twice a minute", () => {
  const showing = new Showing();
  const shown = new Set<string>();
  let times = 0;

  for (let now = 0; now < 60_000; now += 10) {
    const victim = at(`[2001:db8:9::${(now / 10 + 1).toString(16)}]:53`);
    showing.onRegistered(now, [victim, OTHER, ANOTHER], now % 20 === 0);
    const to = showing.pollDue(now);
    expect(to.length).toBeLessThanOrEqual(OTHERS_MAX);
    for (const address of to) shown.add(hostOf(address));
    if (to.length > 0) times += 1;
  }

  // Two victims, and the one that stays; not more often than the ladder begins.
  expect(shown.size).toBe(3);
  expect(times).toBeLessThanOrEqual(60_000 / 250);
});
