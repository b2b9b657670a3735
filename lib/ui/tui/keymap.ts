import { type Action, type Focus, KEY_TABLE, type Where } from "./keytable.ts";

/** A key as a terminal tells of it. */
export interface Key {
  /** In small letters: `a`, `return`, `pageup`, `f1`. */
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** What it types, where it types something. */
  readonly text: string | undefined;
}

export type Meaning =
  | { readonly kind: "action"; readonly action: Action; readonly chord: string }
  /** The first of two. */
  | { readonly kind: "first"; readonly chord: string }
  | { readonly kind: "none" };

const NAMES: ReadonlySet<string> = new Set([
  ..."return escape tab space backspace delete insert home end".split(" "),
  ..."up down left right pageup pagedown".split(" "),
  ...Array.from({ length: 12 }, (_, i) => `f${i + 1}`),
]);

/** What a terminal cannot tell from another key, or keeps for itself. */
const TAKEN: Readonly<Record<string, string>> = {
  "ctrl+s": "stops the terminal",
  "ctrl+q": "starts it again",
  "ctrl+z": "is the shell's",
  "ctrl+\\": "is the shell's",
  "ctrl+i": "is tab",
  "ctrl+m": "is return",
  "ctrl+[": "is escape",
};

/** Which key does what: the table, as somebody may have changed it. */
export class KeyMap {
  readonly #keys: ReadonlyMap<Action, readonly string[]>;

  constructor(changed: ReadonlyMap<Action, readonly string[]> = new Map()) {
    this.#keys = new Map(
      KEY_TABLE.map(({ action, keys }) => [action, changed.get(action) ?? keys] as const),
    );
  }

  /** `before` is the first of two keys, where that was pressed. */
  meaning(key: Key, focus: Focus, before: string | undefined): Meaning {
    const pressed = chordOf(key);
    const chord = before === undefined ? pressed : `${before} ${pressed}`;
    const places: readonly Where[] = isTypedIn(focus)
      ? [focus, "anywhere"]
      : [focus, "choosing", "anywhere"];
    const [meaning = { kind: "none" }] = places.flatMap((one) => this.#lookUp(chord, one) ?? []);
    return meaning;
  }

  keysOf(action: Action): readonly string[] {
    return this.#keys.get(action) ?? [];
  }

  #lookUp(chord: string, place: Where): Meaning | undefined {
    for (const { action, where } of KEY_TABLE) {
      if (where !== place) continue;
      for (const keys of this.keysOf(action)) {
        if (keys === chord) return { kind: "action", action, chord };
        if (keys.startsWith(`${chord} `)) return { kind: "first", chord };
      }
    }
    return undefined;
  }
}

function isTypedIn(focus: Focus): boolean {
  return focus === "write" || focus === "list";
}

/** What a file says of keys, as an object of its fields; or what is wrong with it. */
export function parseKeys(file: Readonly<Record<string, unknown>>): KeyMap | string {
  const changed = new Map<Action, readonly string[]>();
  for (const [name, value] of Object.entries(file)) {
    const action = KEY_TABLE.find((known) => known.action === name)?.action;
    if (action === undefined) return `no action is called ${name}`;
    const chords = value === "none" ? [] : textsOf(value)?.map(normalChord);
    if (chords === undefined) return `${name} must be a key, a list of keys, or "none"`;
    const kept: string[] = [];
    for (const chord of chords) {
      if ("fault" in chord) return `${name}: ${chord.fault}`;
      kept.push(chord.chord);
    }
    changed.set(action, kept);
  }
  return clashIn(changed) ?? new KeyMap(changed);
}

/** Such as `ctrl+k`; of a letter with shift, the letter it types. */
function chordOf({ name, ctrl, alt, shift, text }: Key): string {
  const typed = text !== undefined && [...text].length === 1 && text !== " " ? text : name;
  const key = ctrl || alt ? name : typed;
  const isShifted = shift && NAMES.has(key);
  return `${ctrl ? "ctrl+" : ""}${alt ? "alt+" : ""}${isShifted ? "shift+" : ""}${key}`;
}

function textsOf(value: unknown): readonly string[] | undefined {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = all.filter((one) => typeof one === "string");
  return texts.length === all.length ? texts : undefined;
}

function normalChord(text: string): { readonly chord: string } | { readonly fault: string } {
  const presses = text.toLowerCase().trim().split(/ +/);
  if (presses.length > 2) return { fault: `${text} is more than two keys` };
  for (const press of presses) {
    const [, name = ""] = /^(?:(?:ctrl|alt|shift)\+)*(.+)$/.exec(press) ?? [];
    if (!NAMES.has(name) && [...name].length !== 1) return { fault: `no key is called ${press}` };
    const why = TAKEN[press];
    if (why !== undefined) return { fault: `${press} ${why}` };
  }
  return { chord: presses.join(" ") };
}

/** A key that two actions of one place would have. */
function clashIn(changed: ReadonlyMap<Action, readonly string[]>): string | undefined {
  const taken = new Map<string, Action>();
  for (const { action, where, keys } of KEY_TABLE) {
    for (const chord of changed.get(action) ?? keys) {
      const other = taken.get(`${where} ${chord}`);
      if (other !== undefined) return `${chord} is both ${other} and ${action}`;
      taken.set(`${where} ${chord}`, action);
    }
  }
  return undefined;
}
