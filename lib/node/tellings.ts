import { Queue } from "../base/queue.ts";
import type {
  Quote,
  QuotesLoaded,
  QuotesQuery,
  Topic,
  TopicsLoaded,
  TopicsQuery,
} from "../chat/quotes.ts";
import type { PeerEvent, Req } from "./events.ts";
import type { Output } from "./machine.ts";

/** Some of what is told can be made only when the disk has answered. */
type Question =
  | {
      readonly kind: "quotes";
      readonly query: Omit<QuotesQuery, "kind">;
      readonly make: (quotes: readonly (Quote | undefined)[], now: number) => Made;
    }
  | {
      readonly kind: "topics";
      readonly query: Omit<TopicsQuery, "kind">;
      readonly make: (topics: readonly (Topic | undefined)[]) => Made;
    };

/** Of what others have said: one for each entry, undefined where nothing is told of it. */
type Made = readonly (PeerEvent | undefined)[];

interface Waiting {
  readonly kind: "waiting";
  readonly question: Question;
  /** How each event that is made is told, or that none is. */
  readonly tell: Tell;
  made: Made | undefined;
}

/** What the parent is told. */
export type Told = Extract<Output<PeerEvent>, { kind: "event" | "echo" | "shown" }>;

type Tell = (event: PeerEvent | undefined) => readonly Told[];

/** What is to be known when all before it has been told. */
interface Passing {
  readonly kind: "passing";
  readonly onPassed: () => void;
}

type Telling = Told | Waiting | Passing;

const SHOWN: Told = { kind: "shown" };

const asTold: Tell = (event) => (event === undefined ? [] : [{ kind: "event", event }]);
const asHeard: Tell = (event) => [...asTold(event), SHOWN];
const asEchoed = (req: Req): Tell => {
  return (event) => (event === undefined ? [] : [{ kind: "echo", req, event }]);
};

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
  readonly #before: () => PeerEvent | undefined;
  #hasBegun = false;
  readonly #ready = new Queue<Told>();

  /** `before`: what is to be known before anything else is told, after `ready`. */
  constructor(before: () => PeerEvent | undefined) {
    this.#before = before;
  }

  /** Something waits for the disk. */
  get isWaiting(): boolean {
    return this.#asked.size > 0;
  }

  add(event: PeerEvent): void {
    const telling = { kind: "event", event } as const;
    if (event.type === "log") this.#queue.push(telling);
    else this.#push(telling);
  }

  /** What is told of the next entry that others have said. */
  addHeard(event: PeerEvent | undefined): void {
    if (event !== undefined) this.add(event);
    this.#push(SHOWN);
  }

  /** What one has said oneself by the command of this mark. */
  addEcho(event: PeerEvent, req: Req): void {
    this.#push({ kind: "echo", req, event });
  }

  /** Says when this place is reached. */
  pass(onPassed: () => void): void {
    this.#push({ kind: "passing", onPassed });
  }

  /** Tells what is made of the answer, in this place. */
  ask(question: Question): void {
    this.#ask(question, asTold);
  }

  /** The same of the next entries that others have said. */
  askOfHeard(question: Question): void {
    this.#ask(question, asHeard);
  }

  /** The same of what one has said oneself. */
  askOfEcho(question: Question, req: Req): void {
    this.#ask(question, asEchoed(req));
  }

  #ask(question: Question, tell: Tell): void {
    this.#lastToken += 1;
    const waiting: Waiting = { kind: "waiting", question, tell, made: undefined };
    this.#asked.set(this.#lastToken, waiting);
    this.#loads.push({ kind: "load", token: this.#lastToken, query: queryOf(question) });
    this.#push(waiting);
  }

  onReady(ready: PeerEvent): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#queue.push({ kind: "event", event: ready });
    for (const telling of held) this.#queue.push(telling);
  }

  pollLoad(): Output<never> | undefined {
    return this.#loads.shift();
  }

  handleLoaded(now: number, token: number, loaded: QuotesLoaded | TopicsLoaded): void {
    const waiting = this.#asked.get(token);
    this.#asked.delete(token);
    if (waiting === undefined) return;
    waiting.made = answered(now, waiting.question, loaded);
  }

  poll(): Told | undefined {
    const before = this.#hasBegun ? this.#before() : undefined;
    if (before !== undefined) return { kind: "event", event: before };
    const told = this.#poll();
    if (told?.kind === "event" && told.event.type === "ready") this.#hasBegun = true;
    return told;
  }

  #poll(): Told | undefined {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready !== undefined) return ready;
      const next = this.#first ?? this.#queue.shift();
      if (next?.kind === "passing") {
        next.onPassed();
        continue;
      }
      if (next?.kind !== "waiting") return next;
      this.#first = next.made === undefined ? next : undefined;
      if (next.made === undefined) return undefined;
      for (const told of next.made.flatMap(next.tell)) this.#ready.push(told);
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

function answered(now: number, question: Question, loaded: QuotesLoaded | TopicsLoaded): Made {
  if (question.kind === "quotes" && loaded.kind === "quotes") {
    return question.make(loaded.quotes, now);
  }
  if (question.kind === "topics" && loaded.kind === "topics") return question.make(loaded.topics);
  return [];
}
