import type { Browser } from "../../support/browser.ts";

/** A tab of a browser with the page in it, and what there is to be seen in it. */
export class PageTab {
  readonly browser: Browser;

  constructor(browser: Browser) {
    this.browser = browser;
  }

  /** Waits for a message that says this. */
  async says(text: string): Promise<void> {
    await this.browser.until(messageSaying(text));
  }

  /** Waits until a message has this sign beside it of how far it has come. */
  async marks(text: string, sign: string): Promise<void> {
    await this.browser.until(
      `${messageSaying(text)}?.querySelector(".fate")?.textContent.includes(${quoted(sign)})`,
    );
  }

  /** Waits until a message stands where it can be read. */
  async hasInView(text: string): Promise<void> {
    await this.browser.until(inView(text));
  }

  async hasOutOfView(text: string): Promise<void> {
    await this.browser.until(`!${inView(text)}`);
  }

  /** Waits until this is written where one writes, and not sent. */
  async drafts(text: string): Promise<void> {
    await this.browser.until(`document.querySelector("${FIELD}")?.value === ${quoted(text)}`);
  }

  /** Waits until one is in this conversation. */
  async isIn(name: string): Promise<void> {
    await this.browser.until(
      `document.querySelector(".talk-title")?.innerText.includes(${quoted(name)})`,
    );
  }

  /** Waits for a conversation in the list that says no more and no less of itself than this. */
  async lists(what: RegExp): Promise<void> {
    await this.browser.until(
      `[...document.querySelectorAll(".room-row")].some((row) => ${what}.test(row.textContent))`,
    );
  }

  /** Waits until somebody's keys count as compared. */
  async hasVerified(name: string): Promise<void> {
    await this.browser.until(`[...document.querySelectorAll(".person-row")].some((row) =>
      row.innerText.includes(${quoted(name)}) && row.querySelector(".trust.verified"))`);
  }

  /** The words of all elements of a selector, which are waited for, each on a line. */
  async words(selector: string): Promise<readonly string[]> {
    const all = `[...document.querySelectorAll(${quoted(selector)})]`;
    await this.browser.until(`${all}.length > 0`);
    const words = await this.browser.evaluate(
      `${all}.map(({ innerText }) => innerText.trim().replaceAll(/\\s+/g, " ")).join("\\n")`,
    );
    return String(words).split("\n");
  }
}

/** Where one writes. */
export const FIELD = ".composer textarea";

/** The last message that says this, as an expression of the page's. */
export function messageSaying(text: string): string {
  return `[...document.querySelectorAll(".message")]
    .findLast((one) => one.querySelector(".said")?.innerText.includes(${quoted(text)}))`;
}

function inView(text: string): string {
  return `((message) => {
    const { top, bottom } = document.querySelector(".list").getBoundingClientRect();
    const own = message?.getBoundingClientRect();
    // Heights are parts of a pixel, and a list scrolls by whole ones.
    return own !== undefined && own.top > top - 1 && own.bottom < bottom + 1;
  })(${messageSaying(text)})`;
}

/** As a literal of JavaScript. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
