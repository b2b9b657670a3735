import { test } from "bun:test";
import { existsSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SKIPPED } from "./tally.ts";
import { until, WAIT_MS } from "./until.ts";

export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
}

/** How the person has set up their system. */
export interface Preferences {
  readonly isDark?: boolean;
  readonly hasReducedMotion?: boolean;
}

const LOOK_MS = 20;

/** What Chromium says of a question that one page was asked and another had to answer. */
const LEAVING = /navigated or closed|context was destroyed|Cannot find context/;

/** Where Debian has it. */
const CHROMIUM = "/usr/bin/chromium";

/** A test in a real browser; skipped, with the reason in its name, where there is none. */
export function browserTest(name: string, timeoutMs: number, body: () => Promise<void>): void {
  if (existsSync(CHROMIUM)) test(name, body, timeoutMs);
  else test.skip(`${name}${SKIPPED}needs ${CHROMIUM}: bash test/setup.sh`, body);
}

/** Without a screen Chromium takes it that there is no mouse either. */
const MOUSE_SETTINGS =
  "--blink-settings=primaryHoverType=2,availableHoverTypes=2," +
  "primaryPointerType=4,availablePointerTypes=4";

/**
 * One Chromium for all tabs of this process, as Bun has it: the first that is opened says how it is
 * started. As root it has no sandbox. What it would do by itself in the network is switched off,
 * and without `url` it would attach to a Chromium that somebody works with.
 */
const CHROME = {
  type: "chrome",
  url: false,
  path: join(import.meta.dir, "chromium.sh"),
  argv: [
    "--no-sandbox",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    MOUSE_SETTINGS,
  ],
} satisfies Bun.WebView.Backend;

/** Warnings, and what nobody has caught. */
const TROUBLES = ["Log.entryAdded", "Runtime.exceptionThrown"] as const;

/** Of the one Chromium; left to itself that makes one each time, and removes none. */
let profile: string | undefined;
let tabs = 0;

/** The first of its processes, of whoever has this profile. */
function chromiumOf(own: string): number {
  // A link to `HOST-PID`, as long as it runs and when it was killed.
  return Number(readlinkSync(join(own, "SingletonLock")).replace(/^.*-/, ""));
}

/** Ends it from one moment to the next; its tabs are to be closed all the same. */
export async function killChromium(): Promise<void> {
  if (profile === undefined) throw new Error("no tab is open");
  const pid = chromiumOf(profile);
  process.kill(pid, "SIGKILL");
  await until(() => !existsSync(`/proc/${pid}`), "the end of Chromium");
}

/** Whether any of its processes is left, which would write there once more. */
function isUsed(own: string): boolean {
  return Bun.spawnSync(["pgrep", "--full", own]).exitCode === 0;
}

/** Waits until it is gone: one that is started meanwhile would be ended with it. */
async function endChromium(): Promise<void> {
  if (profile === undefined) return;
  const own = profile;
  profile = undefined;
  const pid = chromiumOf(own);
  Bun.WebView.closeAll();
  // Bun is to have noticed as well: until then it would open tabs in what has ended.
  await until(() => !existsSync(`/proc/${pid}`) && !isUsed(own), "the end of Chromium");
  rmSync(own, { recursive: true, force: true, maxRetries: 10 });
}

/**
 * A tab of a real browser: tabs that are open at once share their cookies, as a person's do, and
 * nothing is left when the last is closed. Selectors are CSS; what is clicked is waited for.
 */
export class Browser implements AsyncDisposable {
  /** What no page of ours may cause, in Chromium's words. */
  readonly troubles: string[] = [];
  readonly #view: Bun.WebView;
  /** One thing after another, as a tab does no two at once. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(view: Bun.WebView) {
    this.#view = view;
  }

  static async open({ width = 1280, height = 800 }: BrowserOptions = {}): Promise<Browser> {
    profile ??= mkdtempSync(join(tmpdir(), "p2pchat-chromium-"));
    const dataStore = { directory: profile };
    const view = new Bun.WebView({ width, height, backend: CHROME, dataStore });
    const browser = new Browser(view);
    tabs += 1;
    await view.navigate("about:blank");
    // Until then it is 87 pixels less high.
    await view.resize(width, height);
    await browser.#watch();
    return browser;
  }

  async go(url: string): Promise<void> {
    await this.#do((view) => view.navigate(url));
  }

  async reload(): Promise<void> {
    await this.#do((view) => view.reload());
  }

  /** What an expression of JavaScript gives in the page, by way of JSON. */
  async evaluate(expression: string): Promise<unknown> {
    return await this.#do((view) => view.evaluate(expression));
  }

