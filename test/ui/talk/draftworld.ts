import type { Asked } from "../../../lib/contract/asked.ts";
import { Drafts, type KeptDraft } from "../../../lib/contract/drafts.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import { NOW, ready } from "../../contract/events.ts";
import { Agenda, type Appointment } from "../../sim/agenda.ts";
import { Prng } from "../../sim/prng.ts";
import { type DraftHand, draftWords, pageHand, terminalHand } from "./drafthand.ts";

const ROOMS = ["#ops", "#lobby"];

/** Messages that may be answered, or none. */
const ANSWERED = ["m1", "m2", ""];

/** How long a line takes at the most, one way. */
const DELAY_MS_MAX = 400;

/** How long people write, and what happens to their lines and to the node. */
const WRITING_MS = 6000;

/** Nothing that they leave behind takes longer than that. */
const SETTLING_MS = 10_000;

interface Step extends Appointment {
  readonly run: () => void;
}

/** A face at its seat, with what is on its way both ways. */
interface Seat {
  readonly hand: DraftHand;
  /** Of its connection: what is on its way in one that has ended comes never. */
  line: number;
  isConnected: boolean;
  /** When what was sent last comes, at the node and at the face. */
  askedAtMs: number;
  toldAtMs: number;
  /** By the mark of what was told and is not answered yet, its room. */
  readonly unanswered: Map<string, string>;
}

export interface DraftWorldOptions {
  readonly seed: number;
  /** Lines break, and the node is killed and comes back with what its disk has. */
  readonly isBreaking: boolean;
}

/** Some faces in which people write the same drafts, and their node: no real time passes. */
export class DraftWorld {
  readonly #chance: Prng;
  readonly #agenda = new Agenda<Step>();
  readonly #seats: readonly Seat[];
  #now = NOW;
  #order = 0;
  #drafts = new Drafts([]);
  #kept: readonly KeptDraft[] = [];
  #letters = 0;
  /** What must never happen, in words. */
  readonly wrongs: string[] = [];

