import { Queue } from "../base/queue.ts";
import type {
  Quote,
  QuotesLoaded,
  QuotesQuery,
  Topic,
  TopicsLoaded,
  TopicsQuery,
} from "../chat/quotes.ts";
import type { PeerEvent } from "./events.ts";
import type { Output } from "./machine.ts";

/** Some of what is told can be made only when the disk has answered. */
type Question =
  | {
      readonly kind: "quotes";
      readonly query: Omit<QuotesQuery, "kind">;
      readonly make: (quotes: readonly (Quote | undefined)[]) => readonly PeerEvent[];
    }
  | {
      readonly kind: "topics";
      readonly query: Omit<TopicsQuery, "kind">;
      readonly make: (topics: readonly (Topic | undefined)[]) => readonly PeerEvent[];
    };

interface Waiting {
  readonly question: Question;
  events: readonly PeerEvent[] | undefined;
}

type Telling = PeerEvent | Waiting;

/**
 * What a client's node tells, in order; what waits for the disk holds up what comes after it. All
 * but the log waits for `ready`, which comes first.
 */
export class Tellings {
  readonly #queue = new Queue<Telling>();
  /** What happened before `ready`. */
  #held: Telling[] | undefined = [];
  /** Asked of the disk, in that order. */
  readonly #asked = new Map<number, Waiting>();
  readonly #loads = new Queue<Output<never>>();
  #lastToken = 0;
  /** At the front of the queue. */
  #first: Waiting | undefined;
  readonly #ready = new Queue<PeerEvent>();

  /** Something waits for the disk. */
  get isWaiting(): boolean {
    return this.#asked.size > 0;
  }

  add(event: PeerEvent): void {
    if (event.type === "log") this.#queue.push(event);
    else this.#push(event);
  }

  /** Tells what is made of the answer, in this place. */
  ask(question: Question): void {
    this.#lastToken += 1;
    const waiting: Waiting = { question, events: undefined };
    this.#asked.set(this.#lastToken, waiting);
    this.#loads.push({ kind: "load", token: this.#lastToken, query: queryOf(question) });
    this.#push(waiting);
  }

  onReady(ready: PeerEvent): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const telling of [ready, ...held]) this.#queue.push(telling);
  }

  pollLoad(): Output<never> | undefined {
    return this.#loads.shift();
  }

  handleLoaded(token: number, loaded: QuotesLoaded | TopicsLoaded): void {
    const waiting = this.#asked.get(token);
    this.#asked.delete(token);
    if (waiting === undefined) return;
    waiting.events = answered(waiting.question, loaded);
  }

  poll(): PeerEvent | undefined {
    for (;;) {
      const event = this.#ready.shift();
      if (event !== undefined) return event;
      const next = this.#first ?? this.#queue.shift();
      if (next === undefined || "type" in next) return next;
      this.#first = next.events === undefined ? next : undefined;
      if (next.events === undefined) return undefined;
      for (const one of next.events) this.#ready.push(one);
    }
  }

  #push(telling: Telling): void {
    if (this.#held === undefined) this.#queue.push(telling);
    else this.#held.push(telling);
  }
}

function queryOf(question: Question): QuotesQuery | TopicsQuery {
  return question.kind === "quotes"
    ? { kind: "quotes", ...question.query }
    : { kind: "topics", ...question.query };
}

function answered(question: Question, loaded: QuotesLoaded | TopicsLoaded): readonly PeerEvent[] {
  if (question.kind === "quotes" && loaded.kind === "quotes") return question.make(loaded.quotes);
  if (question.kind === "topics" && loaded.kind === "topics") return question.make(loaded.topics);
  return [];
}
