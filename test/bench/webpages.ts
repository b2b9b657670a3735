import { join } from "node:path";
import * as v from "valibot";
import { Browser } from "../support/browser.ts";
import { watchFrames, wheelBack } from "../support/framewatch.ts";
import { NO_BROWSER, pageAddress } from "../support/pageaddress.ts";
import { Program } from "../support/program.ts";
import { ChatServer } from "./chatserver.ts";
import { sayHundreds } from "./hundred.ts";
import type { Lifetime } from "./lifetime.ts";
import { PlainPage } from "./plainpage.ts";
import type { ClientProfile, Programs } from "./programs.ts";
import { median } from "./statistics.ts";
import { Talker } from "./talker.ts";
import type { Samples } from "./tasks.ts";

const TALKER = "talker";

/** Each is loaded so often, and the room entered. */
const LOADS = 5;
const LOADS_QUICK = 2;

/** While a hundred messages come each second. */
const WARM_MS = 1000;
const BUSY_MS = 10_000;
const BUSY_QUICK_MS = 3000;

/** The wheel is turned by so many px, which some 3000 messages take, as fast as a person does. */
const BACK_PX = 150_000;
const BACK_QUICK_PX = 20_000;
const WHEEL_PX = 5000;
const WHEEL_SPEED = 5000;

/** As many rows as that may be. */
const PLAIN_ROWS = 6000;

/** What has happened since has been done and drawn. */
const REST_MS = 500;

const IS_PAINTED = `performance.getEntriesByName("first-contentful-paint").length > 0`;
const PAINTED_MS = `performance.getEntriesByName("first-contentful-paint")[0].startTime`;

const metricsShape = v.object({
  metrics: v.array(v.object({ name: v.string(), value: v.number() })),
});

/** The room that is not shown; once it is there, the page has been let in. */
const OTHER_ROOM = `.room-row:not([aria-current="true"])`;

/**
 * From a click until the frame after the one in which the list ends with a message at its bottom
 * and is full of them: then they are on the screen.
 */
const TIME_OPENING = `(() => {
  globalThis.openedMs = undefined;
  const onClick = ({ timeStamp }) => {
    const isThere = () => {
      const list = document.querySelector(".list");
      const rows = list?.querySelectorAll(".list-rows > .message") ?? [];
      if (rows.length < 2) return false;
      const seen = list.getBoundingClientRect();
      const { bottom } = rows[rows.length - 1].getBoundingClientRect();
      return rows[0].getBoundingClientRect().top <= seen.top && bottom <= seen.bottom + 1;
    };
    const look = () => {
      if (!isThere()) requestAnimationFrame(look);
      else requestAnimationFrame(() => (globalThis.openedMs = performance.now() - timeStamp));
    };
    look();
  };
  addEventListener("click", onClick, { capture: true, once: true });
})()`;

/** What a page takes that shows the same and does nothing else. */
export async function plainPage(lifetime: Lifetime, isQuick: boolean): Promise<Samples> {
  using page = new PlainPage(lifetime);
  await using browser = await Browser.open();
  const paints = await loads(browser, page.url, ".list", isQuick);
  const busy = await busyFrames(browser, isQuick, (text) => page.say(text));
  await browser.evaluate(`fill(${PLAIN_ROWS})`);
  return { ...paints, ...busy, ...(await scrollBack(browser, isQuick)) };
}

/** How soon a room is there in the page, in ms, of a profile that has it and an empty one. */
export async function openedRoom(
  lifetime: Lifetime,
  command: readonly string[],
  isQuick: boolean,
): Promise<Samples> {
  await using client = await PageClient.start(lifetime, command);
  await using browser = await Browser.open();
  await browser.go(client.url);
  await finds(browser, OTHER_ROOM);
  return { openMs: await openings(browser, isQuick) };
}

/** All that is asked of a page, of a client that has a long past in one of its two rooms. */
export async function longPage(
  lifetime: Lifetime,
  programs: Programs,
  profile: ClientProfile,
  isQuick: boolean,
): Promise<Samples> {
  await using server = await ChatServer.start(lifetime);
  const { server: introducer } = server.chat;
  const met = ["--server", `${introducer?.address}#${introducer?.key}`];
  await using client = await PageClient.start(lifetime, [...programs.page(profile), ...met]);
  await using browser = await Browser.open();
  const paints = await loads(browser, client.url, OTHER_ROOM, isQuick);
  const openMs = await openings(browser, isQuick);
  const talker = { name: TALKER, directory: join(lifetime.directory, TALKER) };
  await using another = new Talker(lifetime, [...programs.client(talker), ...met]);
  await browser.shows(TALKER);
  // Meanwhile that would be what is measured.
  await another.catchUp();
  const busy = await busyFrames(browser, isQuick, (text) => void another.say(text));
  return { ...paints, openMs, ...busy, ...(await scrollBack(browser, isQuick)) };
}

