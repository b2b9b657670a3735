import type { Browser } from "../../support/browser.ts";
import type { Hands } from "./hands.ts";
import { FIELD, messageSaying, type PageTab, quoted } from "./pagetab.ts";

/** Somebody with a mouse, who takes the keys for what is to be written alone. */
export class Mouse implements Hands {
  readonly #tab: PageTab;
  readonly #browser: Browser;

  constructor(tab: PageTab) {
    this.#tab = tab;
    this.#browser = tab.browser;
  }

  async write(text: string): Promise<void> {
    await this.#browser.click(FIELD);
    await this.#browser.press("End");
    await this.#browser.type(text);
  }

  async send(): Promise<void> {
    await this.#browser.click(".composer .send");
    await this.#tab.drafts("");
  }

  async complete(begun: string, whole: string): Promise<void> {
    await this.write(begun);
    await this.#clickOn(".choices .choice", whole);
  }

  async answer(said: string): Promise<void> {
    await this.#withMessage(said, "Answer");
    await this.#browser.shows(/^Answering/m);
  }

  async change(said: string): Promise<void> {
    await this.#withMessage(said, "Change");
    await this.#browser.shows(/^Changing what you said/m);
  }

  async react(said: string, emoji: string): Promise<void> {
    await this.#withMessage(said, "React");
    await this.#clickOn(".popover:popover-open .picker button", emoji);
  }

  async enter(name: string): Promise<void> {
    await this.#clickOn(".room-row", name);
    await this.#tab.isIn(name);
  }

  async find(words: string): Promise<void> {
    await this.#browser.click("[aria-label=Search]");
    await this.#browser.click("[type=search]");
    await this.#browser.type(words);
    await this.#clickOn(".found", words);
  }

  async toEnd(): Promise<void> {
    await this.#browser.click(".to-end");
    await this.#browser.until(`!document.querySelector(".to-end")`);
  }

  async compareKeys(name: string): Promise<void> {
    await this.#clickOn(".person-row", name);
    await this.#clickOn(".person-deeds button", "Compare keys");
    await this.#browser.shows("The number that both see");
  }

  async confirmKeys(): Promise<void> {
    await this.#clickOn(".panel-choice button", "It is the same");
    await this.#browser.shows("You have compared keys");
  }

  async makeRoom(name: string): Promise<void> {
    await this.#clickOn(".rooms-add button", "Enter a room");
    await this.#browser.click(".join-form .field");
    await this.#browser.type(name);
    await this.#browser.click(".join-form [type=checkbox]");
    await this.#browser.click(".join-form [type=submit]");
    await this.#tab.isIn(name);
  }

  async follow(): Promise<void> {
    await this.#clickOn(".message .follow", "Follow the invitation");
  }

  async closeAside(): Promise<void> {
    await this.#clickOn(".aside-head button", "Close");
    await this.#browser.shows(/^People$/m);
  }

  /** Points at a message, and does one of the things that are offered there. */
  async #withMessage(said: string, deed: string): Promise<void> {
    await this.#tab.hasInView(said);
    const { x, y } = await this.#middleOf(messageSaying(said));
    await this.#browser.devtools("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    await this.#clickOn(".message:hover .tools button", deed);
  }

  async #middleOf(element: string): Promise<{ readonly x: number; readonly y: number }> {
    const middle = await this.#browser.evaluate(`(({ x, y, width, height }) => {
      return [x + width / 2, y + height / 2].join();
    })(${element}.getBoundingClientRect())`);
    const [x = 0, y = 0] = String(middle).split(",").map(Number);
    return { x, y };
  }

  /** The last of these elements that says this; it is marked, as a click is told of by selector. */
  async #clickOn(selector: string, words: string): Promise<void> {
    await this.#browser.until(`(() => {
      document.querySelector("[data-meant]")?.removeAttribute("data-meant");
      const meant = [...document.querySelectorAll(${quoted(selector)})].findLast((one) => {
        return \`\${one.innerText} \${one.ariaLabel}\`.includes(${quoted(words)});
      });
      meant?.setAttribute("data-meant", "");
      return meant;
    })()`);
    await this.#browser.click("[data-meant]");
  }
}
