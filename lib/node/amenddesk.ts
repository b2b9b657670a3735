import type { PeerId, RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import { SKEW_MAX_MS } from "../chat/clock.ts";
import type { Rewording } from "../chat/rewordings.ts";
import type { Said } from "../chat/said.ts";
import type { Destination } from "../chat/speech.ts";
import type { CancelFault } from "../chat/withdrawals.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { ErrorCode, PeerEvent, Req } from "./events.ts";
import { FAULTS } from "./mailroom.ts";
import { type Original, type Originals, TOO_LATE, WHY_NOT } from "./originals.ts";
import type { Roster } from "./roster.ts";
import type { Search } from "./search.ts";
import type { Tellings } from "./tellings.ts";

export interface AmendDeskOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly search: Search;
  readonly addressees: Addressees;
  readonly tellings: Tellings;
  readonly originals: Originals;
  readonly report: (event: PeerEvent) => void;
}

/** Changes that wait for the disk: what is piped between two answers. */
const CHANGES_MAX = 1024;

/** The disk has refused other words for what waits, or that it is taken back. */
const UNCHANGED: readonly [ErrorCode, string] = [
  "INTERNAL",
  "The disk refuses: the message waits as it was",
];

/** Something of what was said that is to be changed, or reacted to. */
interface Change {
  readonly original: Original;
  /** It may get another number before that is said. */
  readonly saidOf: (original: Original) => Said;
  readonly req: Req;
}

/** Where a person says something of what was said, and what a room is about. */
export class AmendDesk {
  readonly #options: AmendDeskOptions;
  /** Until it is known that what they change was not taken back. */
  readonly #changes = new Set<Change>();
  /** Edits and deletions of which it is not known whether the message has gone out. */
  #unsure = 0;
  #isLeaving = false;

  constructor(options: AmendDeskOptions) {
    this.#options = options;
  }

  edit({ req, id, text }: CommandOf<"edit">): void {
    const own = this.#own(req, id, "edits");
    if (own === undefined) return;
    const saidOf = ({ seq }: Original): Said => ({ kind: "edit", seq, text });
    const edit = { original: own, saidOf, req };
    if (this.#isBetweenTwo(own)) this.#reword(edit, text);
    else this.#change(edit);
  }

  delete({ req, id }: CommandOf<"delete">): void {
    const own = this.#own(req, id, "deletes");
    if (own === undefined) return;
    const saidOf = ({ seq }: Original): Said => ({ kind: "delete", seq });
    const deletion = { original: own, saidOf, req };
    if (this.#isBetweenTwo(own)) this.#withdraw(deletion);
    else this.#change(deletion);
  }

  react({ req, id, emoji, on: isOn }: CommandOf<"react">): void {
    const named = this.#named(req, id);
    if (named === undefined) return;
    const saidOf = ({ author, seq }: Original): Said => {
      return { kind: "reaction", to: { author, seq }, isOn, emoji };
    };
    this.#change({ original: named, saidOf, req });
  }

  /** Says now what would wait, but for what may be about something that was taken back. */
  onLeaving(now: number): void {
    const { addressees, chat, originals } = this.#options;
    this.#isLeaving = true;
    chat.rewordings.onLeaving(now);
    for (const { original, saidOf, req } of this.#changes) {
      const current = this.#isBetweenTwo(original) ? undefined : originals.now(original);
      if (current === undefined) addressees.fail(req, ...TOO_LATE);
      else this.#say(now, current.room, saidOf(current), req);
    }
    this.#changes.clear();
  }

  topic(now: number, { req, room: name, topic: text }: CommandOf<"topic">): void {
    const { addressees, roster, tellings } = this.#options;
    const room = addressees.room(name);
    if (room === undefined)
      addressees.fail(req, "NO_PEER", `You are not in ${name}: join it first`);
    else if (text !== null) this.#say(now, room, { kind: "topic", text }, req);
    else {
      tellings.ask({
        kind: "topics",
        query: { rooms: [room], upToMs: now + SKEW_MAX_MS },
        make: ([topic]) => {
          const from = topic === undefined ? null : roster.who(topic.author);
          const said = topic?.text === "" ? null : (topic?.text ?? null);
          return [{ type: "reply", req, command: "topic", room: name, topic: said, from }];
        },
      });
    }
  }

  #own(req: Req, id: string, what: string): Original | undefined {
    const { me, addressees } = this.#options;
    const named = this.#named(req, id);
    if (named === undefined || named.author === me) return named;
    addressees.fail(req, "REFUSED", `Nobody ${what} what others have said`);
    return undefined;
  }

  #named(req: Req, id: string): Original | undefined {
    const { originals, addressees } = this.#options;
    const named = originals.named(id);
    if (named === undefined) addressees.fail(req, "NO_PEER", "No message with this id is kept");
    return named;
  }

