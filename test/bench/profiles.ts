import { join } from "node:path";
import type { Lifetime } from "./lifetime.ts";
import { makePast } from "./past.ts";
import type { ClientProfile } from "./programs.ts";

const KEPT = 1_000_000;
const KEPT_QUICK = 100_000;

/** Somebody who has just come, and somebody with a million messages, which are made but once. */
export class Profiles {
  readonly #directory: string;
  readonly #isQuick: boolean;
  #old: Promise<ClientProfile> | undefined;

  constructor(lifetime: Lifetime, isQuick: boolean) {
    this.#directory = lifetime.directory;
    this.#isQuick = isQuick;
  }

  get fresh(): ClientProfile {
    return { name: "fresh", directory: join(this.#directory, "fresh") };
  }

  old(): Promise<ClientProfile> {
    this.#old ??= this.#make();
    return this.#old;
  }

  async #make(): Promise<ClientProfile> {
    const profile = { name: "old", directory: join(this.#directory, "old") };
    const messages = this.#isQuick ? KEPT_QUICK : KEPT;
    await makePast({ ...profile, messages, isIndexed: true });
    return profile;
  }
}
