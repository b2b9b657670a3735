import { expect, test } from "bun:test";
import { systemRandom } from "../../../lib/io/random.ts";
import { type Exchanged, WebSessions } from "../../../lib/io/web/websessions.ts";
import { proofOf } from "../../support/webvisit.ts";

const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NAME = "p2pchat-4000";
const SECRET = systemRandom(32);

function sessions(onUsed?: (token: string) => void): WebSessions {
  const options = { random: systemRandom, secret: SECRET };
  return new WebSessions(NOW, onUsed === undefined ? options : { ...options, onUsed });
}

const HOST = "127.0.0.1:4000";

function letIn(exchanged: Exchanged): Extract<Exchanged, { kind: "let-in" }> {
  if (exchanged.kind !== "let-in") throw new Error(`Not let in: ${exchanged.kind}`);
  return exchanged;
}

function cookieOf(exchanged: Exchanged): string {
  return letIn(exchanged).cookie;
}

async function prove(pass: string, question: string, host = HOST): Promise<string> {
  return await proofOf(pass, question, host);
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

  expect(web.exchange(NOW + 10 * MINUTE_MS - 1, first).kind).toBe("let-in");
  expect(web.exchange(NOW + 10 * MINUTE_MS, second).kind).toBe("wrong");
});

test("of nine tokens that nobody used the first is forgotten", () => {
  const web = sessions();
  const [first = "", second = "", ...others] = Array.from({ length: 9 }, () => web.mint(NOW));

  expect(web.exchange(NOW, first).kind).toBe("wrong");
  for (const token of [second, ...others]) expect(web.exchange(NOW, token).kind).toBe("let-in");
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
  expect(web.exchange(NOW + 6001, token).kind).toBe("let-in");
});

test("a cookie is good for another run with the same secret, and for none with another", () => {
  const first = sessions();
  const header = `${NAME}=${cookieOf(first.exchange(NOW, first.mint(NOW)))}`;
  const other = new WebSessions(NOW, { random: systemRandom, secret: systemRandom(32) });

  expect(sessions().isKnown(NOW + DAY_MS, NAME, header)).toBe(true);
  expect(other.isKnown(NOW + DAY_MS, NAME, header)).toBe(false);
});

test("with a new secret nothing is good that was given before", async () => {
  const web = sessions();
  const { cookie, pass } = letIn(web.exchange(NOW, web.mint(NOW)));
  const token = web.mint(NOW);

  web.renew(systemRandom(32));

  expect(web.isKnown(NOW, NAME, `${NAME}=${cookie}`)).toBe(false);
  expect(web.isProved(NOW, HOST, await prove(pass, web.question(NOW)))).toBe(false);
  expect(web.exchange(NOW, token).kind).toBe("let-in");
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

test("who was let in proves it by their pass, to this run and to the next", async () => {
  const first = sessions();
  const { pass } = letIn(first.exchange(NOW, first.mint(NOW)));
  const next = sessions();

  const [early, late] = [
    await prove(pass, first.question(NOW)),
    await prove(pass, next.question(NOW)),
  ];

  expect(first.isProved(NOW, HOST, early)).toBe(true);
  expect(next.isProved(NOW, HOST, late)).toBe(true);
  // Who has heard an answer can do nothing with it later.
  expect(next.isProved(NOW, HOST, early)).toBe(false);
  expect(first.question(NOW)).not.toBe(next.question(NOW));
});

test("neither a cookie nor a pass itself is a proof, and the pass is no cookie", async () => {
  const web = sessions();
  const { cookie, pass } = letIn(web.exchange(NOW, web.mint(NOW)));

  const byCookie = await prove(cookie, web.question(NOW));

  for (const proof of ["", "x", cookie, pass, byCookie]) {
    expect(web.isProved(NOW, HOST, proof)).toBe(false);
  }
  expect(web.isKnown(NOW, NAME, `${NAME}=${pass}`)).toBe(false);
});

test("a question is answered within a minute, at the host that it was asked at", async () => {
  const web = sessions();
  const { pass } = letIn(web.exchange(NOW, web.mint(NOW)));
  const proof = await prove(pass, web.question(NOW));

  expect(web.isProved(NOW + 30_000, HOST, proof)).toBe(true);
  expect(web.isProved(NOW + MINUTE_MS, HOST, proof)).toBe(false);
  for (const host of ["127.0.0.1:4001", "localhost:4000", ""]) {
    expect(web.isProved(NOW, host, proof)).toBe(false);
  }
});

test("a pass is good for thirty days, and not with another secret", async () => {
  const web = sessions();
  const other = new WebSessions(NOW, { random: systemRandom, secret: systemRandom(32) });
  const { pass } = letIn(web.exchange(NOW, web.mint(NOW)));
  const isGoodAt = async (one: WebSessions, now: number): Promise<boolean> =>
    one.isProved(now, HOST, await prove(pass, one.question(now)));

  expect(await isGoodAt(web, NOW + 30 * DAY_MS - 1)).toBe(true);
  expect(await isGoodAt(web, NOW + 30 * DAY_MS)).toBe(false);
  expect(await isGoodAt(other, NOW)).toBe(false);
});

test("a proof of which any one character is another proves nothing", async () => {
  const web = sessions();
  const { pass } = letIn(web.exchange(NOW, web.mint(NOW)));
  const proof = await prove(pass, web.question(NOW));
  const changed = Array.from(proof, (char, at) => {
    return `${proof.slice(0, at)}${char === "1" ? "2" : "1"}${proof.slice(at + 1)}`;
  });

  expect(proof).toMatch(/^[\w-]{22}\.[0-9]+\.[\w-]{43}$/);
  for (const one of changed) expect(web.isProved(NOW, HOST, one)).toBe(false);
});