  /** Where nobody can have it yet, it is said so from the start; else an edit follows it. */
  #reword(edit: Change, text: string): void {
    const { chat, addressees } = this.#options;
    const { original, req } = edit;
    if (!this.#mayBegin(req)) return;
    const { room, seq } = original;
    this.#unsure += 1;
    const onOutcome = (_now: number, outcome: Rewording): void => {
      this.#unsure -= 1;
      if (outcome === "gone") this.#change(edit);
      if (outcome === "storage") addressees.fail(req, ...UNCHANGED);
      if (outcome === "late") addressees.fail(req, ...TOO_LATE);
    };
    chat.rewordings.ask({ room, seq, text, req, onOutcome });
  }

  /** Where nobody can have it yet, nobody ever will; else a deletion follows it. */
  #withdraw(deletion: Change): void {
    const { chat, addressees } = this.#options;
    const { original, req } = deletion;
    if (!this.#mayBegin(req)) return;
    const { room, seq } = original;
    this.#unsure += 1;
    const onEnd = (_now: number, fault: CancelFault | undefined): void => {
      this.#unsure -= 1;
      if (fault === undefined) return;
      if (fault === "storage") addressees.fail(req, ...UNCHANGED);
      else if (this.#isLeaving) addressees.fail(req, ...TOO_LATE);
      else this.#change(deletion);
    };
    chat.withdrawals.ask({ room, seq, req, onEnd });
  }

  /** False, and told, where too many wait. */
  #mayBegin(req: Req): boolean {
    const isFull = this.#changes.size + this.#unsure >= CHANGES_MAX;
    if (isFull) this.#options.addressees.fail(req, ...FAULTS["outbox-full"]);
    return !isFull;
  }

  /** Of what was taken back nothing is changed any more. */
  #change(change: Change): void {
    const { addressees, originals } = this.#options;
    const { original, saidOf, req } = change;
    if (!this.#mayBegin(req)) return;
    this.#changes.add(change);
    originals.ask(original, (now, end, current) => {
      if (!this.#changes.delete(change)) return;
      if (end === undefined) this.#say(now, current.room, saidOf(current), req);
      else addressees.fail(req, ...WHY_NOT[end]);
    });
  }

  /** An entry of its own, to those who would get any other that is said there now. */
  #say(now: number, room: RoomId, said: Said, req: Req): void {
    const { chat, addressees, search } = this.#options;
    const to = this.#destinationOf(room);
    if (to === undefined) {
      addressees.fail(req, "NO_PEER", "You are no longer in the room of this message");
      return;
    }
    if (to.kind === "direct" && addressees.failBarred(req, to.peer)) return;
    const result = chat.send(now, to, said, req);
    if (!result.ok) addressees.fail(req, ...FAULTS[result.reason]);
    else if (to.kind === "direct") search.seek(now, to.peer);
  }

  /** It may wait, and be taken back, or said otherwise; in a room nothing is. */
  #isBetweenTwo({ room, author }: Original): boolean {
    const { me, chat } = this.#options;
    return author === me && !chat.rooms().has(room);
  }

  #destinationOf(room: RoomId): Destination | undefined {
    const { chat, addressees } = this.#options;
    if (chat.rooms().has(room)) return { kind: "room", room };
    const peer = addressees.otherIn(room);
    return peer && { kind: "direct", peer };
  }
}
