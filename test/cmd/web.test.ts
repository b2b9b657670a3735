import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "bun:test";
import { openPage } from "../../cmd/pageopening.ts";
import type { Seat, Sitter } from "../../cmd/seat.ts";
import { Web } from "../../cmd/web.ts";
import type { Asked } from "../../lib/contract/asked.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { isPageAwaited } from "../../lib/io/web/webkeep.ts";
import { BOB, message, ready } from "../contract/events.ts";
import { Scratch } from "../support/scratch.ts";
import { until } from "../support/until.ts";
import { enterPage, seatHeaders, type WebVisit } from "../support/webvisit.ts";

/** A seat at no node, and who sits there. */
class FakeSeat implements Seat {
  readonly sitter: Sitter;
  readonly asked: Asked[] = [];
  readonly paces: boolean[] = [];
  isBusy = false;
  readonly endsToo = 0;
  isLeft = false;

  constructor(sitter: Sitter) {
    this.sitter = sitter;
  }

  command(asked: Asked): void {
    this.asked.push(asked);
  }

  setBehind(isBehind: boolean): void {
    this.paces.push(isBehind);
  }

  leave(): void {
    this.isLeft = true;
  }
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Opened {
  readonly web: Web;
  readonly seats: readonly FakeSeat[];
  readonly complaints: readonly string[];
}

async function open(dataDirectory: string): Promise<Opened> {
  const seats: FakeSeat[] = [];
  const complaints: string[] = [];
  const web = await Web.open({
    dataDirectory,
    sit: (sitter) => {
      const seat = new FakeSeat(sitter);
      seats.push(seat);
      return seat;
    },
    complain: (text) => complaints.push(text),
  });
  closing.push(() => web.close());
  return { web, seats, complaints };
}

interface Page {
  readonly socket: WebSocket;
  readonly frames: string[];
  readonly isClosed: () => boolean;
}

async function sit(url: string, visit: WebVisit): Promise<Page> {
  const { host } = new URL(url);
  const headers = await seatHeaders(host, visit);
  const socket = new WebSocket(`ws://${host}/seat`, { headers });
  const frames: string[] = [];
  let isClosed = false;
  socket.addEventListener("message", ({ data }) => frames.push(String(data)));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.addEventListener("open", () => resolve());
  socket.addEventListener("error", () => reject(new Error("The socket was refused")));
  socket.addEventListener("close", () => {
    isClosed = true;
  });
  await promise;
  return { socket, frames, isClosed: () => isClosed };
}

async function enter(url: string): Promise<WebVisit> {
  const visit = await enterPage(url);
  if (visit === undefined) throw new Error("It was not let in");
  return visit;
}

async function sitting(scratch: Scratch) {
  const opened = await open(scratch.path);
  const url = opened.web.url();
  const page = await sit(url, await enter(url));
  await until(() => opened.seats.length === 1, "a seat");
  const [seat] = opened.seats;
  if (seat === undefined) throw new Error("There is no seat");
  return { ...opened, ...page, seat };
}

function typesOf(frame: string | undefined): readonly unknown[] {
  return (frame ?? "").split("\n").map((line) => {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null && "type" in parsed && parsed.type;
  });
}

test("what happens in one turn comes in one frame, a line for each event", async () => {
  using scratch = new Scratch();
  const { frames, seat } = await sitting(scratch);

  seat.sitter.onEvent(ready());
  seat.sitter.onEvent(message(BOB, "#lobby", "one\ntwo"));
  seat.sitter.onTurnEnd();
  seat.sitter.onTurnEnd();
  seat.sitter.complain("the disk is full");

  await until(() => frames.length === 2, "two frames");
  expect(frames.map(typesOf)).toEqual([["ready", "message"], ["error"]]);
});

test("a line of the page is a command, and a wrong one is answered", async () => {
  using scratch = new Scratch();
  const { socket, frames, seat } = await sitting(scratch);

  socket.send('{"req":"a","type":"list"}');
  socket.send('{"req":"b","type":"nonsense"}');

  await until(() => frames.length === 1, "an answer");
  expect(seat.asked).toEqual([{ type: "list", req: "a" }]);
  expect(JSON.parse(frames[0] ?? "")).toMatchObject({ type: "error", req: "b", code: "USAGE" });
});

test("a page cannot have a file of this machine read", async () => {
  using scratch = new Scratch();
  const { socket, frames, seat } = await sitting(scratch);

  socket.send('{"req":"a","type":"join","room":"#r","secretFile":"/etc/passwd"}');
  socket.send('{"req":"b","type":"join","room":"#r","secret":"a long enough secret"}');

  await until(() => frames.length === 1 && seat.asked.length === 1, "both");
  expect(JSON.parse(frames[0] ?? "")).toMatchObject({ type: "error", req: "a", code: "USAGE" });
  expect(seat.asked[0]).toMatchObject({ type: "join", req: "b" });
});

test("what is asked while the seat is busy waits, in its order", async () => {
  using scratch = new Scratch();
  const { socket, seat, frames } = await sitting(scratch);
  seat.isBusy = true;

  socket.send('{"req":"a","type":"list"}');
  socket.send('{"req":"b","type":"list"}');
  socket.ping();
  await Bun.sleep(20);
  expect(seat.asked).toEqual([]);
  seat.isBusy = false;
  seat.sitter.onFree();

  await until(() => seat.asked.length === 2, "both commands");
  expect(seat.asked.map((asked) => ("req" in asked ? asked.req : null))).toEqual(["a", "b"]);
  expect(frames).toEqual([]);
});

test("a page that asks more than can wait is closed", async () => {
  using scratch = new Scratch();
  const { socket, seat, isClosed } = await sitting(scratch);
  seat.isBusy = true;

  for (let count = 0; count < 4; count += 1) socket.send(" ".repeat(300_000));

  await until(isClosed, "the end");
  await until(() => seat.isLeft, "an empty seat");
});

test("a page that is closed leaves its seat, and one that is told `bye` is closed", async () => {
  using scratch = new Scratch();
  const { web, seats, socket, seat } = await sitting(scratch);
  const url = web.url();
  const other = await sit(url, await enter(url));
  await until(() => seats.length === 2, "another seat");

  socket.close();
  seats[1]?.sitter.onEvent({ type: "bye", waiting: [] });

  await until(() => seat.isLeft && other.isClosed(), "both ends");
  expect(other.frames.map(typesOf)).toEqual([["bye"]]);
  await until(() => seats[1]?.isLeft === true, "the other empty seat");
});

test("a page is awaited once it was served, until it is closed", async () => {
  using scratch = new Scratch();
  expect(isPageAwaited(scratch.path)).toBe(false);
  const { web } = await open(scratch.path);
  expect(isPageAwaited(scratch.path)).toBe(true);
  web.close();
  expect(isPageAwaited(scratch.path)).toBe(false);
});

test("a page that was let in comes in again when the program was started anew", async () => {
  using scratch = new Scratch();
  const first = await open(scratch.path);
  const url = first.web.url();
  const visit = await enter(url);
  first.web.close();

  const second = await open(scratch.path);
  const page = await sit(url, visit);

  expect(new URL(second.web.url()).origin).toBe(new URL(url).origin);
  await until(() => second.seats.length === 1, "a seat");
  expect(page.isClosed()).toBe(false);
});

test("where somebody else has its port by then, nothing from before lets anybody in", async () => {
  using scratch = new Scratch();
  const first = await open(scratch.path);
  const before = new URL(first.web.url());
  const visit = await enter(before.href);
  first.web.close();
  const port = Number(before.port);
  const other = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response() });
  closing.push(() => void other.stop(true));

