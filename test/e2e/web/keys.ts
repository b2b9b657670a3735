import type { Browser } from "../../support/browser.ts";
import type { Hands } from "./hands.ts";
import { FIELD, messageSaying, type PageTab, quoted } from "./pagetab.ts";

/** Presses of the Tab key after which whatever was looked for is not on its way. */
const TABS_MAX = 80;

/** Presses of the arrow keys after which it is not in a list. */
const ARROWS_MAX = 40;

/** The element that has the focus. */
const FOCUSED = "document.activeElement";

/** It is there to be seen, and is seen to have the focus. */
const IS_FOCUS_SEEN = `(() => {
  const { left, top, right, bottom, width, height } = ${FOCUSED}.getBoundingClientRect();
  const isInside = left < innerWidth && top < innerHeight && right > 0 && bottom > 0;
  return ${FOCUSED} !== document.body && ${FOCUSED}.matches(":focus-visible") &&
    isInside && width > 0 && height > 0;
})()`;

/**
 * Somebody with keys alone. Nothing is clicked, and no script moves the focus; after each key that
 * does something, something has the focus and is seen to have it.
 */
export class Keys implements Hands {
  readonly #tab: PageTab;
  readonly #browser: Browser;

  constructor(tab: PageTab) {
    this.#tab = tab;
    this.#browser = tab.browser;
  }

  async write(text: string): Promise<void> {
    await this.#goTo(isAt(FIELD));
    await this.#press("End");
    await this.#type(text);
  }

  async send(): Promise<void> {
    await this.#press("Enter");
    await this.#tab.drafts("");
  }

  async complete(begun: string, whole: string): Promise<void> {
    await this.write(begun);
    const chosen = `document.getElementById(${FOCUSED}.getAttribute("aria-activedescendant"))`;
    await this.#press("ArrowDown");
    await this.#press("ArrowUp");
    await this.#browser.until(`${chosen}?.innerText.includes(${quoted(whole)})`);
    await this.#press("Tab");
  }

  async answer(said: string): Promise<void> {
    await this.#toMessage(said);
    await this.#press("r");
    await this.#browser.shows(/^Answering/m);
  }

  async change(said: string): Promise<void> {
    await this.#toMessage(said);
    await this.#press("e");
    await this.#browser.shows(/^Changing what you said/m);
  }

  async react(said: string, emoji: string): Promise<void> {
    await this.#toMessage(said);
    await this.#goTo(isAt(".tools button", "React"));
    await this.#press("Enter");
    await this.#browser.until(isAt(".picker input"));
    await this.#goTo(isAt(".picker button", emoji));
    await this.#press("Enter");
    await this.#browser.until(isAt(".tools button", "React"));
    await this.#press("Escape");
  }

  async enter(name: string): Promise<void> {
    await this.#press("k", "Control");
    await this.#browser.until(isAt("dialog input"));
    await this.#type(name);
    await this.#press("Enter");
    await this.#tab.isIn(name);
  }

  async find(words: string): Promise<void> {
    await this.#press("f", "Control", "Shift");
    await this.#browser.until(isAt("[type=search]"));
    await this.#type(words);
    await this.#browser.until(
      `document.querySelector(".found")?.innerText.includes(${quoted(words)})`,
    );
    await this.#goTo(isAt(".found", words));
    await this.#press("Enter");
  }

  async toEnd(): Promise<void> {
    await this.#press("Escape");
    await this.#browser.until(`!document.querySelector(".to-end")`);
  }

  async compareKeys(name: string): Promise<void> {
    await this.#goTo(isAt(".person-row"));
    await this.#goTo(isAt(".person-row", name), "ArrowDown");
    await this.#press("Enter");
    await this.#goTo(isAt(".person-deeds button", "Compare keys"));
    await this.#press("Enter");
    await this.#browser.shows("The number that both see");
  }

  async confirmKeys(): Promise<void> {
    await this.#goTo(isAt(".panel-choice button", "It is the same"));
    await this.#press("Enter");
    await this.#browser.shows("You have compared keys");
  }

  async makeRoom(name: string): Promise<void> {
    await this.#goTo(isAt(".rooms-add button", "Enter a room"), "back");
    await this.#press("Enter");
    await this.#goTo(isAt(".join-form .field"));
    await this.#type(name);
    await this.#goTo(isAt(".join-form [type=checkbox]"));
    await this.#press(" ");
    await this.#goTo(isAt(".join-form [type=submit]"));
    await this.#press("Enter");
    await this.#tab.isIn(name);
  }

  async follow(): Promise<void> {
    await this.#goTo(isAt(FIELD));
    await this.#goTo(isAt(".message .follow"), "back");
    await this.#press("Enter");
  }

  async closeAside(): Promise<void> {
    await this.#press("Escape");
    await this.#browser.shows(/^People$/m);
  }

  /** From where one writes to the list above it, and up. */
  async #toMessage(said: string): Promise<void> {
    await this.#goTo(isAt(FIELD));
    await this.#goTo(isAt(".list"), "back");
    await this.#goTo(`${FOCUSED} === ${messageSaying(said)}`, "ArrowUp");
  }

  /** Until this is so, by the Tab key forth or back, or by an arrow. */
  async #goTo(isThere: string, by: "forth" | "back" | "ArrowDown" | "ArrowUp" = "forth") {
    const isTab = by === "forth" || by === "back";
    const most = isTab ? TABS_MAX : ARROWS_MAX;
    for (let presses = 0; presses < most; presses += 1) {
      if ((await this.#browser.evaluate(`Boolean(${isThere})`)) === true) return;
      if (!isTab) await this.#press(by);
      // Between its end and its beginning the focus goes out of the page.
      else await this.#browser.press("Tab", ...(by === "back" ? (["Shift"] as const) : []));
    }
    const at = await this.#browser.evaluate(`${FOCUSED}.outerHTML.slice(0, 200)`);
    throw new Error(`No key leads to ${isThere}; the focus is at ${String(at)}`);
  }

  async #type(text: string): Promise<void> {
    for (const key of text) await this.#browser.press(key);
    await this.#seesFocus();
  }

  async #press(key: string, ...modifiers: Bun.WebView.Modifier[]): Promise<void> {
    await this.#browser.press(key, ...modifiers);
    await this.#seesFocus();
  }

  async #seesFocus(): Promise<void> {
    await this.#browser.until(IS_FOCUS_SEEN);
  }
}

/** Whether an element of this selector that says this has the focus. */
export function isAt(selector: string, words = ""): string {
  return `(${FOCUSED}.matches(${quoted(selector)}) &&
    \`\${${FOCUSED}.innerText} \${${FOCUSED}.ariaLabel}\`.includes(${quoted(words)}))`;
}
