import { TokenBucket } from "../../base/bucket.ts";
import type { Random } from "../../base/random.ts";
import { encodeUtf8 } from "../../base/text.ts";
import { equalSecret, hmacSha256, sha256 } from "../../crypto/primitives.ts";

const TOKEN_BYTES = 32;
/** As base64url writes them. */
const TOKEN_CHARS = 43;
/** The oldest that was not used is forgotten for one more. */
const TOKENS_MAX = 8;
const TOKEN_LIFE_MS = 10 * 60_000;

/** Failures in a row that are answered as such; after them, one every six seconds. */
const FAILURES_BURST = 10;
const FAILURES_PER_SECOND = 10 / 60;

const ID_BYTES = 16;
const SESSION_LIFE_MS = 30 * 24 * 3_600_000;
/** Who has set the clock back by more has to open the page anew. */
const CLOCK_AHEAD_MS = 24 * 3_600_000;

/** Browsers send far less. */
const HEADER_CHARS_MAX = 8192;

/** `id.when.code`: 16 bytes, milliseconds since 1970, and 32 bytes. */
const COOKIE = /^([\w-]{22})\.([0-9]{1,15})\.([\w-]{43})$/;

export interface WebSessionsOptions {
  readonly random: Random;
  /** What cookies are known by, 32 bytes; with another one no cookie is good any more. */
  readonly secret: Uint8Array;
  /** A token was exchanged: nothing needs to hold it any longer. */
  readonly onUsed?: (token: string) => void;
}

/** What came of a token: a cookie's value, or why there is none. */
export type Exchanged =
  | { readonly kind: "cookie"; readonly value: string }
  | { readonly kind: "wrong" }
  /** Of those there were too many lately. */
  | { readonly kind: "too-many" };

interface Token {
  readonly digest: Uint8Array;
  readonly untilMs: number;
}

/**
 * Who may speak for this person from a browser. A token is worth a cookie once, and is only ever
 * handed to the person; a cookie is known by its code, so that none has to be kept and a page stays
 * known when the program ends and starts again. Times in ms since 1970.
 */
export class WebSessions {
  readonly #options: WebSessionsOptions;
  readonly #failures: TokenBucket;
  #tokens: Token[] = [];

  constructor(now: number, options: WebSessionsOptions) {
    this.#options = options;
    this.#failures = new TokenBucket(now, FAILURES_PER_SECOND, FAILURES_BURST);
  }

  /** A new token, 43 characters that a URL takes as they are. */
  mint(now: number): string {
    const token = base64url(this.#options.random(TOKEN_BYTES));
    const others = this.#tokens.slice(-(TOKENS_MAX - 1));
    this.#tokens = [...others, { digest: digestOf(token), untilMs: now + TOKEN_LIFE_MS }];
    return token;
  }

  exchange(now: number, token: string): Exchanged {
    if (this.#take(now, token)) {
      this.#options.onUsed?.(token);
      return { kind: "cookie", value: this.#cookie(now) };
    }
    // A right one is taken however many wrong ones came: nobody can lock the person out.
    return { kind: this.#failures.take(now) ? "wrong" : "too-many" };
  }

  /** Whether the header `Cookie` has a good one of this name. */
  isKnown(now: number, name: string, header: string | null): boolean {
    if (header === null || header.length > HEADER_CHARS_MAX) return false;
    const values = header.split(";").flatMap((pair) => {
      const [key, value] = pair.trim().split("=", 2);
      return key === name && value !== undefined ? [value] : [];
    });
    // Another program on this machine may have put one of the same name beside it.
    return values.some((value) => this.#isGood(now, value));
  }

  #take(now: number, token: string): boolean {
    if (token.length !== TOKEN_CHARS) return false;
    const digest = digestOf(token);
    const fresh = this.#tokens.filter(({ untilMs }) => now < untilMs);
    this.#tokens = fresh.filter((one) => !equalSecret(one.digest, digest));
    return this.#tokens.length < fresh.length;
  }

  #cookie(now: number): string {
    const said = `${base64url(this.#options.random(ID_BYTES))}.${Math.floor(now)}`;
    return `${said}.${this.#codeOf(said)}`;
  }

  #isGood(now: number, value: string): boolean {
    const [, id, when, code] = COOKIE.exec(value) ?? [];
    if (id === undefined || when === undefined || code === undefined) return false;
    const ageMs = now - Number(when);
    const isOfNow = -CLOCK_AHEAD_MS < ageMs && ageMs < SESSION_LIFE_MS;
    return isOfNow && equalSecret(encodeUtf8(this.#codeOf(`${id}.${when}`)), encodeUtf8(code));
  }

  #codeOf(said: string): string {
    return base64url(hmacSha256(this.#options.secret, encodeUtf8(`p2pchat web ${said}`)));
  }
}

function digestOf(token: string): Uint8Array {
  return sha256(encodeUtf8(token));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
