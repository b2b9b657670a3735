import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { Addressees } from "./addressees.ts";
import type { Req } from "./events.ts";
import type { Words } from "./gathering.ts";
import { type Original, type Originals, TOO_LATE, WHY_NOT } from "./originals.ts";

export interface AnswersOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly addressees: Addressees;
  readonly originals: Originals;
  readonly deliver: (now: number, said: SaidToOne) => void;
}

/** What is said to one person, who is known. */
export interface SaidToOne {
  readonly peer: PeerId;
  readonly words: Words;
  readonly req: Req;
}

/** Direct messages that wait for the disk: what is piped between two answers. */
const HELD_MAX = 1024;

/**
 * Holds back an answer to one's own direct message until it is known that this was not taken back,
 * and with it what is said to the same person after it.
 */
export class Answers {
  readonly #options: AnswersOptions;
  /** The first of each answers a message that is asked for. */
  readonly #held = new Map<PeerId, SaidToOne[]>();
  #count = 0;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** `free`: it can be said at once. */
  hold(said: SaidToOne): "free" | "held" | "full" {
    const queue = this.#held.get(said.peer);
    const original = this.#originalOf(said);
    if (queue === undefined && original === undefined) return "free";
    if (this.#count >= HELD_MAX) return "full";
    this.#count += 1;
    if (queue !== undefined) queue.push(said);
    else if (original !== undefined) {
      this.#held.set(said.peer, [said]);
      this.#ask(said.peer, original);
    }
    return "held";
  }

  /** Says now what would wait, but for what may be about something that was taken back. */
  onLeaving(now: number): void {
    const { addressees, deliver } = this.#options;
    for (const said of [...this.#held.values()].flat()) {
      if (this.#originalOf(said) === undefined) deliver(now, said);
      else addressees.fail(said.req, ...TOO_LATE);
    }
    this.#held.clear();
    this.#count = 0;
  }

  #ask(peer: PeerId, original: Original): void {
    const { addressees, originals, deliver } = this.#options;
    originals.ask(original, (now, end) => {
      const said = this.#shift(peer);
      if (said === undefined) return;
      // Of what was deleted the other may still know what it was.
      if (end === undefined || end === "deleted") deliver(now, said);
      else addressees.fail(said.req, ...WHY_NOT[end]);
      this.#goOn(now, peer);
    });
  }

  #goOn(now: number, peer: PeerId): void {
    for (;;) {
      const [next] = this.#held.get(peer) ?? [];
      const original = next && this.#originalOf(next);
      if (original !== undefined) return this.#ask(peer, original);
      const said = this.#shift(peer);
      if (said === undefined) break;
      this.#options.deliver(now, said);
    }
    this.#held.delete(peer);
  }

  #shift(peer: PeerId): SaidToOne | undefined {
    const said = this.#held.get(peer)?.shift();
    if (said !== undefined) this.#count -= 1;
    return said;
  }

  /** One's own message to the same person that is answered: those of others are not taken back. */
  #originalOf({ peer, words: { replyTo } }: SaidToOne): Original | undefined {
    if (replyTo === undefined) return undefined;
    const { me, chat } = this.#options;
    const isOwn = replyTo.author === me && replyTo.room === chat.directRoom(peer);
    return isOwn ? replyTo : undefined;
  }
}
