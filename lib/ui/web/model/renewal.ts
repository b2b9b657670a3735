import { isOutdated } from "./outdated.ts";

/** Where the browser keeps, for this tab, what it was loaded anew for, and what it showed then. */
const FOR_KEY = "p2pchat loaded for";
const PLACE_KEY = "p2pchat was at";

/** Loads the page anew where its node has become another version, as it cannot show all of that. */
export class Renewal {
  readonly #onDue: () => void;
  #served: string | undefined;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get isDue(): boolean {
    return this.#served !== undefined;
  }

  /** A node has come after another: `onDue` is told where it serves another page. */
  async look(): Promise<void> {
    const answer = await fetch("/").catch(() => undefined);
    const served = await answer?.text().catch(() => undefined);
    if (answer?.ok !== true || served === undefined) return;
    if (!isOutdated({ own: ownParts(), served, before: kept(FOR_KEY) })) return;
    this.#served = served;
    this.#onDue();
  }

  /** `place`: where what was written went. */
  begin(place: string | undefined): void {
    const served = this.#served;
    this.#served = undefined;
    // Where the browser keeps nothing, nobody would know that it has been done.
    if (served !== undefined && keep(served, place ?? "")) location.reload();
  }

  /** The place of before, once; undefined where this page was not loaded anew. */
  takePlace(): string | undefined {
    const place = kept(PLACE_KEY);
    if (place !== null) sessionStorage.removeItem(PLACE_KEY);
    return place ?? undefined;
  }
}

function ownParts(): readonly string[] {
  const all = document.querySelectorAll("script[src], link[rel=stylesheet]");
  return [...all].flatMap((one) => one.getAttribute("src") ?? one.getAttribute("href") ?? []);
}

function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(served: string, place: string): boolean {
  try {
    sessionStorage.setItem(FOR_KEY, served);
    sessionStorage.setItem(PLACE_KEY, place);
    return true;
  } catch {
    return false;
  }
}
