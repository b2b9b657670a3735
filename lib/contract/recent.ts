import type { PeerId } from "../base/ids.ts";
import { Ledger } from "../base/ledger.ts";
import type { Who } from "../node/events.ts";
import { ambiguousWords, type Namesakes } from "../node/namesakes.ts";
import type { KeptMessageEvent, MessageEvent } from "../node/sayings.ts";
import { parseTarget, type PersonTarget } from "../node/target.ts";
import { typedTarget } from "./target.ts";

/** Messages that can be spoken about; of more, those shown first are forgotten. */
export const RECENT_MAX = 1000;

/** Digits of a message's id that are taken for all of it. */
const ID_DIGITS_MIN = 8;

export interface RecentMessage {
  /** Counts from 1, in the order in which they were shown. */
  readonly number: number;
  readonly id: string;
  /** Where it was said, as that was called then. */
  readonly room: string;
  /** Whom it was said by or to, of a conversation of two, as far as that is known. */
  readonly other: PeerId | undefined;
  /** Undefined for one's own. */
  readonly from: Who | undefined;
  readonly text: string;
  readonly isAction: boolean;
  /** Its place in what its author has said there; undefined for what was said here just now. */
  readonly seq: number | undefined;
  /** Said in this run, or told of for the first time: not looked up. */
  readonly isNews: boolean;
}

/** A message, or why there is none, in words. */
export type Called = RecentMessage | string;

/** The messages that a person has seen of late, and by what they may call them. */
export class Recent {
  readonly #names: Namesakes;
  readonly #messages = new Ledger<RecentMessage>();
  /** What one has said, by its request, until it has an id; of too many the first is let go. */
  readonly #asked = new Set<string>();
  #count = 0;
  #me: PeerId | undefined;

  /** `names`: everybody who is known of; `me`: oneself, as soon as that is known. */
  constructor(names: Namesakes, me?: Who) {
    this.#names = names;
    this.#me = me?.id;
  }

  onReady(me: Who): void {
    this.#me = me.id;
  }

  /** One that was said just now. */
  onMessage(message: MessageEvent): void {
    this.#onMessage(message, true);
  }

  /** One that was looked up: of what is said it is not the last. */
  onKept(message: KeptMessageEvent): void {
    this.#onMessage(message, false);
  }

  /** One says something. */
  onAsked(req: string): void {
    this.#asked.add(req);
    for (const first of this.#asked) {
      if (this.#asked.size <= RECENT_MAX) return;
      this.#asked.delete(first);
    }
  }

  /** It has an id, or comes to nothing. */
  onAnswered(req: string): void {
    this.#asked.delete(req);
  }

  onOwn(id: string, room: string, text: string, isAction: boolean): void {
    this.#keep({ id, room, from: undefined, text, isAction, seq: undefined, isNews: true });
  }

  onEdited(id: string, text: string): void {
    const known = this.#messages.get(id);
    if (known !== undefined) this.#messages.set(id, { ...known, text });
  }

  /** It is the same message: its number stays. */
  onMoved(was: string, id: string): void {
    this.#messages.rename(was, id, (message) => ({ ...message, id, seq: undefined }));
  }

  onDeleted(id: string): void {
    this.#messages.delete(id);
  }

  get(id: string): RecentMessage | undefined {
    return this.#messages.get(id);
  }

  /** The last ones of a room, the oldest first; what was looked up goes before what is news. */
  last(room: string, count: number): readonly RecentMessage[] {
    const there = this.#all.filter((message) => this.#isIn(message, room));
    const news = there.filter(({ isNews }) => isNews);
    return [...there.filter(({ isNews }) => !isNews), ...news].slice(-count);
  }

  /** What one has said last in this run, provided that it was there. */
  ownLast(room: string): Called {
    if (this.#asked.size > 0) return "What you said last is not kept yet: try again in a moment";
    const last = this.#all.findLast(({ from, isNews }) => from === undefined && isNews);
    if (last === undefined) return "You have said nothing here since you began: see /recent";
    if (this.#isIn(last, room)) return last;
    return `What you said last was for ${this.placeOf(last)}: if you mean it, say ^${last.number}`;
  }

  /** Where an answer to it goes: whoever came under that name since, it is the same person. */
  placeOf({ room, other: known }: RecentMessage): string {
    const id = known ?? this.#personAt(room);
    const name = id && this.#names.nameOf(id);
    return id && name !== undefined ? `@${this.#names.label({ name, id })}` : room;
  }

  /** `^12` or `12`, how an id begins, or a name: what they said last in this room. */
  called(word: string, room: string | undefined): Called {
    const number = /^\^?([0-9]{1,7})$/.exec(word)?.[1];
    if (number !== undefined) {
      return this.#all.find((one) => one.number === Number(number)) ?? unknown(word);
    }
    const target = parseTarget(typedTarget(word) ?? "");
    const people = target?.kind === "person" ? this.#others(target) : [];
    const [person, ...namesakes] = people;
    if (target?.kind === "person" && person !== undefined) {
      if (namesakes.length > 0) return this.#ambiguous(target.name, people);
      return this.#lastOf(person, room) ?? nothingOf(word, room);
    }
    const [only, ...others] = this.#all.filter(({ id }) => id.startsWith(word));
    const isOne = word.length >= ID_DIGITS_MIN && only !== undefined && others.length === 0;
    return isOne ? only : unknown(word);
  }

  get #all(): RecentMessage[] {
    return [...this.#messages.values()];
  }

  #others(target: PersonTarget): readonly PeerId[] {
    return this.#names.find(target).filter((id) => id !== this.#me);
  }

  #ambiguous(name: string, people: readonly PeerId[]): string {
    const labels = people.map((id) => this.#names.label({ name, id }));
    return ambiguousWords(name, labels);
  }

  /** What comes late was said before what came in time. */
  #lastOf(person: PeerId, room: string | undefined): RecentMessage | undefined {
    if (room === undefined) return undefined;
    const said = this.#all.filter((message) => {
      return message.isNews && message.from?.id === person && this.#isIn(message, room);
    });
    const seq = Math.max(...said.map((message) => message.seq ?? 0));
    return said.find((message) => message.seq === seq);
  }

  #isIn(message: RecentMessage, room: string): boolean {
    return this.placeOf(message) === room;
  }

  /** Undefined unless it is one person. */
  #personAt(room: string): PeerId | undefined {
    const target = parseTarget(room);
    const [person, ...others] = target?.kind === "person" ? this.#others(target) : [];
    return others.length === 0 ? person : undefined;
  }

  #onMessage(message: MessageEvent | KeptMessageEvent, isNews: boolean): void {
    const { id, room, text, seq, action: isAction = false } = message;
    const from = message.from.id === this.#me ? undefined : message.from;
    this.#keep({ id, room, from, text, isAction, seq, isNews });
  }

  #keep(message: Omit<RecentMessage, "number" | "other">): void {
    const { id, room, from } = message;
    const known = this.#messages.get(id);
    if (known === undefined) this.#count += 1;
    const { number, isNews } = known ?? { number: this.#count, isNews: message.isNews };
    const other = room.startsWith("@") ? (from?.id ?? this.#personAt(room)) : undefined;
    this.#messages.set(id, { ...message, other: known?.other ?? other, number, isNews });
    this.#messages.forget(RECENT_MAX);
  }
}

function unknown(word: string): string {
  return `No message here is called ${word}: say a name for their last, or ^N as /recent shows`;
}

function nothingOf(word: string, room: string | undefined): string {
  const where = room === undefined ? "here" : `in ${room}`;
  return `${word} has said nothing ${where} since you began: say ^N as /recent shows`;
}