  const second = await open(scratch.path);
  const { host, origin, port: its } = new URL(second.web.url());
  const session = async ({ cookie }: WebVisit): Promise<number> => {
    const headers = { Cookie: cookie.replace(before.port, its) };
    return (await fetch(`${origin}/session`, { headers })).status;
  };

  expect(host).not.toBe(before.host);
  expect(await session(visit)).toBe(403);
  expect(await session(await enter(second.web.url()))).toBe(200);
});

/** What any user of this machine sees of what runs on it. */
function commandLines(): string {
  const pids = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
  return pids
    .map((pid) => {
      try {
        const [line, title] = ["cmdline", "comm"].map((file) =>
          readFileSync(join("/proc", pid, file), "utf8"),
        );
        return `${line} ${title}`;
      } catch {
        // It has ended meanwhile.
        return "";
      }
    })
    .join("\n");
}

test("the token is in no process list while a browser is started, and its file goes", async () => {
  using scratch = new Scratch();
  const { web } = await open(scratch.path);
  const url = web.url();
  const token = new URL(url).hash.slice(1);
  const mark = `mark${systemRandom(8).toHex()}`;
  const browser = scratch.join(mark);
  const out = scratch.join("out");
  writeFileSync(browser, `#!/bin/sh\ncat "$1" >${out}.new\nmv ${out}.new ${out}\nsleep 2\n`, {
    mode: 0o755,
  });

  const env = { P2PCHAT_BROWSER: browser };
  expect(openPage({ dataDirectory: scratch.path, env, url })).toBe(true);
  await until(() => existsSync(out), "the browser");
  const lines = commandLines();

  expect(lines).toContain(mark);
  expect(lines).toContain("open.html");
  expect(lines).not.toContain(token);
  expect(readFileSync(out, "utf8")).toContain(url);
  expect(existsSync(scratch.join("open.html"))).toBe(true);
  await enter(url);
  expect(existsSync(scratch.join("open.html"))).toBe(false);
});

test("where there is no browser nothing is left behind", async () => {
  using scratch = new Scratch();
  const url = (await open(scratch.path)).web.url();

  expect(openPage({ dataDirectory: scratch.path, env: { PATH: "" }, url })).toBe(false);
  const env = { P2PCHAT_BROWSER: scratch.join("none") };
  expect(openPage({ dataDirectory: scratch.path, env, url })).toBe(false);
  expect(readdirSync(scratch.path).toSorted()).toEqual(["web.json"]);
});
