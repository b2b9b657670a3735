import type { Address } from "../base/address.ts";
import { assert } from "../base/assert.ts";
import { concatBytes, toHex } from "../base/bytes.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { Random } from "../base/random.ts";
import { encodeStun, STUN_REQUEST_BYTES, type StunMessage } from "../wire/stun.ts";
import { TRANSACTION_BYTES } from "../wire/stunframe.ts";

/** A STUN Binding request that is repeated until it is answered, or was in vain. */
export interface Question<Topic> {
  readonly topic: Topic;
  /** It leaves by this socket. */
  readonly socket: number;
  readonly to: Address;
  /** What counts as its answer. */
  readonly expects:
    /** A response at the same socket from whoever was asked. */
    | "answer"
    /** One from elsewhere: the server is asked to change its address, or port, or both. */
    | { readonly ip: boolean; readonly port: boolean }
    /** One at another of this node's sockets, whose mapped port this is. */
    | { readonly responsePort: number }
    /** The question itself, at another of this node's sockets. */
    | "itself";
  /** When it is asked, in ms from now: ascending, the first one 0; later where a timer is late. */
  readonly triesMs: readonly number[];
}

export interface Heard {
  readonly socket: number;
  readonly from: Address;
  readonly message: StunMessage;
  /** When the one try left that this answers, and the last one so far. */
  readonly askedAtMs: number;
  readonly lastAskedAtMs: number;
  readonly isFirstTry: boolean;
}

export interface Outcome<Topic> {
  readonly question: Question<Topic>;
  /** Undefined where nothing came. */
  readonly heard: Heard | undefined;
  /** It was asked as often as it was to be, so that silence says something. */
  readonly isWhole: boolean;
}

export interface StunSend {
  readonly socket: number;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** How long after its last try a question waits, before any answer tells how far the others are. */
const PATIENCE_MS = 1000;

/** Half a round trip more than the slowest so far, and what a busy machine takes. */
const ROUND_TRIPS = 1.5;
const SLACK_MS = 100;

interface Pending<Topic> {
  readonly question: Question<Topic>;
  /** All but the last byte of its transactions, which says which try it is. */
  readonly prefix: Uint8Array;
  readonly askedAtMs: number[];
}

/** The questions under way, and what became of those that are over. */
export class Questions<Topic> {
  readonly #random: Random;
  #sendsMax: number;
  readonly #pending = new Map<string, Pending<Topic>>();
  readonly #deadlines = new Deadlines<string>();
  readonly #sends: StunSend[] = [];
  readonly #outcomes: Outcome<Topic>[] = [];
  #sent = 0;
  #slowestMs: number | undefined;

  /** After `sendsMax` datagrams, what would be asked once more is given up. */
  constructor(random: Random, sendsMax: number) {
    this.#random = random;
    this.#sendsMax = sendsMax;
  }

  /** So many datagrams more may be sent. */
  allow(sends: number): void {
    this.#sendsMax += sends;
  }

