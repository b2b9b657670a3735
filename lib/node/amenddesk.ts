import type { PeerId, RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import { SKEW_MAX_MS } from "../chat/clock.ts";
import type { Said } from "../chat/said.ts";
import type { Destination } from "../chat/speech.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { PeerEvent, Req } from "./events.ts";
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

/** Something of what was said that is to be changed, or reacted to. */
interface Change {
  readonly original: Original;
  readonly said: Said;
  readonly req: Req;
}

/** Where a person says something of what was said, and what a room is about. */
export class AmendDesk {
  readonly #options: AmendDeskOptions;
  /** Until it is known that what they change was not taken back. */
  readonly #changes = new Set<Change>();

  constructor(options: AmendDeskOptions) {
    this.#options = options;
  }

  edit({ req, id, text }: CommandOf<"edit">): void {
    const own = this.#own(req, id, "edits");
    if (own !== undefined) this.#change(own, { kind: "edit", seq: own.seq, text }, req);
  }

  delete({ req, id }: CommandOf<"delete">): void {
    const own = this.#own(req, id, "deletes");
    if (own !== undefined) this.#change(own, { kind: "delete", seq: own.seq }, req);
  }

  react({ req, id, emoji, on: isOn }: CommandOf<"react">): void {
    const named = this.#named(req, id);
    if (named === undefined) return;
    const { author, seq } = named;
    this.#change(named, { kind: "reaction", to: { author, seq }, isOn, emoji }, req);
  }

  /** Says now what would wait, but for what may be about something that was taken back. */
  onLeaving(now: number): void {
    const { addressees } = this.#options;
    for (const { original, said, req } of this.#changes) {
      if (this.#mayBeCancelled(original)) addressees.fail(req, ...TOO_LATE);
      else this.#say(now, original.room, said, req);
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
    const { chat, addressees } = this.#options;
    const named = chat.named(id);
    if (named === undefined) addressees.fail(req, "NO_PEER", "No message with this id is kept");
    return named;
  }

  /** Of what was taken back nothing is changed any more. */
  #change(original: Original, said: Said, req: Req): void {
    const { addressees, originals } = this.#options;
    if (this.#changes.size >= CHANGES_MAX) {
      addressees.fail(req, ...FAULTS["outbox-full"]);
      return;
    }
    const change = { original, said, req };
    this.#changes.add(change);
    originals.ask(original, (now, end) => {
      if (!this.#changes.delete(change)) return;
      if (end === undefined) this.#say(now, original.room, said, req);
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

  /** In a room nothing is. */
  #mayBeCancelled({ room, author }: Original): boolean {
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
