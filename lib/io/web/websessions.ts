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
const VOUCHER = /^([\w-]{22})\.([0-9]{1,15})\.([\w-]{43})$/;

/** How long a question stays the same; it may be answered for as long again. */
const QUESTION_LIFE_MS = 30_000;

export interface WebSessionsOptions {
  readonly random: Random;
  /** What cookies and passes are known by, 32 bytes; with another one none is good any more. */
  readonly secret: Uint8Array;
  /** A token was exchanged: nothing needs to hold it any longer. */
  readonly onUsed?: (token: string) => void;
}

/** What came of a token: a cookie's value and a pass, or why there is none. */
export type Exchanged =
  | { readonly kind: "let-in"; readonly cookie: string; readonly pass: string }
  | { readonly kind: "wrong" }
  /** Of those there were too many lately. */
  | { readonly kind: "too-many" };

interface Token {
  readonly digest: Uint8Array;
  readonly untilMs: number;
}

/** What a code is good for; one is never the other. */
type Use = "cookie" | "pass";

/**
 * Who may speak for this person from a browser. A token is worth a cookie and a pass once, and is
 * only ever handed to the person; both are known by their codes, so that none has to be kept and a
 * page stays known when the program ends and starts again. Times in ms since 1970.
 *
 * A browser sends the cookie to every port of this machine, so whoever serves at another one has
 * it. The pass stays with our pages: they prove that they have it, and send it to nobody, as by
 * then the port may be somebody else's.
 */
export class WebSessions {
  readonly #options: WebSessionsOptions;
  readonly #failures: TokenBucket;
  /** Of this run alone: what was proved to one before proves nothing now. */
  readonly #questionSecret: Uint8Array;
  #secret: Uint8Array;
  #tokens: Token[] = [];

  constructor(now: number, options: WebSessionsOptions) {
    this.#options = options;
    this.#failures = new TokenBucket(now, FAILURES_PER_SECOND, FAILURES_BURST);
    this.#questionSecret = options.random(TOKEN_BYTES);
    this.#secret = options.secret;
  }

  /** Nothing is good any more that was given for a token before. */
  renew(secret: Uint8Array): void {
    this.#secret = secret;
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
      return { kind: "let-in", ...this.#vouchers(now) };
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
    return values.some((value) => this.#isGood(now, value, (said) => this.#codeOf("cookie", said)));
  }

  /** What whoever has a pass is to prove it with; a minute later it is worth nothing. */
  question(now: number): string {
    return this.#questionAt(Math.floor(now / QUESTION_LIFE_MS));
  }

  /**
   * Whether this is of a good pass, the answer to a question of ours, and given to the page at this
   * host: `id.when.code` as the pass has it, but of its code only what that makes of the rest.
   */
  isProved(now: number, host: string, proof: string): boolean {
    const slot = Math.floor(now / QUESTION_LIFE_MS);
    return [slot, slot - 1].some((one) => {
      return this.#isGood(now, proof, (said) => {
        const asked = encodeUtf8(`${this.#questionAt(one)} ${host}`);
        return base64url(hmacSha256(encodeUtf8(this.#codeOf("pass", said)), asked));
      });
    });
  }

  #take(now: number, token: string): boolean {
    if (token.length !== TOKEN_CHARS) return false;
    const digest = digestOf(token);
    const fresh = this.#tokens.filter(({ untilMs }) => now < untilMs);
    this.#tokens = fresh.filter((one) => !equalSecret(one.digest, digest));
    return this.#tokens.length < fresh.length;
  }

  #vouchers(now: number): { readonly cookie: string; readonly pass: string } {
    const said = `${base64url(this.#options.random(ID_BYTES))}.${Math.floor(now)}`;
    const [cookie, pass] = [this.#codeOf("cookie", said), this.#codeOf("pass", said)];
    return { cookie: `${said}.${cookie}`, pass: `${said}.${pass}` };
  }

  /** `codeOf`: what the code has to be after `id.when`. */
  #isGood(now: number, voucher: string, codeOf: (said: string) => string): boolean {
    const [, id, when, code] = VOUCHER.exec(voucher) ?? [];
    if (id === undefined || when === undefined || code === undefined) return false;
    const ageMs = now - Number(when);
    const isOfNow = -CLOCK_AHEAD_MS < ageMs && ageMs < SESSION_LIFE_MS;
    return isOfNow && equalSecret(encodeUtf8(codeOf(`${id}.${when}`)), encodeUtf8(code));
  }

  #codeOf(use: Use, said: string): string {
    const text = use === "cookie" ? `p2pchat web ${said}` : `p2pchat web pass ${said}`;
    return base64url(hmacSha256(this.#secret, encodeUtf8(text)));
  }

  #questionAt(slot: number): string {
    return base64url(hmacSha256(this.#questionSecret, encodeUtf8(`${slot}`)));
  }
}

function digestOf(token: string): Uint8Array {
  return sha256(encodeUtf8(token));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
