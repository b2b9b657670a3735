import { isOutdated } from "./outdated.ts";

/** Where the browser keeps, for this tab, what it was loaded anew for. */
const KEY = "p2pchat loaded for";

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
    if (!isOutdated({ own: ownParts(), served, before: loadedFor() })) return;
    this.#served = served;
    this.#onDue();
  }

  begin(): void {
    const served = this.#served;
    this.#served = undefined;
    // Where the browser keeps nothing, nobody would know that it has been done.
    if (served !== undefined && keep(served)) location.reload();
  }
}

function ownParts(): readonly string[] {
  const all = document.querySelectorAll("script[src], link[rel=stylesheet]");
  return [...all].flatMap((one) => one.getAttribute("src") ?? one.getAttribute("href") ?? []);
}

function loadedFor(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(served: string): boolean {
  try {
    sessionStorage.setItem(KEY, served);
    return true;
  } catch {
    return false;
  }
}
