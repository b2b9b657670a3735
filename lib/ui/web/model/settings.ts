import { type NoticeLevel, parseNoticeLevel } from "../../../contract/notices.ts";
import type { NoticeOptions } from "../../talk/noticebook.ts";

/** Where the browser keeps them. */
const KEY = "p2pchat settings";

export type Theme = "system" | "light" | "dark";

export interface Wanted {
  readonly theme: Theme;
  /** Whether the browser calls the person who looks elsewhere. */
  readonly notifies: boolean;
  /** Whether what it shows then tells who wrote alone. */
  readonly hidesNotices: boolean;
  readonly levels: Readonly<Record<string, NoticeLevel>>;
}

const AT_FIRST: Wanted = { theme: "system", notifies: false, hidesNotices: false, levels: {} };

/** How this browser is to show the page; it is kept here and nowhere else. */
export class Settings {
  readonly #onChange: () => void;
  #wanted: Wanted;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#wanted = read();
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  get notices(): NoticeOptions {
    return {
      notices: new Map(Object.entries(this.#wanted.levels)),
      hidesNotices: this.#wanted.hidesNotices,
      keepNotices: (notices) => this.change({ levels: Object.fromEntries(notices) }),
    };
  }

  /** What went wrong, where it did. */
  change(some: Partial<Wanted>): string | undefined {
    this.#wanted = { ...this.#wanted, ...some };
    this.#onChange();
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#wanted));
      return undefined;
    } catch {
      return "this browser keeps no settings: it is so until the page is closed";
    }
  }
}

function read(): Wanted {
  try {
    return parse(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
  } catch {
    return AT_FIRST;
  }
}

/** Whatever stands there that this version does not know is as if it were not. */
function parse(kept: unknown): Wanted {
  if (typeof kept !== "object" || kept === null) return AT_FIRST;
  const theme = field(kept, "theme");
  const levels = field(kept, "levels");
  return {
    theme: theme === "light" || theme === "dark" ? theme : "system",
    notifies: field(kept, "notifies") === true,
    hidesNotices: field(kept, "hidesNotices") === true,
    levels: typeof levels === "object" && levels !== null ? levelsOf(levels) : {},
  };
}

function levelsOf(kept: object): Wanted["levels"] {
  const entries = Object.entries(kept).flatMap(([key, value]: [string, unknown]) => {
    const level = typeof value === "string" ? parseNoticeLevel(value) : undefined;
    return level === undefined ? [] : [[key, level] as const];
  });
  return Object.fromEntries(entries);
}

function field(kept: object, name: string): unknown {
  return Reflect.get(kept, name);
}
