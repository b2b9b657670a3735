import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { Said } from "../chat/said.ts";
import type { Destination, SendFault } from "../chat/speech.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import type { Addressees } from "./addressees.ts";
import { Answers, type SaidToOne } from "./answers.ts";
import type { CommandOf } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ErrorCode, Req } from "./events.ts";
import { Gathering, type Saying, type Words } from "./gathering.ts";
import { Letters } from "./letters.ts";
import type { Originals } from "./originals.ts";
import type { NameFound, Questions } from "./questions.ts";
import type { Roster } from "./roster.ts";
import type { Search } from "./search.ts";
import type { ServerLink } from "./serverlink.ts";
import { formatTarget, parseTarget, type PersonTarget, type Target } from "./target.ts";

export interface MailroomOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly search: Search;
  readonly endpoint: Endpoint;
  readonly addressees: Addressees;
  readonly questions: Questions;
  readonly originals: Originals;
}

/** What a person is told whose words were not taken. */
export const FAULTS: Readonly<Record<SendFault, readonly [ErrorCode, string]>> = {
  "too-long": ["USAGE", `The message is too long: at most ${TEXT_BYTES_MAX} bytes fit`],
  empty: ["USAGE", "The message is empty"],
  "not-a-member": ["NO_PEER", "You are not in this room: join it first"],
  "outbox-full": ["QUEUED", "Too many messages wait already: try again later"],
  barred: ["UNTRUSTED", "Nothing is sent to them before you decide: /trust or /block"],
};

const UNKNOWN_ORIGINAL = "No message with this id is kept of this conversation";

/** An entry is the one or the other. PROTOCOL.md §8 */
const ANSWERING_DEED =
  'A message answers another or says what you do, not both: leave "replyTo" or "action" out';

/** Where what a person says is taken in, and waits until it is known to whom it goes. */
export class Mailroom {
  readonly #options: MailroomOptions;
  readonly #letters = new Letters();
  readonly #gathering = new Gathering();
  readonly #answers: Answers;
  /** To whom the last message went: the next goes there too, more often than not. */
  #last: { readonly to: string; readonly target: Target | undefined } | undefined;

  constructor(options: MailroomOptions) {
    this.#options = options;
    const deliver = (now: number, { peer, words, req }: SaidToOne): void =>
      this.#deliver(now, { kind: "direct", peer }, words, req);
    this.#answers = new Answers({ ...options, deliver });
  }

