import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { FIREWALL, type KindName } from "./kinds.ts";
import type { Family, Router } from "./network.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** Between two words of one speaker. */
const WORD_MS = 50;

/** A shell looks at its addresses so often. */
const NETWORK_POLL_MS = 250;

/** Until what was said after it is heard, at most. */
const AFTER_MOVE_MS = 1_000;
const AFTER_REBOOT_MS = 3_000;
const AFTER_SLEEP_MS = 1_000;
const AFTER_AGE_MS = 1_200;

const MINUTE_MS = 60_000;

const KIND_PAIRS: readonly (readonly [KindName, KindName])[] = [
  ["port-restricted", "port-restricted"],
  ["port-restricted", "open"],
  ["open", "port-restricted"],
  ["full-cone", "port-restricted"],
  ["block-independent", "address-restricted"],
];

const FLOWS = ["both ways", "from ann", "from bob"] as const;

interface Place {
  readonly behind: Router | undefined;
  readonly families: readonly Family[];
  /** The outermost, where it is another. */
  readonly router?: Router | undefined;
}

/** Two who talk, each behind a router of their own. */
class Talk {
  readonly sim: Simulation;
  readonly ann: Client;
  readonly bob: Client;
  readonly routers: ReadonlyMap<Client, Router | undefined>;
  readonly #said = new Map<Client, string[]>();
  readonly #heardAtMs = new Map<string, number>();
  /** How many of what each has heard are dated. */
  readonly #noted = new Map<Client, number>();

  constructor(seed: number, place: (sim: Simulation, name: string) => Place) {
    this.sim = simulate(seed);
    this.sim.server();
    const [ann, bob] = ["ann", "bob"].map((name) => {
      const { behind, families, router = behind } = place(this.sim, name);
      return { client: this.sim.client(name, { behind, families }), router };
    });
    if (ann === undefined || bob === undefined) throw new Error("two came");
    [this.ann, this.bob] = [ann.client, bob.client];
    this.routers = new Map([ann, bob].map(({ client, router }) => [client, router]));
    expect(this.sim.gather([this.ann, this.bob])).toBe(true);
  }

  /** Behind routers of these kinds. */
  static between(seed: number, ...kinds: readonly [KindName, KindName]): Talk {
    const prng = new Prng(seed, "sites");
    return new Talk(seed, (sim, name) => {
      const { routers, families } = siteOf(sim, name === "ann" ? kinds[0] : kinds[1], prng);
      return { behind: routers[0], router: routers.at(-1), families };
    });
  }

  /** Words for so long, from those who speak; what is heard is dated. */
  speak(flow: (typeof FLOWS)[number], ms: number): void {
    const { sim, ann, bob } = this;
    const speakers = { "both ways": [ann, bob], "from ann": [ann], "from bob": [bob] }[flow];
    const endMs = sim.world.now + ms;
    while (sim.world.now < endMs) {
      for (const speaker of speakers) this.#say(speaker);
      sim.world.runFor(WORD_MS);
      this.#note();
    }
  }

  /** No words for so long. */
  quiet(ms: number): void {
    const endMs = this.sim.world.now + ms;
    while (this.sim.world.now < endMs) {
      this.sim.world.runFor(WORD_MS);
      this.#note();
    }
  }

  /** How long after `sinceMs` the first word that was said then is heard, on the slower side. */
  gapMs(sinceMs: number): number {
    const gaps = [...this.#said.values()].map((texts) => {
      const later = texts.filter((text) => Number(text.split("@")[1]) >= sinceMs);
      return Math.min(...later.map((text) => (this.#heardAtMs.get(text) ?? Infinity) - sinceMs));
    });
    return Math.max(...gaps);
  }

  /** How long the word took that took longest of those said from `sinceMs` on. */
  worstMs(sinceMs: number): number {
    const texts = [...this.#said.values()].flat();
    const later = texts.map((text) => [text, Number(text.split("@")[1])] as const);
    return Math.max(
      ...later
        .filter(([, saidAtMs]) => saidAtMs >= sinceMs)
        .map(([text, saidAtMs]) => (this.#heardAtMs.get(text) ?? Infinity) - saidAtMs),
    );
  }

  /** All that was said is there, once and in its order. */
  end(): void {
    const { sim, ann, bob } = this;
    const isDone = (): boolean =>
      [...this.#said].every(([author, texts]) => {
        const reader = author === ann ? bob : ann;
        return texts.every((text) => author.isDelivered(text, reader));
      });
    sim.world.runUntil(isDone, 60_000);
    for (const [author, texts] of this.#said) {
      expect((author === ann ? bob : ann).heard(author)).toEqual(texts);
    }
    sim.check();
  }

  #say(speaker: Client): void {
    const other = speaker === this.ann ? "@bob" : "@ann";
    const texts = this.#said.get(speaker) ?? [];
    const text = `${speaker.name} ${texts.length} @${this.sim.world.now}`;
    texts.push(text);
    this.#said.set(speaker, texts);
    speaker.say(other, text);
  }

  #note(): void {
    for (const client of [this.ann, this.bob]) {
      const heard = client.heard();
      for (const text of heard.slice(this.#noted.get(client))) {
        this.#heardAtMs.set(text, this.sim.world.now);
      }
      this.#noted.set(client, heard.length);
    }
  }
}

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
] as const)("mappings that die of age, against %s, words %s: no word takes long", (kind, flow) => {
  const talk = Talk.between(6, "aged", kind);
  const atMs = talk.sim.world.now;

  talk.speak(flow, 3 * MINUTE_MS);
  talk.quiet(2_000);

  expect(talk.worstMs(atMs)).toBeLessThanOrEqual(AFTER_AGE_MS);
  talk.end();
});

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
