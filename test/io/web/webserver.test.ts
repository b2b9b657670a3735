import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { expect, test } from "bun:test";
import { rawRequest, UPGRADE } from "../../support/rawhttp.ts";
import { SKIPPED } from "../../support/tally.ts";
import { until } from "../../support/until.ts";
import { seatHeaders, type WebVisit } from "../../support/webvisit.ts";
import { Opened, PAGE } from "./opened.ts";

/** A page's WebSocket, as the browser of somebody who was let in opens it. */
async function sit(opened: Opened, visit?: WebVisit): Promise<WebSocket> {
  const headers = await seatHeaders(opened.host, visit ?? (await opened.enter()));
  const socket = new WebSocket(`ws://${opened.host}/seat`, { headers });
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.addEventListener("open", () => resolve(socket));
  socket.addEventListener("error", () => reject(new Error("The socket was refused")));
  return await promise;
}

async function closed(socket: WebSocket): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  socket.addEventListener("close", ({ code }) => resolve(code));
  return await promise;
}

/** Local addresses of this process's listening sockets at a port, as the kernel writes them. */
function listeners(port: number): readonly string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, local = "", , state] = line.trim().split(/\s+/);
        return state === "0A" && local.endsWith(end) ? [local.slice(0, -end.length)] : [];
      }),
  );
}

const LOOPBACK_V4 = "0100007F";
const LOOPBACK_V6 = "00000000000000000000000001000000";

test("it listens on the loopback addresses, and on no other", () => {
  using opened = new Opened();

  expect(listeners(opened.port)).toContain(LOOPBACK_V4);
  for (const address of listeners(opened.port)) {
    expect([LOOPBACK_V4, LOOPBACK_V6]).toContain(address);
  }
});

const hasV6 =
  existsSync("/proc/net/if_inet6") && readFileSync("/proc/net/if_inet6", "utf8").includes(" lo\n");

test.skipIf(!hasV6)(
  `it is the same by its other address and by its name${hasV6 ? "" : `${SKIPPED}needs ::1`}`,
  async () => {
    using opened = new Opened();
    const { port } = opened;
    const headers = [
      ["Host", `[::1]:${port}`],
      ["Connection", "close"],
    ] as const;

    const answer = await rawRequest(port, { method: "GET", path: "/", headers }, "::1");

    expect(answer.body).toBe(PAGE);
    expect((await fetch(`http://localhost:${port}/`)).status).toBe(200);
  },
);

test("the page comes with what keeps others out of it, and is kept by nobody", async () => {
  using opened = new Opened();

  const page = await fetch(`http://${opened.host}/?x`);
  const part = await fetch(`http://${opened.host}/main-abc.js`);
  const nothing = await fetch(`http://${opened.host}/no`);
  const refused = await fetch(`http://${opened.host}/session`);

  expect(await page.text()).toBe(PAGE);
  expect(nothing.status).toBe(404);
  expect(refused.status).toBe(403);
  for (const { headers } of [page, part, nothing, refused]) {
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.has("access-control-allow-origin")).toBe(false);
  }
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(part.headers.get("cache-control")).toContain("immutable");
});

const SITES = ["same-origin", "none", "same-site", "cross-site"] as const;

