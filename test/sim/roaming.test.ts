import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import type { Router } from "./network.ts";
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

const MINUTE_MS = 60_000;

const KIND_PAIRS: readonly (readonly [KindName, KindName])[] = [
  ["port-restricted", "port-restricted"],
  ["port-restricted", "open"],
  ["open", "port-restricted"],
  ["full-cone", "port-restricted"],
  ["block-independent", "address-restricted"],
];

const FLOWS = ["both ways", "from ann", "from bob"] as const;

/** Two who talk, each behind a router of their own. */
class Talk {
  readonly sim: Simulation;
  readonly ann: Client;
  readonly bob: Client;
  readonly routers: ReadonlyMap<Client, Router | undefined>;
  readonly #said = new Map<Client, string[]>();
  readonly #heardAtMs = new Map<string, number>();

  constructor(seed: number, kinds: readonly [KindName, KindName], conditions = {}) {
    this.sim = simulate(seed, { conditions });
    this.sim.server();
    const prng = new Prng(seed, "sites");
    const [ann, bob] = kinds.map((kind, i) => {
      const { routers, families } = siteOf(this.sim, kind, prng);
      const name = i === 0 ? "ann" : "bob";
      return {
        client: this.sim.client(name, { behind: routers[0], families }),
        router: routers.at(-1),
      };
    });
    if (ann === undefined || bob === undefined) throw new Error("two came");
    [this.ann, this.bob] = [ann.client, bob.client];
    this.routers = new Map([ann, bob].map(({ client, router }) => [client, router]));
    expect(this.sim.gather([this.ann, this.bob])).toBe(true);
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

  /** How long after `sinceMs` the first word that was said then is heard, on the slower side. */
  gapMs(sinceMs: number): number {
    const gaps = [...this.#said.values()].map((texts) => {
      const later = texts.filter((text) => Number(text.split("@")[1]) >= sinceMs);
      return Math.min(...later.map((text) => (this.#heardAtMs.get(text) ?? Infinity) - sinceMs));
    });
    return Math.max(...gaps);
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
      for (const text of client.heard()) {
        if (!this.#heardAtMs.has(text)) this.#heardAtMs.set(text, this.sim.world.now);
      }
    }
  }
}

const CASES = KIND_PAIRS.flatMap((kinds) =>
  FLOWS.map((flow) => [kinds[0], kinds[1], flow] as const),
);

test.each(CASES)("%s and %s, words %s: an address of one's own changes", (a, b, flow) => {
  const talk = new Talk(1, [a, b]);
  talk.speak(flow, 3_000);

  const atMs = move(talk.sim, talk.ann);
  talk.speak(flow, 6_000);

  expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_MOVE_MS);
  talk.end();
});

test.each(CASES)("%s and %s, words %s: a router is switched off and on", (a, b, flow) => {
  for (const who of ["ann", "bob"] as const) {
    const talk = new Talk(2, [a, b]);
    talk.speak(flow, 3_000);

    const atMs = talk.sim.world.now;
    talk.routers.get(talk[who])?.nat.rebind();
    talk.speak(flow, 6_000);

    expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_REBOOT_MS);
    talk.end();
  }
});

test.each(CASES)("%s and %s, words %s: both routers at once", (a, b, flow) => {
  const talk = new Talk(3, [a, b]);
  talk.speak(flow, 3_000);

  const atMs = talk.sim.world.now;
  for (const router of talk.routers.values()) router?.nat.rebind();
  talk.speak(flow, 6_000);

  expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_REBOOT_MS);
  talk.end();
});

/** At most so late the shell tells of it. Returns when it happened. */
function move(sim: Simulation, client: Client): number {
  sim.world.network.renumber(client.process.host);
  sim.world.after(NETWORK_POLL_MS, () => client.process.refreshNetwork());
  return sim.world.now;
}

test.each(CASES)("%s and %s, words %s: who slept for a minute is back at once", (a, b, flow) => {
  const talk = new Talk(4, [a, b]);
  talk.speak(flow, 3_000);

  talk.ann.process.pause(MINUTE_MS);
  talk.speak(flow, MINUTE_MS);
  const atMs = talk.sim.world.now;
  talk.speak(flow, 6_000);

  expect(talk.gapMs(atMs)).toBeLessThanOrEqual(AFTER_SLEEP_MS);
  talk.end();
});
