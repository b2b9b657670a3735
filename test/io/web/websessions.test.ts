import { expect, test } from "bun:test";
import { systemRandom } from "../../../lib/io/random.ts";
import { type Exchanged, WebSessions } from "../../../lib/io/web/websessions.ts";

const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NAME = "p2pchat-4000";
const SECRET = systemRandom(32);

function sessions(onUsed?: (token: string) => void): WebSessions {
  const options = { random: systemRandom, secret: SECRET };
  return new WebSessions(NOW, onUsed === undefined ? options : { ...options, onUsed });
}

function cookieOf(exchanged: Exchanged): string {
  if (exchanged.kind !== "cookie") throw new Error(`No cookie: ${exchanged.kind}`);
  return exchanged.value;
}

test("a token is worth a cookie once, which is good from then on", () => {
  const used: string[] = [];
  const web = sessions((token) => used.push(token));
  const token = web.mint(NOW);

  const cookie = cookieOf(web.exchange(NOW, token));

  expect(web.isKnown(NOW, NAME, `${NAME}=${cookie}`)).toBe(true);
  expect(web.exchange(NOW, token)).toEqual({ kind: "wrong" });
  expect(used).toEqual([token]);
});

test("tokens and cookies are of 128 bits and more, and never the same twice", () => {
  const web = sessions();
  const tokens = Array.from({ length: 100 }, () => web.mint(NOW));
  const cookies = tokens.slice(-8).map((token) => cookieOf(web.exchange(NOW, token)));

  expect(new Set(tokens).size).toBe(100);
  expect(new Set(cookies).size).toBe(8);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  for (const cookie of cookies) expect(cookie).toMatch(/^[\w-]{22}\.[0-9]+\.[\w-]{43}$/);
});

test("a token that is ten minutes old is worth nothing", () => {
  const web = sessions();
  const [first, second] = [web.mint(NOW), web.mint(NOW)];

  expect(web.exchange(NOW + 10 * MINUTE_MS - 1, first).kind).toBe("cookie");
  expect(web.exchange(NOW + 10 * MINUTE_MS, second).kind).toBe("wrong");
});

test("of nine tokens that nobody used the first is forgotten", () => {
  const web = sessions();
  const [first = "", second = "", ...others] = Array.from({ length: 9 }, () => web.mint(NOW));

  expect(web.exchange(NOW, first).kind).toBe("wrong");
  for (const token of [second, ...others]) expect(web.exchange(NOW, token).kind).toBe("cookie");
});

test.each(["", "x", "A".repeat(42), "A".repeat(44), "é".repeat(43)])("%j is no token", (token) => {
  expect(sessions().exchange(NOW, token)).toEqual({ kind: "wrong" });
});

test("after ten wrong tokens there is one more every six seconds, and right ones are taken", () => {
  const web = sessions();
  const token = web.mint(NOW);
  const kinds = Array.from({ length: 12 }, () => web.exchange(NOW, "wrong").kind);

  expect(kinds.slice(0, 10)).toEqual(kinds.slice(0, 10).fill("wrong"));
  expect(kinds.slice(10)).toEqual(["too-many", "too-many"]);
  expect(web.exchange(NOW + 6001, "wrong").kind).toBe("wrong");
  expect(web.exchange(NOW + 6001, "wrong").kind).toBe("too-many");
  expect(web.exchange(NOW + 6001, token).kind).toBe("cookie");
});

test("a cookie is good for another run with the same secret, and for none with another", () => {
  const first = sessions();
  const header = `${NAME}=${cookieOf(first.exchange(NOW, first.mint(NOW)))}`;
  const other = new WebSessions(NOW, { random: systemRandom, secret: systemRandom(32) });

  expect(sessions().isKnown(NOW + DAY_MS, NAME, header)).toBe(true);
  expect(other.isKnown(NOW + DAY_MS, NAME, header)).toBe(false);
});

test("a cookie is good for thirty days", () => {
  const web = sessions();
  const header = `${NAME}=${cookieOf(web.exchange(NOW, web.mint(NOW)))}`;

  expect(web.isKnown(NOW + 30 * DAY_MS - 1, NAME, header)).toBe(true);
  expect(web.isKnown(NOW + 30 * DAY_MS, NAME, header)).toBe(false);
  expect(web.isKnown(NOW - 2 * DAY_MS, NAME, header)).toBe(false);
});

test("a cookie is found among others, also beside a wrong one of its name", () => {
  const web = sessions();
  const cookie = cookieOf(web.exchange(NOW, web.mint(NOW)));

  expect(web.isKnown(NOW, NAME, `a=b; ${NAME}=x; ${NAME}=${cookie}; c`)).toBe(true);
  expect(web.isKnown(NOW, NAME, `x${NAME}=${cookie}`)).toBe(false);
  expect(web.isKnown(NOW, NAME, `p2pchat-4001=${cookie}`)).toBe(false);
  expect(web.isKnown(NOW, NAME, `${NAME}=${cookie};${" ".repeat(8192)}`)).toBe(false);
});

test("a cookie of which any one character is another is not good", () => {
  const web = sessions();
  const cookie = cookieOf(web.exchange(NOW, web.mint(NOW)));
  const [, , code = ""] = cookie.split(".");
  const changed = Array.from(cookie, (char, at) => {
    const other = char === "1" ? "2" : "1";
    return `${cookie.slice(0, at)}${other}${cookie.slice(at + 1)}`;
  });

  expect(code).toHaveLength(43);
  for (const one of changed) expect(web.isKnown(NOW, NAME, `${NAME}=${one}`)).toBe(false);
});
