import type { PeerId } from "../base/ids.ts";
import { lookOf } from "../base/lookalikes.ts";
import type { Who } from "./events.ts";
import type { PersonTarget } from "./target.ts";

/** Hexadecimal digits of an id that tell two people of one name apart, at the least. */
const PREFIX_DIGITS_MIN = 8;

/** What oneself is called on screens: whoever has that name is not to be taken for that. */
const ONESELF = "you";

/** People by their names, which are claims: several may have one. */
export class Namesakes {
  readonly #max: number;
  readonly #names = new Map<PeerId, { readonly name: string; readonly look: string }>();
  readonly #byName = new Map<string, Set<PeerId>>();
  readonly #byLook = new Map<string, Set<PeerId>>();

  /** Of more than `max` those are forgotten who were noted longest ago. */
  constructor(max: number) {
    this.#max = max;
  }

  /** True where somebody else has such a name too, which this one did not have so far. */
  note({ name, id }: Who): boolean {
    const before = this.#names.get(id)?.name;
    if (before === name) return false;
    if (before !== undefined) this.forget(id);
    const [longest] = this.#names.keys();
    if (longest !== undefined && this.#names.size >= this.#max) this.forget(longest);
    const look = lookOf(name);
    this.#names.set(id, { name, look });
    enter(this.#byName, name, id);
    return enter(this.#byLook, look, id) > 1;
  }

  forget(id: PeerId): void {
    const known = this.#names.get(id);
    if (known === undefined) return;
    this.#names.delete(id);
    strike(this.#byName, known.name, id);
    strike(this.#byLook, known.look, id);
  }

  nameOf(id: PeerId): string | undefined {
    return this.#names.get(id)?.name;
  }

  /** All who have this name. */
  called(name: string): ReadonlySet<PeerId> {
    return this.#byName.get(name) ?? NOBODY;
  }

  /** All who have this name, or one that may be taken for it. */
  alike(name: string): ReadonlySet<PeerId> {
    return this.#byLook.get(lookOf(name)) ?? NOBODY;
  }

  /** All who are meant by this; one is what one wants. */
  find({ name, prefix }: Pick<PersonTarget, "name" | "prefix">): PeerId[] {
    return [...this.called(name)].filter((id) => id.startsWith(prefix));
  }

  /** The name, with as much of the id as it takes to be one person's, and nobody here. */
  label({ name, id }: Who): string {
    const known = this.#names.get(id);
    const alike = known?.name === name ? this.#byLook.get(known.look) : this.alike(name);
    const isOnly = alike === undefined || alike.size === (alike.has(id) ? 1 : 0);
    if (isOnly && name.toLowerCase() !== ONESELF) return name;
    const others = [...(alike ?? NOBODY)].filter((other) => other !== id);
    let digits = PREFIX_DIGITS_MIN;
    while (others.some((other) => other.startsWith(id.slice(0, digits)))) digits += 1;
    return `${name}~${id.slice(0, digits)}`;
  }
}

const NOBODY: ReadonlySet<PeerId> = new Set();

type Register = Map<string, Set<PeerId>>;

/** How many are under that by now. */
function enter(register: Register, key: string, id: PeerId): number {
  const ids = register.get(key) ?? new Set();
  register.set(key, ids.add(id));
  return ids.size;
}

function strike(register: Register, key: string, id: PeerId): void {
  const ids = register.get(key);
  ids?.delete(id);
  if (ids?.size === 0) register.delete(key);
}

/** What is said where a name is several people's, each of whom is called by one of the labels. */
export function ambiguousWords(name: string, labels: readonly string[]): string {
  return `${name} is ambiguous: say one of ${labels.join(", ")}`;
}