  constructor({ seed, isBreaking }: DraftWorldOptions) {
    this.#chance = new Prng(seed, "drafts");
    this.#seats = Array.from({ length: 2 + this.#chance.below(3) }, () => this.#seat());
    for (const seat of this.#seats) this.#connect(seat);
    for (const seat of this.#seats) this.#plan(12, () => this.#type(seat));
    if (!isBreaking) return;
    this.#plan(6, () => (this.#kept = this.#drafts.kept));
    for (const seat of this.#seats) this.#plan(1, () => this.#break(seat));
    this.#plan(1, () => this.#kill());
  }

  /** What each face and at last the node has, room by room, once nothing is on its way any more. */
  run(): readonly (readonly string[])[] {
    const endMs = NOW + WRITING_MS + SETTLING_MS;
    while (this.#now < endMs) this.#step(endMs);
    return ROOMS.map((room) => {
      const event = this.#drafts.events.find((one) => one.room === room);
      const kept = event === undefined ? "" : draftWords(event);
      return [...this.#seats.map(({ hand }) => hand.writtenIn(room)), kept];
    });
  }

  #step(endMs: number): void {
    const due = Math.min(...this.#seats.map(({ hand }) => hand.pollTimeout()));
    const next = this.#agenda.peek()?.atMs ?? Infinity;
    this.#now = Math.max(this.#now, Math.min(due, next, endMs));
    if (next <= due) this.#agenda.pop()?.run();
    else for (const seat of this.#seats) this.#watched(seat, () => this.#wake(seat));
  }

  #wake({ hand }: Seat): void {
    if (hand.pollTimeout() <= this.#now) hand.handleTimeout(this.#now);
  }

  #at(atMs: number, run: () => void): void {
    this.#order += 1;
    this.#agenda.push({ atMs, order: this.#order, run });
  }

  /** So many times, at any time while people write. */
  #plan(times: number, run: () => void): void {
    for (let i = 0; i < times; i++) this.#at(NOW + this.#chance.below(WRITING_MS), run);
  }

  #seat(): Seat {
    const command = (asked: Asked): void => this.#ask(seat, asked);
    const hand = this.#chance.chance(0.5) ? pageHand(command) : terminalHand(ROOMS, command);
    const seat: Seat = {
      hand,
      line: 0,
      isConnected: false,
      askedAtMs: 0,
      toldAtMs: 0,
      unanswered: new Map(),
    };
    return seat;
  }

  #connect(seat: Seat): void {
    seat.line += 1;
    seat.isConnected = true;
    for (const event of [begin(), ...this.#drafts.events]) this.#tell(seat, event);
  }

  /** One key, or what was written is sent, or somebody goes on in the other room. */
  #type({ hand }: Seat): void {
    if (this.#chance.chance(0.2)) hand.enter(this.#now, ROOMS[this.#chance.below(2)] ?? "");
    if (this.#chance.chance(0.2)) hand.answer(this.#now, ANSWERED[this.#chance.below(3)] ?? "");
    this.#letters += 1;
    const letter = String.fromCodePoint(97 + (this.#letters % 26));
    hand.write(this.#now, this.#chance.chance(0.15) ? "" : hand.text + letter);
  }

  #break(seat: Seat): void {
    seat.isConnected = false;
    seat.hand.handleLost(this.#now);
    const { line } = seat;
    this.#at(this.#now + this.#chance.below(1500), () => {
      if (seat.line === line) this.#connect(seat);
    });
  }

  #kill(): void {
    this.#drafts = new Drafts(this.#kept);
    for (const seat of this.#seats) this.#break(seat);
  }

  #ask(seat: Seat, asked: Asked): void {
    if (asked.type !== "draft" || asked.req === null) return;
    const { line } = seat;
    seat.unanswered.set(asked.req, asked.to);
    seat.askedAtMs = Math.max(seat.askedAtMs, this.#now + this.#chance.below(DELAY_MS_MAX));
    if (!seat.isConnected) return;
    this.#at(seat.askedAtMs, () => {
      if (seat.line !== line || !seat.isConnected) return;
      const written = this.#drafts.write(this.#now, asked);
      const isBeaten = asked.ageMs !== undefined && draftWords(written) !== draftWords(asked);
      for (const other of this.#seats) {
        const isOwn = other === seat;
        this.#tell(other, { ...written, req: isOwn ? asked.req : null }, isOwn && isBeaten);
      }
    });
  }

  /** `isBeaten`: what was told again has found something that was written later. */
  #tell(seat: Seat, event: PeerEvent, isBeaten = false): void {
    if (!seat.isConnected) return;
    const { line } = seat;
    seat.toldAtMs = Math.max(seat.toldAtMs, this.#now + this.#chance.below(DELAY_MS_MAX));
    this.#at(seat.toldAtMs, () => {
      if (seat.line !== line || !seat.isConnected) return;
      if (event.type === "ready") seat.unanswered.clear();
      if (event.type === "draft" && isBeaten) seat.unanswered.delete(event.req ?? "");
      this.#watched(seat, () => seat.hand.handleEvent(this.#now, event));
      if (event.type === "draft" && event.req !== null) seat.unanswered.delete(event.req);
    });
  }

  /** Where what somebody wrote is unanswered, nothing older takes its place. */
  #watched({ hand, unanswered }: Seat, run: () => void): void {
    const before = [...new Set(unanswered.values())].map((room) => [room, hand.writtenIn(room)]);
    run();
    for (const [room = "", text = ""] of before) {
      const after = hand.writtenIn(room);
      if (after !== text) this.wrongs.push(`in ${room} "${after}" took the place of "${text}"`);
    }
  }
}

function begin(): PeerEvent {
  return { ...ready(), rooms: ROOMS.map((room) => ({ room, isPrivate: false })) };
}
