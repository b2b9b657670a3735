import { expect } from "bun:test";
import { Forwarding } from "../../../lib/io/web/forwarding.ts";
import { systemClock } from "../../../lib/io/clock.ts";
import { Browser, browserTest } from "../../support/browser.ts";
import { rawRequest, UPGRADE } from "../../support/rawhttp.ts";
import { proofOf } from "../../support/webvisit.ts";
import { scratch } from "../support/scratch.ts";
import { Opened, PAGE } from "./opened.ts";

const TEST_MS = 60_000;

/** Another server on this machine, whose page a person has open beside ours. */
class Neighbour implements Disposable {
  readonly referrers: (string | null)[] = [];
  readonly cookies: string[] = [];
  readonly #server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch: ({ headers, url }) => {
      this.cookies.push(headers.get("cookie") ?? "");
      // The page's own picture is asked for by the page.
      if (url.endsWith("/")) this.referrers.push(headers.get("referer"));
      const type = { "Content-Type": "text/html" };
      return new Response("<!doctype html><title>neighbour</title>", { headers: type });
    },
  });

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

/** Lets the tab in, as the page does when it was opened with a token; returns its pass. */
async function enter(browser: Browser, opened: Opened): Promise<string> {
  await browser.go(`http://${opened.host}/`);
  const pass = await browser.evaluate(`fetch("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: "${opened.token()}" }),
  }).then((answer) => answer.json()).then(({ pass }) => pass)`);
  if (typeof pass !== "string") throw new Error("It was not let in");
  return pass;
}

/** What came of asking for a session and a socket, in the page that is shown. */
const asking = (proof: string): string => `Promise.all([
  fetch("/session").then(({ status }) => status),
  new Promise((resolve) => {
    const socket = new WebSocket("/seat", ["p2pchat", "${proof}"]);
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
  }),
])`;

browserTest("the page of whoever was let in has a seat, and cannot read why", TEST_MS, async () => {
  using opened = new Opened();
  await using browser = await Browser.open();
  await browser.go(`http://${opened.host}/`);
  expect(await browser.evaluate(asking("none"))).toEqual([403, "refused"]);

  const pass = await enter(browser, opened);
  const question = opened.sessions.question(systemClock.now());
  const proof = await proofOf(pass, question, opened.host);

  expect(await browser.evaluate(asking("none"))).toEqual([200, "refused"]);
  expect(await browser.evaluate(asking(proof))).toEqual([200, "open"]);
  expect(await browser.evaluate("document.cookie")).toBe("");
  expect(opened.pages).toHaveLength(1);
  expect(browser.troubles).toEqual([]);
});

browserTest("who serves at another port has the cookie, and no seat by it", TEST_MS, async () => {
  using opened = new Opened();
  using neighbour = new Neighbour();
  await using browser = await Browser.open();
  const pass = await enter(browser, opened);

  await browser.go(`${neighbour.origin}/`);

  const [cookie = ""] = neighbour.cookies;
  expect(cookie).toStartWith(`p2pchat-${opened.port}=`);
  expect(neighbour.cookies.join()).not.toContain(pass);
  const value = cookie.slice(cookie.indexOf("=") + 1);
  for (const offered of ["", "p2pchat", value, `p2pchat, ${value}`]) {
    const headers = [
      ["Host", opened.host],
      ["Origin", `http://${opened.host}`],
      ["Cookie", cookie],
      ["Sec-WebSocket-Protocol", offered],
      ...UPGRADE.filter(([name]) => name !== "Connection"),
      ["Connection", "Upgrade, close"],
    ] as const;
    const answer = await rawRequest(opened.port, { method: "GET", path: "/seat", headers });
    expect(answer.status).toBe(403);
  }
  expect(opened.pages).toHaveLength(0);
});

/** Each is `[what, what came of it]`; nothing of it may be more than nothing. */
const ATTEMPTS = (ours: string): string => `(async () => {
  const ours = "${ours}";
  const body = JSON.stringify({ token: "x" });
  const told = async (work) => await work().then(() => "answered", () => "refused");
  const loaded = (name, src) => new Promise((resolve) => {
    const element = document.createElement(name);
    element.onload = () => resolve("loaded");
    element.onerror = () => resolve("refused");
    element.src = src;
    document.body.append(element);
  });
  const framed = () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = () => {
      try {
        resolve(frame.contentWindow.document.title === "p2pchat" ? "shown" : "refused");
      } catch {
        // What Chromium puts in place of a page that it may not show is nobody's to read.
        resolve("refused");
      }
    };
    frame.src = ours + "/";
    document.body.append(frame);
  });
  const socket = () => new Promise((resolve) => {
    const one = new WebSocket(ours.replace("http", "ws") + "/seat");
    one.onopen = () => resolve("open");
    one.onerror = () => resolve("refused");
  });
  const json = { "Content-Type": "application/json" };
  return [
    ["read", await told(() => fetch(ours + "/", { credentials: "include" }))],
    ["session", await told(() => fetch(ours + "/session", { credentials: "include" }))],
    ["json", await told(() => fetch(ours + "/session", { method: "POST", headers: json, body }))],
    ["script", await loaded("script", ours + "/main-abc.js")],
    ["image", await loaded("img", ours + "/")],
    ["frame", await framed()],
    ["socket", await socket()],
  ];
})()`;

browserTest("no other page in the same browser gets anything", TEST_MS, async () => {
  using opened = new Opened();
  using neighbour = new Neighbour();
  await using browser = await Browser.open();
  await enter(browser, opened);

  // Of the same site by its name, and of another.
  for (const origin of [neighbour.origin, neighbour.origin.replace("127.0.0.1", "localhost")]) {
    await browser.go(`${origin}/`);
    const came = await browser.evaluate(ATTEMPTS(`http://${opened.host}`));

    expect(came).toEqual([
      ["read", "refused"],
      ["session", "refused"],
      ["json", "refused"],
      ["script", "refused"],
      ["image", "refused"],
      ["frame", "refused"],
      ["socket", "refused"],
    ]);
  }
  expect(opened.pages).toHaveLength(0);
  expect(opened.troubles).toEqual([]);
});

browserTest("what shows where one comes from is shown to nobody", TEST_MS, async () => {
  using opened = new Opened();
  using neighbour = new Neighbour();
  await using browser = await Browser.open();
  await browser.go(opened.server.url());

  await browser.evaluate(`void (location.href = "${neighbour.origin}/")`);
  await browser.until('document.title === "neighbour"');

  expect(neighbour.referrers.length).toBeGreaterThan(0);
  for (const referrer of neighbour.referrers) expect(referrer).toBeNull();
});

browserTest("the file that a browser is started with leads to the page", TEST_MS, async () => {
  using opened = new Opened();
  const forwarding = new Forwarding(scratch());
  const url = opened.server.url();
  forwarding.leadTo(url);
  await using browser = await Browser.open();

  await browser.go(`file://${forwarding.path}`);
  await browser.until(`location.origin === "http://${opened.host}"`);

  expect(await browser.address()).toBe(url);
  expect(PAGE).toContain(`<title>${await browser.title()}</title>`);
  expect(await browser.evaluate("document.referrer")).toBe("");
  forwarding.remove();
});
