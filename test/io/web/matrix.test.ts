import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../../lib/io/clock.ts";
import { type RawAnswer, type RawRequest, rawRequest, UPGRADE } from "../../support/rawhttp.ts";
import { proofOf } from "../../support/webvisit.ts";
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
const passes = new Map<Credential, string>();
const DAY_MS = 86_400_000;

beforeAll(async () => {
  opened.aheadMs = -31 * DAY_MS;
  const old = await opened.enter();
  opened.aheadMs = 0;
  const good = await opened.enter();
  cookies.set("old", old.cookie).set("good", good.cookie).set("bad", changed(good.cookie));
  passes.set("old", old.pass).set("good", good.pass).set("bad", changed(good.pass));
});

/** With its last character but one as another; the last may not count in full. */
function changed(voucher: string): string {
  const last = voucher.at(-2) === "A" ? "B" : "A";
  return `${voucher.slice(0, -2)}${last}${voucher.slice(-1)}`;
}

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
  expect(new Set(passes.values()).size).toBe(3);
});

test.each(CASES)(
  "GET with Host $host, an Origin $kind and a cookie $credential",
  async ({ host, origin, credential, isOurs, isSame }) => {
    const headers = headersOf(host, origin, ["Connection", "close"], ...cookieHeader(credential));

    const session = await rawRequest(port, { method: "GET", path: "/session", headers });
    const page = await rawRequest(port, { method: "GET", path: "/", headers });

    const isFromUs = isOurs && (origin === null || isSame);
    if (isFromUs && credential === "good") expect(session.status).toBe(200);
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
      expect(answer.status).toBe(200);
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
    for (const proof of CREDENTIALS) {
      const before = opened.pages.length;
      const offered = await protocolHeader(proof, host ?? `127.0.0.1:${port}`);
      const headers = headersOf(host, origin, ...UPGRADE, ...cookieHeader(credential), ...offered);
      // Who is refused is to go.
      const all = [...headers.filter(([name]) => name !== "Connection"), CLOSING] as const;

      const answer = await rawRequest(port, { method: "GET", path: "/seat", headers: all });

      if (isOurs && isSame && credential === "good" && proof === "good") {
        expect(answer.status).toBe(101);
        expect(answer.headers.get("sec-websocket-protocol")).toBe("p2pchat");
      } else {
        expectRefused(answer, host);
        expect(opened.pages).toHaveLength(before);
      }
    }
  },
);

async function protocolHeader(proof: Credential, host: string): Promise<RawRequest["headers"]> {
  const pass = passes.get(proof);
  if (pass === undefined) return [["Sec-WebSocket-Protocol", "p2pchat"]];
  const question = opened.sessions.question(systemClock.now());
  return [["Sec-WebSocket-Protocol", `p2pchat, ${await proofOf(pass, question, host)}`]];
}

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