  send(now: number, command: CommandOf<"send">): void {
    const { addressees } = this.#options;
    const { req, to } = command;
    if (this.#last?.to !== to) this.#last = { to, target: parseTarget(to) };
    const { target } = this.#last;
    if (command.action === true && command.replyTo !== undefined) {
      addressees.fail(req, "USAGE", ANSWERING_DEED);
      return;
    }
    if (target === undefined) {
      addressees.fail(req, "USAGE", "A message goes to #room, @name or @name~id");
      return;
    }
    const words = this.#wordsOf(command);
    if (words === undefined) {
      addressees.fail(req, "NO_PEER", UNKNOWN_ORIGINAL);
      return;
    }
    if (target.kind === "room") {
      const room = addressees.room(target.room);
      const saying = { room: target.room, words, req };
      if (room === undefined)
        addressees.fail(req, "NO_PEER", `You are not in ${to}: join it first`);
      else if (!this.#gathering.hold(now, saying)) this.#say(now, saying);
      return;
    }
    const ids = this.#letters.isWaitingFor(target) ? [] : addressees.find(target);
    if (ids.length > 0) this.#sendToOne(now, target, ids, words, req);
    else if (addressees.failOther(req, target)) return;
    else if (this.#letters.add(now, { req, target, words })) this.#search(now);
    else addressees.fail(req, "QUEUED", "Too many names are being looked for: try again later");
  }

  onIntroduced(now: number, peerId: PeerId): void {
    this.#gathering.onIntroduced(now, peerId);
  }

  /** A room was joined whose members a server will introduce. */
  onJoined(now: number): void {
    if (this.#options.server.connection !== undefined) this.#gathering.onJoined(now);
  }

  onServer(now: number): void {
    this.#letters.onServer(now);
  }

  /** A peer is met, gone, or out of reach for now. */
  onSettled(now: number, peerId: PeerId): void {
    this.#gathering.onSettled(peerId);
    this.#sayHeld(now);
  }

  /** Says now what would wait; what is for a name that nobody has told of is not kept. */
  onLeaving(now: number): void {
    for (const saying of this.#gathering.takeAll()) this.#say(now, saying);
    for (const { req, target } of this.#letters.takeAll()) {
      const text = `Nobody known here is ${formatTarget(target)} yet: this is not kept`;
      this.#options.addressees.fail(req, "NO_PEER", text);
    }
    this.#answers.onLeaving(now);
  }

  /** The server's word for a name counts no more than a card that says otherwise. */
  onFound(now: number, { target, entries }: NameFound): void {
    const { me, roster } = this.#options;
    const meant: PeerId[] = [];
    for (const { peerId } of entries) {
      const name = roster.get(peerId)?.card.name ?? target.name;
      const isMeant = name === target.name && peerId.startsWith(target.prefix);
      if (isMeant && peerId !== me) meant.push(peerId);
    }
    if (meant.length > 0) this.#open(now, target, meant);
  }

  handleTimeout(now: number): void {
    const { server, addressees } = this.#options;
    this.#search(now);
    this.#sayHeld(now);
    for (const { req, target } of this.#letters.takeExpired(now)) {
      if (server.connection === undefined) {
        const next = "wait until yours answers, or start again with --server HOST:PORT";
        addressees.fail(req, "NO_SERVER", `No server to ask for ${target.name}: ${next}`);
      } else addressees.fail(req, "NO_PEER", `Nobody known here is ${formatTarget(target)}`);
    }
  }

  pollTimeout(): number {
    return Math.min(this.#letters.pollTimeout(), this.#gathering.pollTimeout());
  }

  #say(now: number, { room: name, words, req }: Saying): void {
    const { addressees } = this.#options;
    const room = addressees.room(name);
    if (room === undefined) addressees.fail(req, "NO_PEER", `You are no longer in ${name}`);
    else this.#deliver(now, { kind: "room", room }, words, req);
  }

  #sayHeld(now: number): void {
    for (let saying = this.#gathering.pollSaying(now); saying !== undefined;) {
      this.#say(now, saying);
      saying = this.#gathering.pollSaying(now);
    }
  }

  #sendToOne(
    now: number,
    target: PersonTarget,
    ids: readonly PeerId[],
    words: Words,
    req: Req,
  ): void {
    const { addressees, endpoint, search } = this.#options;
    const [peer] = ids;
    if (peer === undefined || ids.length > 1) {
      addressees.failAmbiguous(req, target, ids);
      return;
    }
    if (addressees.failBarred(req, peer)) return;
    const hold = this.#answers.hold({ peer, words, req });
    if (hold === "full") addressees.fail(req, ...FAULTS["outbox-full"]);
    if (hold === "free") this.#deliver(now, { kind: "direct", peer }, words, req);
    if (endpoint.connectionTo(peer) === undefined) search.seek(now, peer);
  }

  #deliver(now: number, to: Destination, words: Words, req: Req): void {
    const { chat, addressees } = this.#options;
    const said = this.#saidOf(to, words);
    if (said === undefined) {
      addressees.fail(req, "NO_PEER", UNKNOWN_ORIGINAL);
      return;
    }
    const result = chat.send(now, to, said, req);
    if (!result.ok) addressees.fail(req, ...FAULTS[result.reason]);
  }

  /** Undefined where it answers what is not kept. */
  #wordsOf({ text, replyTo: id, action }: CommandOf<"send">): Words | undefined {
    if (id === undefined) return { text, action };
    const replyTo = this.#options.originals.named(id);
    return replyTo && { text, replyTo };
  }

  /** Undefined where it answers what is not of this conversation. */
  #saidOf(to: Destination, { text, replyTo, action = false }: Words): Said | undefined {
    const { chat, originals } = this.#options;
    if (replyTo === undefined) return action ? { kind: "action", text } : text;
    const original = originals.now(replyTo);
    const room = to.kind === "room" ? to.room : chat.directRoom(to.peer);
    if (original?.room !== room) return undefined;
    const { author, seq } = original;
    return { kind: "reply", to: { author, seq }, text };
  }

  /** Asks the server for names that nobody here knows; an introduction may have come meanwhile. */
  #search(now: number): void {
    const { addressees, questions } = this.#options;
    for (;;) {
      const target = this.#letters.pollSearch(now);
      if (target === undefined) return;
      const ids = addressees.find(target);
      if (ids.length > 0) this.#open(now, target, ids);
      else questions.findName(now, target);
    }
  }

  #open(now: number, target: PersonTarget, ids: readonly PeerId[]): void {
    for (const { words, req } of this.#letters.take(target)) {
      this.#sendToOne(now, target, ids, words, req);
    }
  }
}
