import { join } from "node:path";
import type { Lifetime } from "./lifetime.ts";
import { makePast } from "./past.ts";
import type { ClientProfile } from "./programs.ts";

const KEPT = 1_000_000;
const KEPT_QUICK = 100_000;

/** As many as a room may have that is still to be scrolled through smoothly. */
const LONG = 100_000;

/** More than are drawn at once. */
const SHORT = 100;

/** Somebody who has just come, and people with long pasts, which are made but once. */
export class Profiles {
  readonly #directory: string;
  readonly #isQuick: boolean;
  #old: Promise<ClientProfile> | undefined;
  #long: Promise<ClientProfile> | undefined;
  #short: Promise<ClientProfile> | undefined;

  constructor(lifetime: Lifetime, isQuick: boolean) {
    this.#directory = lifetime.directory;
    this.#isQuick = isQuick;
  }

  get fresh(): ClientProfile {
    return { name: "fresh", directory: join(this.#directory, "fresh") };
  }

  old(): Promise<ClientProfile> {
    this.#old ??= this.#make("old", this.#isQuick ? KEPT_QUICK : KEPT);
    return this.#old;
  }

  /** With a hundred thousand messages. */
  long(): Promise<ClientProfile> {
    this.#long ??= this.#make("long", LONG);
    return this.#long;
  }

  /** With a hundred. */
  short(): Promise<ClientProfile> {
    this.#short ??= this.#make("short", SHORT);
    return this.#short;
  }

  async #make(name: string, messages: number): Promise<ClientProfile> {
    const profile = { name, directory: join(this.#directory, name) };
    await makePast({ ...profile, messages, isIndexed: true });
    return profile;
  }
}
