import { expect } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import type { Family, Router } from "./network.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** Between two words of one speaker. */
export const WORD_MS = 50;

export const FLOWS = ["both ways", "from ann", "from bob"] as const;

export type Flow = (typeof FLOWS)[number];

export interface TalkPlace {
  readonly behind: Router | undefined;
  readonly families: readonly Family[];
  /** The outermost, where it is another. */
  readonly router?: Router | undefined;
  /** Whether its client finds out what that does. */
  readonly surveys?: boolean;
}

/** Two who talk, each behind a router of their own. */
export class Talk {
  readonly sim: Simulation;
  readonly ann: Client;
  readonly bob: Client;
  readonly routers: ReadonlyMap<Client, Router | undefined>;
  /** From then on there is none. */
  readonly endServer: () => void;
  readonly #said = new Map<Client, string[]>();
  readonly #heardAtMs = new Map<string, number>();
  /** How many of what each has heard are dated. */
  readonly #noted = new Map<Client, number>();

  constructor(seed: number, place: (sim: Simulation, name: string) => TalkPlace) {
    this.sim = simulate(seed);
    const server = this.sim.server();
    this.endServer = () => server.kill();
    const [ann, bob] = ["ann", "bob"].map((name) => {
      const { behind, families, surveys = false, router = behind } = place(this.sim, name);
      return { client: this.sim.client(name, { behind, families, surveys }), router };
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
  speak(flow: Flow, ms: number, gapMs = WORD_MS): void {
    const { sim, ann, bob } = this;
    const speakers = { "both ways": [ann, bob], "from ann": [ann], "from bob": [bob] }[flow];
    const endMs = sim.world.now + ms;
    while (sim.world.now < endMs) {
      for (const speaker of speakers) this.#say(speaker);
      this.quiet(gapMs);
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
      const noted = this.#noted.get(client) ?? 0;
      const heard = client.heardAfter(noted);
      for (const text of heard) this.#heardAtMs.set(text, this.sim.world.now);
      this.#noted.set(client, noted + heard.length);
    }
  }
}