  /** Whether one is under way that is meant; `tries` says how often it was asked so far. */
  has(isMeant: (question: Question<Topic>, tries: number) => boolean): boolean {
    return this.#pending.values().some(({ question, askedAtMs }) => {
      return isMeant(question, askedAtMs.length);
    });
  }

  ask(now: number, question: Question<Topic>): void {
    const prefix = this.#random(TRANSACTION_BYTES - 1);
    const key = toHex(prefix);
    assert(!this.#pending.has(key), "no transaction is drawn twice");
    const pending: Pending<Topic> = { question, prefix, askedAtMs: [] };
    this.#pending.set(key, pending);
    this.#try(now, key, pending);
  }

  /** False where it answers no question that is under way. */
  handleMessage(now: number, socket: number, from: Address, message: StunMessage): boolean {
    const key = toHex(message.transaction.subarray(0, -1));
    const pending = this.#pending.get(key);
    if (pending === undefined || !isAnswer(pending.question, socket, from, message)) return false;
    const attempt = message.transaction.at(-1) ?? 0;
    const askedAtMs = pending.askedAtMs[attempt];
    if (askedAtMs === undefined) return false;
    this.#slowestMs = Math.max(this.#slowestMs ?? 0, now - askedAtMs);
    this.#conclude(key, pending, {
      socket,
      from,
      message,
      askedAtMs,
      lastAskedAtMs: pending.askedAtMs.at(-1) ?? askedAtMs,
      isFirstTry: attempt === 0,
    });
    return true;
  }

  handleTimeout(now: number): void {
    for (;;) {
      const key = this.#deadlines.pollDue(now);
      const pending = key === undefined ? undefined : this.#pending.get(key);
      if (key === undefined || pending === undefined) return;
      this.#try(now, key, pending);
    }
  }

  /** Gives up, without an outcome, all questions of these topics. */
  drop(isDropped: (question: Question<Topic>) => boolean): void {
    for (const [key, { question }] of this.#pending) {
      if (!isDropped(question)) continue;
      this.#pending.delete(key);
      this.#deadlines.delete(key);
    }
  }

  pollSend(): StunSend | undefined {
    return this.#sends.shift();
  }

  pollOutcome(): Outcome<Topic> | undefined {
    return this.#outcomes.shift();
  }

  pollTimeout(): number {
    return this.#deadlines.next;
  }

  #try(now: number, key: string, pending: Pending<Topic>): void {
    const isLeft = pending.askedAtMs.length < pending.question.triesMs.length;
    if (!isLeft || this.#sent === this.#sendsMax) return this.#conclude(key, pending, undefined);
    this.#send(now, pending);
    this.#deadlines.set(key, this.#nextAtMs(now, pending));
  }

  #conclude(key: string, { question, askedAtMs }: Pending<Topic>, heard: Heard | undefined): void {
    this.#pending.delete(key);
    this.#deadlines.delete(key);
    const isWhole = askedAtMs.length === question.triesMs.length;
    this.#outcomes.push({ question, heard, isWhole });
  }

  #send(now: number, { question, prefix, askedAtMs }: Pending<Topic>): void {
    const { socket, to, expects } = question;
    const request: StunMessage = {
      kind: "request",
      transaction: concatBytes(prefix, Uint8Array.of(askedAtMs.length)),
      change: typeof expects === "object" && "ip" in expects ? expects : NO_CHANGE,
      responsePort:
        typeof expects === "object" && "responsePort" in expects ? expects.responsePort : undefined,
      isPadded: false,
      unknown: [],
    };
    askedAtMs.push(now);
    this.#sent += 1;
    // As long as any answer to it, so that nobody can have a server send more than it was sent.
    this.#sends.push({ socket, to, bytes: encodeStun(request, STUN_REQUEST_BYTES) });
  }

  #nextAtMs(now: number, { question, askedAtMs }: Pending<Topic>): number {
    const { triesMs, expects } = question;
    const nextMs = triesMs[askedAtMs.length];
    const slowestMs = this.#slowestMs;
    if (nextMs !== undefined) {
      // Where an answer is to be expected, it is given the time that others have taken. Tries that
      // a busy machine has missed are not made up for: the answers may be there, and not yet read.
      const waitMs = expects === "answer" ? (slowestMs ?? 0) : 0;
      return now + Math.max(waitMs, nextMs - (triesMs[askedAtMs.length - 1] ?? 0));
    }
    if (slowestMs === undefined) return now + PATIENCE_MS;
    return now + Math.min(PATIENCE_MS, ROUND_TRIPS * slowestMs + SLACK_MS);
  }
}

const NO_CHANGE = { ip: false, port: false } as const;

function isAnswer<Topic>(
  { socket: asked, to, expects }: Question<Topic>,
  socket: number,
  from: Address,
  message: StunMessage,
): boolean {
  if (expects === "itself") return message.kind === "request" && socket !== asked;
  if (message.kind === "request") return false;
  if (message.kind === "error") return socket === asked && from === to;
  if (expects === "answer") return socket === asked && from === to;
  return "ip" in expects ? socket === asked && from !== to : true;
}
