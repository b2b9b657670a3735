import { join } from "node:path";
import { delivered, say, startClient } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import type { ClientPlace } from "./plan.ts";
import type { Topology } from "./topology.ts";

/** Between two words of one speaker. */
const WORD_MS = 50;

/** Until the last word is known to have arrived. */
const END_MS = 20_000;

export interface TalkOptions {
  readonly lab: Topology;
  /** Such as "198.51.100.10:3478". */
  readonly server: string;
  readonly places: readonly [ClientPlace, ClientPlace];
  /** Names and data directories differ by it. */
  readonly topic: string;
  readonly scratch: string;
}

interface Speaker {
  readonly name: string;
  readonly program: Program;
  readonly said: string[];
  readonly requests: string[];
}

/** What came of a talk. */
export interface Account {
  /** After each event, until a word is heard that was said after it, on the slower side; in ms. */
  readonly gapsMs: readonly number[];
  /** Of the words said after the first event, how long the slowest took. */
  readonly worstMs: number;
  /** What of all that was said is not there once and in its order; nothing. */
  readonly troubles: readonly string[];
}

/** Two clients who know nobody else and send one another numbered words all the time. */
export class Talk implements AsyncDisposable {
  readonly #speakers: readonly [Speaker, Speaker];
  #timer: NodeJS.Timeout | undefined;
  readonly #eventsAtMs: number[] = [];

  constructor({ lab, server, places, topic, scratch }: TalkOptions) {
    const [ann, bob] = places.map((place, i) => {
      const name = `${i === 0 ? "ann" : "bob"}-${topic}`;
      const dataDir = join(scratch, name);
      const within = lab.within(place);
      const program = startClient({ name, dataDir, server, within, args: ["--no-lobby"] });
      return { name, program, said: [], requests: [] };
    });
    if (ann === undefined || bob === undefined) throw new Error("Two are needed to talk");
    this.#speakers = [ann, bob];
  }

  get ann(): Program {
    return this.#speakers[0].program;
  }

  get bob(): Program {
    return this.#speakers[1].program;
  }

  /** Until each is known to have heard the other. */
  async begin(): Promise<void> {
    for (const { program } of this.#speakers) await program.line({ type: "ready" });
    await Promise.all(this.#ways().map(async ([from, to]) => this.#say(from, to, "hello")));
    this.#timer = setInterval(() => {
      for (const [from, to] of this.#ways()) {
        void this.#say(from, to, `${from.said.length} @${Date.now()}`);
      }
    }, WORD_MS);
  }

  /** From here on it is counted how long nothing new is heard. */
  onEvent(): void {
    this.#eventsAtMs.push(Date.now());
  }

  /** No more words; waits until all have arrived. */
  async end(): Promise<Account> {
    clearInterval(this.#timer);
    const last = this.#ways().map(async ([from, to]) => {
      const req = from.requests.at(-1) ?? "";
      return delivered(from.program, req, to.name, { timeoutMs: END_MS });
    });
    const outcomes = await Promise.allSettled(last);
    const late = outcomes.flatMap((it) => (it.status === "rejected" ? [String(it.reason)] : []));
    const ways = this.#ways();
    return {
      gapsMs: this.#eventsAtMs.map((atMs) => {
        return Math.max(...ways.map(([from, to]) => gapMs(from, to, atMs)));
      }),
      worstMs: Math.max(...ways.map(([, to]) => worstMs(to, this.#eventsAtMs[0] ?? Infinity))),
      troubles: [...late, ...ways.flatMap(([from, to]) => differences(from.said, heardBy(to)))],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const { program } of this.#speakers) await program[Symbol.asyncDispose]();
  }

  #ways(): readonly (readonly [Speaker, Speaker])[] {
    const [ann, bob] = this.#speakers;
    return [
      [ann, bob],
      [bob, ann],
    ];
  }

  async #say(from: Speaker, to: Speaker, text: string): Promise<void> {
    from.said.push(text);
    const req = say(from.program, `@${to.name}`, text);
    from.requests.push(req);
    if (text === "hello") await delivered(from.program, req, to.name);
  }
}

function gapMs(from: Speaker, to: Speaker, eventAtMs: number): number {
  const texts = new Set(from.said.filter((text) => saidAtMs(text) >= eventAtMs));
  const line = to.program.lines.find(({ type, text }) => {
    return type === "message" && typeof text === "string" && texts.has(text);
  });
  return heardAtMs(line?.["at"]) - eventAtMs;
}

function worstMs({ program }: Speaker, sinceMs: number): number {
  const words = program.lines.filter(({ type }) => type === "message");
  return Math.max(
    ...words
      .map(({ at, text }) => [saidAtMs(String(text)), heardAtMs(at)] as const)
      .filter(([saidMs]) => saidMs >= sinceMs)
      .map(([saidMs, heardMs]) => heardMs - saidMs),
  );
}

function heardBy({ program }: Speaker): string[] {
  return program.lines.filter(({ type }) => type === "message").map(({ text }) => String(text));
}

/** Where the two part for the first time. */
function differences(said: readonly string[], heard: readonly string[]): string[] {
  const at = said.findIndex((text, i) => text !== heard[i]);
  if (at === -1 && said.length === heard.length) return [];
  const place = at === -1 ? said.length : at;
  return [`said ${said.length}, heard ${heard.length}: ${said[place]} is ${heard[place]}`];
}

function saidAtMs(text: string): number {
  return Number(text.split("@")[1]);
}

function heardAtMs(at: unknown): number {
  return typeof at === "string" ? Date.parse(at) : Infinity;
}