/** A client whose page nobody has opened yet. */
class PageClient implements AsyncDisposable {
  readonly url: string;
  readonly #program: Program;
  readonly #forget: () => void;

  private constructor(url: string, program: Program, forget: () => void) {
    this.url = url;
    this.#program = program;
    this.#forget = forget;
  }

  static async start(lifetime: Lifetime, command: readonly string[]): Promise<PageClient> {
    const program = new Program(command, { env: NO_BROWSER });
    const forget = lifetime.bind(() => program.kill());
    return new PageClient(await pageAddress(program), program, forget);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#forget();
  }
}

/**
 * The first paint after navigation, in ms: when nothing of it is known, and at later visits.
 * `last`: what there is of it when it has loaded.
 */
async function loads(
  browser: Browser,
  url: string,
  last: string,
  isQuick: boolean,
): Promise<Samples> {
  await browser.go(url);
  const firstPaintMs = await paintedMs(browser);
  const times: number[] = [];
  for (let i = 0; i < (isQuick ? LOADS_QUICK : LOADS); i++) {
    await finds(browser, last);
    await Bun.sleep(REST_MS);
    await browser.reload();
    times.push(await paintedMs(browser));
  }
  return { firstPaintMs, paintMs: median(times) };
}

async function paintedMs(browser: Browser): Promise<number> {
  await browser.until(IS_PAINTED);
  return await number(browser, PAINTED_MS);
}

/** Each time the page is loaded anew, so that it holds nothing of the room. */
async function openings(browser: Browser, isQuick: boolean): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < (isQuick ? LOADS_QUICK : LOADS); i++) {
    await browser.reload();
    await finds(browser, OTHER_ROOM);
    await Bun.sleep(REST_MS);
    await browser.evaluate(TIME_OPENING);
    await browser.click(OTHER_ROOM);
    await browser.until("globalThis.openedMs !== undefined");
    times.push(await number(browser, "globalThis.openedMs"));
  }
  return median(times);
}

/** Times between frames while a hundred messages come each second, and what each takes, in ms. */
async function busyFrames(
  browser: Browser,
  isQuick: boolean,
  say: (text: string) => void,
): Promise<Samples> {
  const stop = sayHundreds(say);
  await Bun.sleep(WARM_MS);
  const usedMs = await threadMs(browser);
  const busy = await watchFrames(browser, () => Bun.sleep(isQuick ? BUSY_QUICK_MS : BUSY_MS));
  const busyCpuMs = ((await threadMs(browser)) - usedMs) / busy.frames;
  await browser.shows(`message ${stop()}`);
  return { busyLongestMs: busy.longestMs, busyLate: busy.late, busyCpuMs };
}

/** What the page's thread has used of a processor so far, in ms, whoever else wanted that. */
async function threadMs(browser: Browser): Promise<number> {
  await browser.devtools("Performance.enable", { timeDomain: "threadTicks" });
  const { metrics } = v.parse(metricsShape, await browser.devtools("Performance.getMetrics"));
  const used = metrics.find(({ name }) => name === "TaskDuration");
  return (used?.value ?? Number.NaN) * 1000;
}

/** What is drawn while somebody turns the wheel for a long time. */
async function scrollBack(browser: Browser, isQuick: boolean): Promise<Samples> {
  await Bun.sleep(REST_MS);
  const px = isQuick ? BACK_QUICK_PX : BACK_PX;
  const back = await watchFrames(browser, async () => {
    for (let done = 0; done < px; done += WHEEL_PX) await wheelBack(browser, WHEEL_PX, WHEEL_SPEED);
  });
  const { longestMs, late, gaps, rows } = back;
  return { backLongestMs: longestMs, backLate: late, backGaps: gaps, backRows: rows };
}

async function finds(browser: Browser, selector: string): Promise<void> {
  await browser.until(`document.querySelector(${JSON.stringify(selector)})`);
}

async function number(browser: Browser, expression: string): Promise<number> {
  return v.parse(v.number(), await browser.evaluate(expression));
}
