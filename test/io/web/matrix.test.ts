import { afterAll, beforeAll, expect, test } from "bun:test";
import { type RawAnswer, type RawRequest, rawRequest, UPGRADE } from "../../support/rawhttp.ts";
import { Opened } from "./opened.ts";

const opened = new Opened();
const { port } = opened;
afterAll(() => opened.server.stop());

/** Whatever a program, a page elsewhere, or a name that leads here may say; null says nothing. */
const HOSTS: readonly (string | null)[] = [
  `127.0.0.1:${port}`,
  `localhost:${port}`,
  `[::1]:${port}`,
  `evil.example:${port}`,
  `127.0.0.1:${port}.evil.example`,
  `0.0.0.0:${port}`,
  "127.0.0.1",
  `localhost.:${port}`,
  null,
];

type OriginOf = (host: string) => string | null;

const ORIGINS = new Map<string, OriginOf>([
  ["none", () => null],
  ["of the same", (host) => `http://${host}`],
  ["null", () => "null"],
  ["of another", () => "http://evil.example"],
  ["of another that begins alike", (host) => `http://${host}.evil.example`],
  ["encrypted", (host) => `https://${host}`],
  ["of another port", () => `http://127.0.0.1:${port + 1}`],
  ["with a path", (host) => `http://${host}/`],
]);

const CREDENTIALS = ["none", "bad", "good", "old"] as const;
type Credential = (typeof CREDENTIALS)[number];

/** Written apart from what it judges: the three names with this port, and nothing else. */
const OUR_HOSTS = new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);

const cookies = new Map<Credential, string | null>([["none", null]]);
const DAY_MS = 86_400_000;

beforeAll(async () => {
  opened.aheadMs = -31 * DAY_MS;
  cookies.set("old", await opened.cookie());
  opened.aheadMs = 0;
  const good = await opened.cookie();
  cookies.set("good", good);
  const last = good.at(-2) === "A" ? "B" : "A";
  cookies.set("bad", `${good.slice(0, -2)}${last}${good.slice(-1)}`);
});

function headersOf(
  host: string | null,
  origin: string | null,
  ...others: readonly (readonly [string, string])[]
): RawRequest["headers"] {
  return [
    ...(host === null ? [] : [["Host", host] as const]),
    ...(origin === null ? [] : [["Origin", origin] as const]),
    ...others,
  ];
}

function cookieHeader(credential: Credential): readonly (readonly [string, string])[] {
  const cookie = cookies.get(credential);
  return typeof cookie === "string" ? [["Cookie", cookie]] : [];
}

/** Of HTTP 1.1 a request without `Host` is none: the runtime says so before it is ours. */
function expectRefused({ status, body }: RawAnswer, host: string | null): void {
  expect(host === null ? [400, 403] : [403]).toContain(status);
  expect(body).toBe("");
}

const CASES = HOSTS.flatMap((host) =>
  [...ORIGINS].flatMap(([kind, originOf]) =>
    CREDENTIALS.map((credential) => {
      const origin = originOf(host ?? `127.0.0.1:${port}`);
      const isOurs = host !== null && OUR_HOSTS.has(host);
      return { host, kind, origin, credential, isOurs, isSame: origin === `http://${host}` };
    }),
  ),
);

test("there are as many cases as there should be", () => {
  expect(CASES).toHaveLength(9 * 8 * 4);
  expect(new Set(cookies.values()).size).toBe(4);
});

test.each(CASES)(
  "GET with Host $host, an Origin $kind and a cookie $credential",
  async ({ host, origin, credential, isOurs, isSame }) => {
    const headers = headersOf(host, origin, ["Connection", "close"], ...cookieHeader(credential));

    const session = await rawRequest(port, { method: "GET", path: "/session", headers });
    const page = await rawRequest(port, { method: "GET", path: "/", headers });

    const isFromUs = isOurs && (origin === null || isSame);
    if (isFromUs && credential === "good") expect(session.status).toBe(204);
    else expectRefused(session, host);
    // The page itself holds nothing: it is what asks for the token.
    if (isFromUs) expect(page.status).toBe(200);
    else expectRefused(page, host);
  },
);

test.each(CASES)(
  "POST with Host $host, an Origin $kind and a token $credential",
  async ({ host, origin, credential, isOurs, isSame }) => {
    const tokens = { none: "", bad: "A".repeat(43), good: opened.token(), old: oldToken() };
    const body = JSON.stringify(credential === "none" ? {} : { token: tokens[credential] });
    const headers = headersOf(
      host,
      origin,
      ["Content-Type", "application/json"],
      ["Content-Length", String(body.length)],
      ["Connection", "close"],
      // That one is let in already makes no token better.
      ...cookieHeader("good"),
    );

    const answer = await rawRequest(port, { method: "POST", path: "/session", headers, body });

    const isThere = isOurs && isSame;
    if (isThere && credential === "good") {
      expect(answer.status).toBe(204);
      expect(answer.headers.get("set-cookie")).toEndWith("; Path=/; HttpOnly; SameSite=Strict");
    } else {
      expect(answer.headers.has("set-cookie")).toBe(false);
      // After ten wrong ones it says that there were too many.
      if (isThere) expect([403, 429]).toContain(answer.status);
      else expectRefused(answer, host);
      expect(answer.body).toBe("");
    }
  },
);

test.each(CASES)(
  "a WebSocket with Host $host, an Origin $kind and a cookie $credential",
  async ({ host, origin, credential, isOurs, isSame }) => {
    const before = opened.pages.length;
    const headers = headersOf(host, origin, ...UPGRADE, ...cookieHeader(credential));
    // Who is refused is to go.
    const all = [...headers.filter(([name]) => name !== "Connection"), CLOSING] as const;

    const answer = await rawRequest(port, { method: "GET", path: "/seat", headers: all });

    if (isOurs && isSame && credential === "good") expect(answer.status).toBe(101);
    else {
      expectRefused(answer, host);
      expect(opened.pages).toHaveLength(before);
    }
  },
);

const CLOSING = ["Connection", "Upgrade, close"] as const;

/** One that was good ten minutes ago. */
function oldToken(): string {
  opened.aheadMs = -10 * 60_000;
  const token = opened.token();
  opened.aheadMs = 0;
  return token;
}

test("nothing went wrong on the way", () => {
  expect(opened.troubles).toEqual([]);
  expect(opened.pages.length).toBeGreaterThanOrEqual(3);
});