test.each(SITES)("what a page asks that is %s to us", async (site) => {
  using opened = new Opened();
  const cookie = await opened.cookie();
  const ask = async (path: string, mode: string): Promise<number> => {
    const headers = { "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, Cookie: cookie };
    return (await fetch(`http://${opened.host}${path}`, { headers })).status;
  };
  const isOwn = site === "same-origin";

  // A link from elsewhere, or the file that leads here, shows what everybody may see.
  expect(await ask("/", "navigate")).toBe(200);
  expect(await ask("/", "no-cors")).toBe(isOwn || site === "none" ? 200 : 403);
  expect(await ask("/main-abc.js", "no-cors")).toBe(isOwn || site === "none" ? 200 : 403);
  expect(await ask("/session", "cors")).toBe(isOwn ? 200 : 403);
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])(
  "what a form of another page could send, of type %j, is refused",
  async (type) => {
    using opened = new Opened();

    const answer = await fetch(`http://${opened.host}/session`, {
      method: "POST",
      headers: { Origin: `http://${opened.host}`, "Content-Type": type },
      body: JSON.stringify({ token: opened.token() }),
    });

    expect(answer.status).toBe(403);
    expect(await answer.text()).toBe("");
  },
);

test.each(["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])(
  "%s is refused",
  async (method) => {
    using opened = new Opened();
    const headers = [
      ["Host", opened.host],
      ["Origin", `http://${opened.host}`],
      ["Cookie", await opened.cookie()],
      ["Connection", "close"],
    ] as const;

    const answer = await rawRequest(opened.port, { method, path: "/session", headers });

    expect(answer.status).toBe(403);
    expect(answer.body).toBe("");
  },
);

test("a second Host, and one in the request's line, make nobody ours", async () => {
  using opened = new Opened();
  const cookie = ["Cookie", await opened.cookie()] as const;
  const closing = ["Connection", "close"] as const;
  const ours = ["Host", opened.host] as const;
  const theirs = ["Host", "evil.example"] as const;

  for (const headers of [
    [ours, theirs, cookie, closing],
    [theirs, ours, cookie, closing],
  ]) {
    const answer = await rawRequest(opened.port, { method: "GET", path: "/session", headers });
    expect([400, 403]).toContain(answer.status);
    expect(answer.body).toBe("");
  }
  const path = `http://${opened.host}/session`;
  const headers = [theirs, cookie, closing];
  const answer = await rawRequest(opened.port, { method: "GET", path, headers });
  expect([400, 403]).toContain(answer.status);
});

test("a body that no token needs is not read", async () => {
  using opened = new Opened();

  const answer = await fetch(`http://${opened.host}/session`, {
    method: "POST",
    headers: { Origin: `http://${opened.host}`, "Content-Type": "application/json" },
    body: JSON.stringify({ token: opened.token(), more: " ".repeat(1024) }),
  });

  expect(answer.status).toBe(413);
  expect(await answer.text()).toBe("");
});

test("after ten wrong tokens it says that there were too many", async () => {
  using opened = new Opened();
  const statuses: number[] = [];
  for (let tried = 0; tried < 11; tried += 1) statuses.push((await opened.post("wrong")).status);

  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
  expect((await opened.post(opened.token())).status).toBe(200);
});

test("lines go both ways, and its end is told", async () => {
  using opened = new Opened();
  const socket = await sit(opened);
  const heard: unknown[] = [];
  socket.addEventListener("message", ({ data }) => heard.push(data));
  const [page] = opened.pages;

  page?.page.send('{"a":1}\n{"b":2}');
  socket.send('{"type":"list"}');

  await until(() => heard.length === 1 && page?.lines.length === 1, "both lines");
  expect(heard).toEqual(['{"a":1}\n{"b":2}']);
  expect(page?.lines).toEqual(['{"type":"list"}']);
  expect(opened.server.pages).toBe(1);
  socket.close();
  await until(() => page?.isGone === true, "the end");
  expect(opened.server.pages).toBe(0);
});

test("sixteen pages are served, and one more is not", async () => {
  using opened = new Opened();
  const visit = await opened.enter();
  const sockets: WebSocket[] = [];
  for (let count = 0; count < 16; count += 1) sockets.push(await sit(opened, visit));

  await expect(sit(opened, visit)).rejects.toThrow();

  sockets[0]?.close();
  await until(() => opened.server.pages === 15, "one that is gone");
  expect((await sit(opened, visit)).readyState).toBe(WebSocket.OPEN);
});

test("a page that asks more than anybody would is shut out", async () => {
  using opened = new Opened();
  const socket = await sit(opened);
  const code = closed(socket);

  for (let count = 0; count < 2000; count += 1) socket.send('{"type":"list"}');

  expect(await code).toBe(1008);
  await until(() => opened.pages[0]?.isGone === true, "the end");
  expect(opened.pages[0]?.lines.length).toBeWithin(400, 2000);
});

test("a page that sends no text is shut out", async () => {
  using opened = new Opened();
  const socket = await sit(opened);
  const code = closed(socket);

  socket.send(new Uint8Array([1, 2, 3]));

  expect(await code).toBe(1003);
  expect(opened.pages[0]?.lines).toEqual([]);
});

test("a line may be as long as the contract has it, and no longer", async () => {
  using opened = new Opened();
  const socket = await sit(opened);
  const code = closed(socket);
  const longest = 6 * 65_536 + 8192;

  socket.send(" ".repeat(longest));
  await until(() => opened.pages[0]?.lines.length === 1, "the longest line");
  socket.send(" ".repeat(longest + 1));

  expect([1006, 1009]).toContain(await code);
  expect(opened.pages[0]?.lines).toHaveLength(1);
});

test("a page that does not read is told of, and closed when 8 MiB wait for it", async () => {
  using opened = new Opened();
  const own = await seatHeaders(opened.host, await opened.enter());
  const socket = connect({ port: opened.port, host: "127.0.0.1" });
  const headers = [["Host", opened.host], ...Object.entries(own), ...UPGRADE];
  const head = headers.map(([name, value]) => `${name}: ${value}`).join("\r\n");
  socket.write(`GET /seat HTTP/1.1\r\n${head}\r\n\r\n`);
  socket.on("error", () => {});
  socket.pause();
  await until(() => opened.pages.length === 1, "its page");
  const [page] = opened.pages;

  const frame = "x".repeat(2 ** 16);
  let sent = 0;
  for (const isGone = (): boolean => page?.isGone ?? true; sent < 1000 && !isGone(); sent += 1) {
    page?.page.send(frame);
    await Bun.sleep(0);
  }
  socket.destroy();

  expect(page?.paces[0]).toBe(true);
  expect(page?.isGone).toBe(true);
  // What the system itself holds for a connection comes on top, and stays below 16 MiB.
  expect(sent).toBeWithin(128, 400);
});

test("a page that is behind and reads on has caught up", async () => {
  using opened = new Opened();
  const socket = await sit(opened);
  let chars = 0;
  socket.addEventListener("message", ({ data }) => {
    chars += String(data).length;
  });
  const [page] = opened.pages;

  const frame = "x".repeat(2 ** 16);
  for (let count = 0; count < 110; count += 1) page?.page.send(frame);

  await until(() => chars === 110 * 2 ** 16, "all of it");
  await until(() => page?.paces.at(-1) !== true, "that it has caught up");
  expect(page?.paces).toEqual([true, false]);
});

test("whoever starts again has the port that they had, or else another", () => {
  using first = new Opened();
  const { port } = first;
  first.server.stop();

  using second = new Opened({ port });
  using third = new Opened({ port });

  expect(second.port).toBe(port);
  expect(third.port).not.toBe(port);
});

test("pages are told when it stops", async () => {
  using opened = new Opened();
  const socket = await sit(opened);
  const code = closed(socket);

  opened.server.stop();

  expect(await code).toBe(1001);
  await until(() => opened.pages[0]?.isGone === true, "the end");
});
