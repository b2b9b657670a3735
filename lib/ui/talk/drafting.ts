import type { Asked } from "../../contract/asked.ts";
import type { PeerEvent, Req } from "../../node/events.ts";
import type { DraftEvent } from "../../node/shellevents.ts";
import { staysInFace } from "./staysinface.ts";

/** What is typed within this of what was told last is told with what comes then. */
const GATHERING_MS = 300;

/** For so long after a key, nothing that another face tells takes away what is written here. */
const TYPING_MS = 1000;

/** So long after it has come, a node has told all that it has of what is being written. */
const BEGINNING_MS = 1000;

/** So long after it was told, a node has it on its disk: it gathers for a second. */
const KEEPING_MS = 2000;

const OWN_REQ = "p2pchat/draft ";

/** What is being written in a conversation. */
export type Written = Pick<DraftEvent, "text" | "replyTo">;

/** The same, as it is told: again where it has an age, ms. */
interface Told extends Written {
  readonly ageMs?: number;
}

/** What another face has told, where it was not taken at once. */
interface Late {
  /** The conversation's. */
  readonly key: string;
  readonly event: DraftEvent;
}

interface PutOff extends Late {
  readonly untilMs: number;
}

/** Where what is written in the conversation of this key goes; undefined where it is gone. */
type PlaceOf = (key: string) => string | undefined;

const NOTHING: Written = { text: "", replyTo: null };

/**
 * Keeps what is being written in this face and in the others of its node the same. The node decides
 * which of several comes last, and tells every face in that order, whoever wrote it as well. So all
 * that comes before the node's answer to what was told here last is older than that, and is not
 * heeded; all that comes after it is newer, and is taken. So is the answer itself where it is not
 * what was told: then that was told again, and another face had written later.
 */
export class Drafting {
  readonly #command: (command: Asked) => void;
  readonly #placeOf: PlaceOf;
  /** By the conversation's key: what every face has, as far as this one knows. */
  readonly #known = new Map<string, Written>();
  /** By key: the mark of what was told last there, until the node has answered that. */
  readonly #unheard = new Map<string, string>();
  /** By key: when somebody wrote there last, in this face. */
  readonly #writtenAtMs = new Map<string, number>();
  /** By key: when the node answered what was written here, where nothing has been taken since. */
  readonly #answeredAtMs = new Map<string, number>();
  #waiting: { readonly key: string; readonly written: Written } | undefined;
  #count = 0;
  #dueAtMs = Infinity;
  #toldAtMs = -Infinity;
  #typed = { key: "", atMs: -Infinity };
  /**
   * By key: told by another face while somebody typed there in this one, and did no more since; or
   * what stands as soon as a node that has come has told nothing of it.
   */
  readonly #putOff = new Map<string, PutOff>();

  constructor(command: (command: Asked) => void, placeOf: PlaceOf) {
    this.#command = command;
    this.#placeOf = placeOf;
  }

  /** Whether this answers what a face has told of what is written in it. */
  static isOwn(req: Req): boolean {
    return req?.startsWith(OWN_REQ) === true;
  }

