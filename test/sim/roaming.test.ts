import { expect, test } from "bun:test";
import { FIREWALL, type KindName } from "./kinds.ts";
import { FLOWS, Talk, WORD_MS } from "./talk.ts";

/** A shell looks at its addresses so often. */
const NETWORK_POLL_MS = 250;

/** Until what was said after it is heard, at most. */
const AFTER_MOVE_MS = 1_000;
const AFTER_REBOOT_MS = 3_000;
const AFTER_SLEEP_MS = 1_000;
const AFTER_AGE_MS = 1_200;

/** Between what befalls two routers that do not keep what they know. */
const FORGETS_MS = 2_500;

const MINUTE_MS = 60_000;

const KIND_PAIRS: readonly (readonly [KindName, KindName])[] = [
  ["port-restricted", "port-restricted"],
  ["port-restricted", "open"],
  ["open", "port-restricted"],
  ["full-cone", "port-restricted"],
  ["block-independent", "address-restricted"],
];

const CASES = KIND_PAIRS.flatMap((kinds) =>
  FLOWS.map((flow) => [kinds[0], kinds[1], flow] as const),
);

test.each(CASES)("%s and %s, words %s: an address of one's own changes", (a, b, flow) => {
  const talk = Talk.between(1, a, b);
  talk.speak(flow, 3_000);

  const atMs = switchTo(talk, () => talk.sim.world.network.renumber(talk.ann.process.host));
  talk.speak(flow, 6_000);

  expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_MOVE_MS);
  talk.end();
});

test.each(CASES)("%s and %s, words %s: a router is switched off and on", (a, b, flow) => {
  for (const who of ["ann", "bob"] as const) {
    const talk = Talk.between(2, a, b);
    talk.speak(flow, 3_000);

    const atMs = talk.sim.world.now;
    talk.routers.get(talk[who])?.nat.rebind();
    talk.speak(flow, 6_000);

    expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_REBOOT_MS);
    talk.end();
  }
});

test.each(CASES)("%s and %s, words %s: both routers at once", (a, b, flow) => {
  const talk = Talk.between(3, a, b);
  talk.speak(flow, 3_000);

  const atMs = talk.sim.world.now;
  for (const router of talk.routers.values()) router?.nat.rebind();
  talk.speak(flow, 6_000);

  expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_REBOOT_MS);
  talk.end();
});

/** What Ann's shell tells of so late at the most. Returns when it happened. */
function switchTo({ sim, ann }: Talk, change: () => void): number {
  change();
  sim.world.after(NETWORK_POLL_MS, () => ann.process.refreshNetwork());
  return sim.world.now;
}

test.each(CASES)("%s and %s, words %s: who slept for a minute is back at once", (a, b, flow) => {
  const talk = Talk.between(4, a, b);
  talk.speak(flow, 3_000);

  talk.ann.process.pause(MINUTE_MS);
  talk.speak(flow, MINUTE_MS);
  const atMs = talk.sim.world.now;
  talk.speak(flow, 6_000);

  expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_SLEEP_MS);
  talk.end();
});

test.each([
  ["in the open", false],
  ["behind a router and a firewall each", true],
])("from IPv4 to IPv6 and back, %s", (_, isHome) => {
  for (const flow of FLOWS) {
    const talk = new Talk(5, (sim, name) => {
      const nat = { filtering: "address-and-port-dependent" } as const;
      const behind = isHome ? sim.nat(`${name}'s home`, nat, { firewall: FIREWALL }) : undefined;
      return { behind, families: [4, 6] };
    });
    const { world } = talk.sim;
    const { host } = talk.ann.process;
    const on = host.attachments[0]?.segment;
    if (on === undefined) throw new Error("a host is somewhere");
    talk.speak(flow, 8_000);

    const wentAtMs = switchTo(talk, () => world.network.drop(host, 4));
    talk.speak(flow, 6_000);
    expect(talk.gapMs(wentAtMs)).toBeLessThanOrEqual(AFTER_MOVE_MS);

    const backAtMs = switchTo(talk, () => {
      world.network.drop(host, 6);
      world.network.attach(host, on, [4]);
    });
    talk.speak(flow, 6_000);
    expect(talk.gapMs(backAtMs)).toBeLessThanOrEqual(AFTER_MOVE_MS);
    talk.end();
  }
});

test.each([
  ["port-restricted", "both ways"],
  ["port-restricted", "from ann"],
  ["port-restricted", "from bob"],
  ["aged", "both ways"],
  ["open", "from ann"],
] as const)(
  "mappings that die of age, against %s, words %s: no word takes long",
  (kind, flow) => {
    const talk = Talk.between(6, "aged", kind);
    const atMs = talk.sim.world.now;

    talk.speak(flow, 3 * MINUTE_MS);
    talk.quiet(2_000);

    expect(talk.worstMs(atMs)).toBeLessThanOrEqual(AFTER_AGE_MS);
    talk.end();
  },
  240_000,
);

test("a word now and then into mappings that die of age takes no longer", () => {
  const talk = Talk.between(7, "aged", "port-restricted");
  // Until the age is known.
  talk.quiet(10 * MINUTE_MS);
  const atMs = talk.sim.world.now;

  for (let i = 0; i < 60; i++) {
    talk.speak("from bob", WORD_MS);
    talk.quiet(4_950);
  }

  expect(talk.worstMs(atMs)).toBeLessThanOrEqual(AFTER_AGE_MS);
  talk.end();
});

test.each(KIND_PAIRS)(
  "%s and %s: routers that forget all every few seconds, one after the other",
  (a, b) => {
    const talk = Talk.between(8, a, b);
    talk.speak("from bob", 3_000);

    const atMs = talk.sim.world.now;
    for (let i = 0; i < 8; i++) {
      for (const who of [talk.ann, talk.bob]) {
        talk.routers.get(who)?.nat.rebind();
        talk.speak("from bob", FORGETS_MS);
      }
    }
    talk.speak("from bob", 6_000);

    // What is said just before it happens waits for the next search.
    expect(talk.worstMs(atMs)).toBeLessThanOrEqual(AFTER_REBOOT_MS + FORGETS_MS);
    talk.end();
  },
  240_000,
);
