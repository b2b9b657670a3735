import type { Browser } from "../../support/browser.ts";
import type { Json } from "../../support/program.ts";

/** Remembers the page's socket to its node, so that more can be told by it. */
const REMEMBER = `{
  const Socket = WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      window.seat = this;
    }
  };
}`;

/** Before the page is opened: from then on it can be told things as if its node had said them. */
export async function listenIn(browser: Browser): Promise<void> {
  await browser.before(REMEMBER);
}

/** What a node says seldom, or when nobody can wait for it. */
export async function tell(browser: Browser, ...lines: readonly Json[]): Promise<void> {
  const data = lines.map((line) => JSON.stringify(line)).join("\n");
  const event = `new MessageEvent("message", { data: ${JSON.stringify(data)} })`;
  await browser.evaluate(`window.seat.dispatchEvent(${event})`);
}