  /** As it is in the conversation of this key; asked after every key that is pressed. */
  onWritten(now: number, key: string, typed: Written): void {
    const written = staysInFace(typed.text) ? NOTHING : typed;
    if (this.#waiting !== undefined && this.#waiting.key !== key) this.flush(now);
    if (isSame(this.#waiting?.written ?? this.#knownAt(key), written)) return;
    this.#typed = { key, atMs: now };
    this.#putOff.delete(key);
    this.#writtenAtMs.set(key, now);
    this.#waiting = { key, written };
    this.#dueAtMs = Math.max(now, this.#toldAtMs + GATHERING_MS);
    // What was sent is not to be found in another face as if it were not.
    if (written.text === "") this.flush(now);
  }

  /**
   * The node has told it. True where it is to stand here. Where somebody is typing there in this
   * face, what they type next is told all faces, and where nothing comes it is given back later.
   */
  takes(now: number, key: string, event: DraftEvent): boolean {
    if (Drafting.isOwn(event.req)) {
      const settled = this.#settle(event.req);
      for (const one of settled) this.#answeredAtMs.set(one, now);
      if (!settled.includes(key) || isSame(event, this.#knownAt(key))) return false;
    }
    if (this.#unheard.has(key) || this.#waiting?.key === key) return false;
    this.#putOff.delete(key);
    const { key: typedIn, atMs } = this.#typed;
    // What was just sent leaves nothing that could be taken away.
    const isEmpty = this.#knownAt(key).text === "";
    if (typedIn === key && now < atMs + TYPING_MS && !isEmpty) {
      this.#putOff.set(key, { key, event: { ...event, req: null }, untilMs: atMs + TYPING_MS });
      return false;
    }
    const { text, replyTo } = event;
    this.#known.set(key, { text, replyTo });
    this.#answeredAtMs.delete(key);
    return true;
  }

  /** Where the node has refused what was told, what it tells itself stands. */
  handleError({ req }: Extract<PeerEvent, { type: "error" }>): void {
    this.#settle(req);
  }

  /** There is no such conversation any more. */
  forget(key: string): void {
    if (this.#waiting?.key === key) this.#waiting = undefined;
    const tables = [this.#known, this.#unheard, this.#writtenAtMs, this.#answeredAtMs];
    for (const all of [...tables, this.#putOff]) all.delete(key);
  }

  /** The node has gone, and had perhaps not written down yet what it answered last. */
  onLost(now: number): void {
    for (const [key, atMs] of this.#answeredAtMs) {
      if (now < atMs + KEEPING_MS) this.#unheard.set(key, "");
    }
    this.#answeredAtMs.clear();
  }

  /**
   * A node has come, perhaps after another: it is told again what no node has answered. Of the rest
   * its word stands, and what it does not tell is not being written any more.
   */
  onReady(now: number): void {
    for (const [key, written] of this.#known) {
      if (this.#unheard.has(key)) this.#tell(key, { ...written, ageMs: this.#ageAt(now, key) });
      else if (this.#waiting?.key !== key && !isSame(written, NOTHING)) {
        const event: DraftEvent = { type: "draft", req: null, room: key, ...NOTHING };
        this.#putOff.delete(key);
        this.#putOff.set(key, { key, event, untilMs: now + BEGINNING_MS });
      }
    }
  }

  /** The node has all that was written here. */
  get isHeard(): boolean {
    return this.#waiting === undefined && this.#unheard.size === 0;
  }

  /** Returns what was put off, once nobody types there any more. */
  handleTimeout(now: number): Late | undefined {
    if (now >= this.#dueAtMs) this.flush(now);
    const late = this.#firstPutOff;
    if (late === undefined || now < late.untilMs) return undefined;
    this.#putOff.delete(late.key);
    return late;
  }

  pollTimeout(): number {
    return Math.min(this.#dueAtMs, this.#firstPutOff?.untilMs ?? Infinity);
  }

  get #firstPutOff(): PutOff | undefined {
    let first: PutOff | undefined;
    for (const one of this.#putOff.values()) {
      if (one.untilMs < (first?.untilMs ?? Infinity)) first = one;
    }
    return first;
  }

  /** Tells at once what is being gathered. */
  flush(now: number): void {
    this.#dueAtMs = Infinity;
    if (this.#waiting === undefined) return;
    const { key, written } = this.#waiting;
    this.#waiting = undefined;
    this.#toldAtMs = now;
    this.#known.set(key, written);
    this.#tell(key, written);
  }

  #ageAt(now: number, key: string): number {
    return Math.max(0, now - (this.#writtenAtMs.get(key) ?? now));
  }

  #knownAt(key: string): Written {
    return this.#known.get(key) ?? NOTHING;
  }

  #tell(key: string, written: Told): void {
    const to = this.#placeOf(key);
    this.#unheard.delete(key);
    if (to === undefined) return;
    this.#count += 1;
    const req = `${OWN_REQ}${this.#count}`;
    this.#unheard.set(key, req);
    this.#command({ type: "draft", req, to, ...written });
  }

  /** Who was never met when it was told may be known by another key since: the mark is the same. */
  #settle(req: Req): readonly string[] {
    const settled = [...this.#unheard].flatMap(([key, unheard]) => (unheard === req ? [key] : []));
    for (const key of settled) this.#unheard.delete(key);
    return settled;
  }
}

function isSame(one: Written, other: Written): boolean {
  return one.text === other.text && one.replyTo === other.replyTo;
}