  /** What a person can read, as far as layout has it; nothing from one page to the next. */
  async text(): Promise<string> {
    const text = await this.#look(`document.body?.innerText`);
    return typeof text === "string" ? text : "";
  }

  /** The address that the address bar has. */
  async address(): Promise<string> {
    return String(await this.evaluate("location.href"));
  }

  async title(): Promise<string> {
    return String(await this.evaluate("document.title"));
  }

  /** Waits until the page says this, and returns all that it says. */
  async shows(what: RegExp | string): Promise<string> {
    return await this.#wait(what, true);
  }

  async hides(what: RegExp | string): Promise<string> {
    return await this.#wait(what, false);
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const end = performance.now() + WAIT_MS;
    while ((await this.#look(`Boolean(${expression})`)) !== true) {
      if (performance.now() > end) {
        throw new Error(`Never true: ${expression}\n${await this.text()}`);
      }
      await Bun.sleep(LOOK_MS);
    }
  }

  /** `timeoutMs`: how long it may take to be there, to stand still and to be covered by nothing. */
  async click(selector: string, timeoutMs = WAIT_MS): Promise<void> {
    await this.#do((view) => view.click(selector, { timeout: timeoutMs }));
  }

  /** Where the focus is, as if pasted: no key goes down. */
  async type(text: string): Promise<void> {
    await this.#do((view) => view.type(text));
  }

  /** One key, such as `Enter`, `Tab` or `k`, with others held down. */
  async press(key: string, ...modifiers: Bun.WebView.Modifier[]): Promise<void> {
    await this.#do((view) => view.press(key, { modifiers }));
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#do((view) => view.resize(width, height));
  }

  async prefer({ isDark = false, hasReducedMotion = false }: Preferences): Promise<void> {
    const features = [
      { name: "prefers-color-scheme", value: isDark ? "dark" : "light" },
      { name: "prefers-reduced-motion", value: hasReducedMotion ? "reduce" : "no-preference" },
    ];
    await this.devtools("Emulation.setEmulatedMedia", { features });
  }

  async screenshot(file: string): Promise<void> {
    writeFileSync(file, await this.#do((view) => view.screenshot({ encoding: "buffer" })));
  }

  /** One command of the protocol of Chromium's own tools, for what is not here. */
  async devtools(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    return await this.#do((view) => view.cdp(method, params));
  }

  /** Runs this in each page that is opened from now on, before any script of its own. */
  async before(script: string): Promise<void> {
    await this.devtools("Page.addScriptToEvaluateOnNewDocument", { source: script });
  }

  /** What Chromium's own tools are told of such an event, from now on. */
  on(event: `${string}.${string}`, handle: (params: unknown) => void): void {
    this.#view.addEventListener(event, ({ data }) => handle(data));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    this.#view.close();
    tabs -= 1;
    if (tabs === 0) await endChromium();
  }

  async #watch(): Promise<void> {
    for (const event of TROUBLES) {
      this.on(event, (params) => {
        const text = JSON.stringify(params);
        // That something was refused or is not there is the page's own affair.
        if (!text.includes('"source":"network"')) this.troubles.push(text);
      });
    }
    for (const domain of ["Log", "Runtime"]) await this.devtools(`${domain}.enable`);
  }

  /** The same as `evaluate`, of what may be asked again; undefined where the page is being left. */
  async #look(expression: string): Promise<unknown> {
    try {
      return await this.evaluate(expression);
    } catch (error) {
      if (error instanceof Error && LEAVING.test(error.message)) return undefined;
      throw error;
    }
  }

  async #wait(what: RegExp | string, isThere: boolean): Promise<string> {
    const end = performance.now() + WAIT_MS;
    for (;;) {
      const text = await this.text();
      const has = typeof what === "string" ? text.includes(what) : what.test(text);
      if (has === isThere) return text;
      if (performance.now() > end) {
        throw new Error(`The page ${isThere ? "does not say" : "still says"} ${what}:\n${text}`);
      }
      await Bun.sleep(LOOK_MS);
    }
  }

  async #do<Result>(work: (view: Bun.WebView) => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const now = before.catch(() => undefined).then(() => work(this.#view));
    this.#last = now.catch(() => undefined);
    return await now;
  }
}
