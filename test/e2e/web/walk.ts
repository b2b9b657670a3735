import { Browser } from "../../support/browser.ts";
import { listenIn } from "./seat.ts";

/** A window in which the page is looked at, in CSS px. */
export interface Window {
  readonly width: number;
  readonly height: number;
}

/** A desktop's, a small one's, and a telephone's. */
export const WINDOWS: readonly Window[] = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
  { width: 390, height: 844 },
];

/** More layers than can be open at once. */
const LAYERS_MAX = 5;

/** What is marked to be pressed may be drawn anew meanwhile, and then is marked again. */
const PRESS_MS = 5_000;
const PRESSES_MAX = 6;

/** Something is open over, or beside, what is said. */
const IS_OPEN = `document.querySelector(".with-aside, dialog[open], :popover-open, .choices")
  ?? document.querySelector(".composer-about")`;

/** Alice at the page, in whatever window: what is out of sight there is gone to first. */
export class Walk implements AsyncDisposable {
  readonly browser: Browser;

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  /** Nothing moves, so that what is seen is what is there. */
  static async begin(): Promise<Walk> {
    const walk = new Walk(await Browser.open());
    await walk.wear(false);
    await listenIn(walk.browser);
    return walk;
  }

  /** In light or dark colours. */
  async wear(isDark: boolean): Promise<void> {
    await this.browser.prefer({ isDark, hasReducedMotion: true });
  }

  async resize({ width, height }: Window): Promise<void> {
    await this.browser.resize(width, height);
    await this.browser.until(`innerWidth === ${width} && innerHeight === ${height}`);
  }

  /** A conversation, and nothing else open. */
  async enter(place: string): Promise<void> {
    await this.#leaveAll();
    if (await this.#sees(".back")) await this.browser.click(".back");
    await this.press(".room-row", place);
    await this.browser.until(`(() => {
      const title = document.querySelector(".talk-title");
      return title?.checkVisibility() && title.innerText.endsWith(${quoted(place)});
    })()`);
    await this.write("");
  }

  /** What was said last. */
  async toEnd(): Promise<void> {
    if (await this.#sees(".to-end")) await this.browser.click(".to-end");
    await this.browser.until(`!${isSeen(".to-end")}`);
  }

  /** The list of conversations, which is a page of its own in a narrow window. */
  async list(): Promise<void> {
    await this.enter("lobby");
    if (await this.#sees(".back")) await this.browser.click(".back");
    await this.#waitFor(".rooms");
  }

  /** The people, who come over the conversation where they have no place beside it. */
  async people(): Promise<void> {
    await this.enter("lobby");
    if (await this.#sees(".talk-head .only-narrow"))
      await this.press(".talk-head button", "People");
    await this.#waitFor(".aside .person-row");
  }

  /** All that is to be known of somebody. */
  async person(name: string): Promise<void> {
    await this.people();
    await this.press(".aside .person-row", name);
    await this.browser.until(`document.querySelector(".person-name")`);
    await this.browser.shows("Why it is so");
  }

  /** In place of whatever is written; it is sent by nobody. */
  async write(text: string): Promise<void> {
    await this.browser.evaluate(`document.querySelector("textarea").focus()`);
    await this.browser.evaluate(`document.querySelector("textarea").select()`);
    if (text !== "") await this.browser.type(text);
    else await this.browser.press("Backspace");
    await this.browser.until(`document.querySelector("textarea").value === ${quoted(text)}`);
  }

  /** The first of these that has the text, or is called so; looked for anew if it is drawn anew. */
  async press(selector: string, text: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      await this.#mark(selector, text);
      try {
        await this.browser.click("[data-pressed]", PRESS_MS);
        return;
      } catch (error) {
        if (tries === PRESSES_MAX) throw error;
      }
    }
  }

  async #mark(selector: string, text: string): Promise<void> {
    await this.browser.until(`(() => {
      for (const old of document.querySelectorAll("[data-pressed]")) delete old.dataset.pressed;
      const found = [...document.querySelectorAll(${quoted(selector)})].find((one) => {
        return one.checkVisibility() &&
          (one.innerText.includes(${quoted(text)}) || one.ariaLabel?.includes(${quoted(text)}));
      });
      if (found !== undefined) found.dataset.pressed = "";
      return found;
    })()`);
  }

  /** A message has the focus, so that what can be done with it is shown. */
  async point(text: string): Promise<void> {
    await this.browser.until(`(() => {
      const found = [...document.querySelectorAll(".message")]
        .find((one) => one.innerText.includes(${quoted(text)}));
      found?.scrollIntoView({ block: "center" });
      found?.focus();
      return found?.querySelector(".tools");
    })()`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
  }

  async #leaveAll(): Promise<void> {
    for (let layer = 0; layer < LAYERS_MAX; layer++) {
      if ((await this.browser.evaluate(`Boolean(${IS_OPEN})`)) !== true) return;
      await this.browser.press("Escape");
      // One that is closed goes with the next picture, and until then takes what is pressed.
      await this.browser.until(`!document.querySelector("dialog:not([open])")`);
    }
    await this.browser.until(`!(${IS_OPEN})`);
  }

  async #waitFor(selector: string): Promise<void> {
    await this.browser.until(isSeen(selector));
  }

  async #sees(selector: string): Promise<boolean> {
    return (await this.browser.evaluate(`Boolean(${isSeen(selector)})`)) === true;
  }
}

/** It is there, and not hidden. */
function isSeen(selector: string): string {
  return `document.querySelector(${quoted(selector)})?.checkVisibility()`;
}

/** As a literal of JavaScript. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
