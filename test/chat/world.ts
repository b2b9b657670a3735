import { assert } from "../../lib/base/assert.ts";
import { type PeerId, type RoomId, peerIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { Chat } from "../../lib/chat/chat.ts";
import type {
  ChatEvent,
  ChatOutput,
  ChatStore,
  HeardEntry,
  OwnMessage,
  StatusChange,
} from "../../lib/chat/events.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import { messageId, parseMessageId } from "../../lib/chat/messageid.ts";
import { isMessage } from "../../lib/chat/quotes.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import { type ChatMessage, decodeChat, encodeChat } from "../../lib/wire/chat.ts";
import { decodeRun, type Entry } from "../../lib/wire/entry.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { envelopesOf, signaturesOf } from "./signatures.ts";

export const START = 1_790_000_000_000;

type Send = Extract<ChatOutput, { kind: "send" }>;
type DiskWork = ChatStore | Extract<ChatOutput, { kind: "load" }>;

/** An own entry that reached the disk. */
interface Made {
  readonly entry: Pick<Entry, "room" | "author" | "seq">;
  readonly recipients: readonly PeerId[];
}

interface Sent {
  readonly from: Person;
  readonly to: Person;
  readonly message: ChatMessage;
}

/** As chat tells it, but message by message. */
export type Told =
  | Exclude<ChatEvent, { kind: "heard" | "status" }>
  | ({ readonly kind: "message" } & HeardEntry)
  | Status;

type Status = Omit<StatusChange, "messages"> & OwnMessage;

/** One person: a machine, the disk that outlives it, and all that it ever told. */
export class Person {
  readonly name: string;
  readonly id: PeerId;
  /** Of the next start. */
  sharesRead = true;
  store = new MemoryStore();
  /** Whether it holds for others, and has others hold: from its next start on. */
  holds = false;
  asksHold = false;
  /** To whom it sends nothing, and of whom it takes nothing that others bring. */
  readonly barred = new Set<PeerId>();
  /** Whose key it does not know for sure: it seals nothing for them. */
  readonly unsure = new Set<PeerId>();
  chat: Chat;
  readonly events: Told[] = [];
  /** Its history was lost once: to one alone it may then say two things under one number. */
  hasLost = false;
  /** Asked of the disk and not yet done, oldest first. */
  disk: DiskWork[] = [];
  /** What each session brings, oldest first. A session is there while its queue is. */
  readonly heard = new Map<Person, Uint8Array[]>();
  /** The same of the channel that waits for the other. */
  readonly inBulk = new Map<Person, Uint8Array[]>();

  constructor(name: string) {
    this.name = name;
    this.id = peerIdOf(sha256(encodeUtf8(name)));
    this.chat = this.begin(START);
  }

  /** The program starts, with what is on disk. */
  begin(now: number): Chat {
    const { id: me, sharesRead, holds, asksHold } = this;
    const { seal, open } = envelopesOf(me);
    return new Chat({
      now,
      me,
      restored: this.store.restore(),
      signatures: signaturesOf(me),
      envelopes: { open, seal: (to, runs) => (this.unsure.has(to) ? undefined : seal(to, runs)) },
      sharesRead,
      holds,
      asksHold,
      isBarred: (peer) => this.barred.has(peer),
    });
  }

  /** Texts as a face has shown them. */
  get texts(): string[] {
    return this.events.flatMap((event) => {
      return event.kind === "message" && isMessage(event.content) ? [event.content.text] : [];
    });
  }

  statuses(state: StatusChange["state"]): Status[] {
    return this.events.filter(
      (event): event is Status => event.kind === "status" && event.state === state,
    );
  }

  of<Kind extends Told["kind"]>(kind: Kind): Extract<Told, { kind: Kind }>[] {
    return this.events.filter(
      (event): event is Extract<Told, { kind: Kind }> => event.kind === kind,
    );
  }
}

/** People, their disks and the sessions between them; whatever must never happen fails here. */
export class World {
  now = START;
  readonly people: Person[];
  /** All that went out, in order. */
  readonly messages: Sent[] = [];
  /** Who leaves out a number and then uses it deceives nobody but themselves. */
  readonly liars = new Set<Person>();
  /** Own entries that reached the disk, by id. */
  readonly made = new Map<string, Made>();
  readonly #hashes = new Map<string, string>();
  readonly #shown = new Set<string>();
  readonly #lastShown = new Map<string, Entry>();
  readonly #told = new Set<string>();
  #sessions = 0;

  constructor(...names: readonly string[]) {
    this.people = names.map((name) => new Person(name));
  }

  person(index: number): Person {
    const person = this.people[index];
    if (person === undefined) throw new Error(`There is no person ${index}`);
    return person;
  }

  /** Everybody is in the room and has a session with everybody else. */
  meet(room: string): RoomId {
    let id: RoomId | undefined;
    for (const person of this.people) id = person.chat.join(this.now, room);
    for (const [i, a] of this.people.entries()) {
      for (const b of this.people.slice(i + 1)) this.connect(a, b);
    }
    this.settle();
    if (id === undefined) throw new Error("Too many rooms");
    return id;
  }

  connect(a: Person, b: Person): void {
    if (a.heard.has(b)) return;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      one.heard.set(other, []);
      one.inBulk.set(other, []);
    }
    this.#sessions += 1;
    const hash = sha256(encodeUtf8(`session ${this.#sessions}`));
    a.chat.onPeerOpen(this.now, b.id, { hash, isInitiator: true });
    b.chat.onPeerOpen(this.now, a.id, { hash, isInitiator: false });
  }

  /** What is under way is lost. */
  disconnect(a: Person, b: Person): void {
    if (!a.heard.delete(b)) return;
    b.heard.delete(a);
    a.inBulk.delete(b);
    b.inBulk.delete(a);
    a.chat.onPeerClosed(this.now, b.id);
    b.chat.onPeerClosed(this.now, a.id);
  }

  /** The program dies and starts again; of what was asked of the disk, `done` works were done. */
  restart(person: Person, done = 0): void {
    for (const work of person.disk.splice(0, done)) {
      if (work.kind === "store") this.#commit(person, work);
    }
    this.#start(person);
  }

  /** The program and its history are lost; who the person is, is not. */
  lose(person: Person): void {
    person.store = new MemoryStore();
    person.hasLost = true;
    this.#told.clear();
    this.#start(person);
  }

  #start(person: Person): void {
    for (const other of person.heard.keys()) {
      other.heard.delete(person);
      other.inBulk.delete(person);
      other.chat.onPeerClosed(this.now, person.id);
    }
    person.heard.clear();
    person.disk = [];
    person.inBulk.clear();
    person.chat = person.begin(this.now);
  }

  /**
   * Carries out what the machine asks for; the disk and the network take their time. False where it
   * asked for nothing.
   */
  drain(person: Person): boolean {
    for (let isBusy = false; ; isBusy = true) {
      const output = person.chat.pollOutput() ?? person.chat.pollStore(this.now);
      if (output === undefined) return isBusy;
      switch (output.kind) {
        case "store":
        case "load":
          person.disk.push(output);
          break;
        case "send":
          this.#onSend(person, output);
          break;
        case "word":
          throw new Error("Nobody is answered here before a session");
        case "event":
          for (const told of toldOf(output.event)) this.#onTold(person, told);
          break;
        default:
          output satisfies never;
      }
    }
  }

  /** The disk does the oldest thing asked of it. */
  stepDisk(person: Person): boolean {
    const work = person.disk.shift();
    if (work === undefined) return false;
    if (work.kind === "load") {
      person.chat.handleLoaded(this.now, work.token, person.store.load(work.query));
    } else {
      person.chat.handleStored(this.now, work.token, this.#commit(person, work));
    }
    this.drain(person);
    return true;
  }

  /** One message of the session arrives. */
  stepNetwork(from: Person, to: Person): boolean {
    const bytes = to.heard.get(from)?.shift() ?? to.inBulk.get(from)?.shift();
    if (bytes === undefined) return false;
    const outcome = to.chat.handleMessage(this.now, from.id, bytes);
    assert(outcome === "ok", "what we send is understood");
    this.drain(to);
    return true;
  }

  /** Until nothing is left to do at this moment. */
  settle(): void {
    let isBusy = true;
    while (isBusy) {
      isBusy = false;
      for (const person of this.people) {
        if (this.drain(person)) isBusy = true;
        while (this.stepDisk(person)) isBusy = true;
        for (const other of this.people) while (this.stepNetwork(other, person)) isBusy = true;
      }
    }
  }

  /** Lets `ms` pass, with every timer at its time. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(...this.people.map((person) => person.chat.pollTimeout()));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const person of this.people) person.chat.handleTimeout(this.now);
      this.settle();
    }
    this.now = end;
  }

  /** The person has read this text, as it was shown to them, and what came before it. */
  read(person: Person, text: string): void {
    const shown = person.of("message").findLast(({ content }) => {
      return isMessage(content) && content.text === text;
    });
    if (shown === undefined) throw new Error(`Nobody has said "${text}"`);
    const { room, author, seq } = shown.entry;
    person.chat.reading.mark({ room, author, seq }, { id: shown.id, req: text });
    this.settle();
  }

  /** Bytes from a peer that keeps to no rule. */
  inject(from: Person, to: Person, message: ChatMessage): void {
    to.chat.handleMessage(this.now, from.id, encodeChat(message));
    this.settle();
  }

  #commit({ store }: Person, { writes }: Extract<DiskWork, { kind: "store" }>): boolean {
    if (!store.commit(writes)) return false;
    for (const write of writes) {
      if (write.kind === "rebase") {
        const own = store.entries().filter((it) => it.room === write.room);
        for (const entry of own) if (entry.author === write.author) this.#onMade(entry, []);
      }
      if (write.kind !== "own") continue;
      for (const entry of entriesOf(write.run)) this.#onMade(entry, write.recipients);
    }
    return true;
  }

  #onMade(entry: Entry, recipients: readonly PeerId[]): void {
    this.made.set(messageId(entry.room, entry.author, entry.seq), { entry, recipients });
  }

  #onSend(from: Person, { peer: to, channel, message: bytes }: Send): void {
    const peer = this.people.find(({ id }) => id === to);
    if (peer === undefined) throw new Error("A message to nobody");
    const message = decodeChat(bytes);
    if (message === undefined) throw new Error("A message that nobody can read");
    this.messages.push({ from, to: peer, message });
    if (message.kind === "entries") this.#onRunSent(from, peer, message.run);
    if (message.kind === "receipt") {
      const { room, seqs } = message;
      const isHeld = this.liars.has(peer) || seqs.every((seq) => from.store.holds(room, to, seq));
      assert(isHeld, "a receipt is for what is on disk");
    }
    // To somebody who left in the same turn it is lost, like all that was under way.
    (channel === CHAT_CHANNEL ? peer.heard : peer.inBulk).get(from)?.push(bytes);
  }

  /** It is on its author's disk, and its number never stands for anything else. */
  #onRunSent(from: Person, to: Person, bytes: Uint8Array): void {
    const run = decodeRun(bytes);
    if (run === undefined) throw new Error("Entries that nobody can read");
    assert(run.author === from.id, "people send what they wrote");
    for (const { room, author, seq } of entriesOf(run)) {
      const isHeld = from.store.holds(room, author, seq);
      assert(isHeld, "an entry leaves when it is on its author's disk");
    }
    const key = `${run.room} ${run.author} ${run.seq}`;
    const hash = sha256(bytes).toHex();
    const isFree = from.hasLost && run.room === from.chat.directRoom(to.id);
    const isSame = (this.#hashes.get(key) ?? hash) === hash;
    assert(isSame || isFree, "a number stands for one entry");
    this.#hashes.set(key, hash);
  }

  #onTold(person: Person, event: Told): void {
    person.events.push(event);
    if (event.kind === "message") this.#onShown(person, event);
    if (event.kind === "status") this.#onStatus(person, event);
    if (event.kind !== "moved") return;
    for (const { id, was } of event.messages) this.#onMoved(person, id, was);
  }

  /** Once, from the disk, and in its place or marked. */
  #onShown(person: Person, { entry, isLate }: HeardEntry): void {
    const { room, author, seq } = entry;
    assert(person.store.holds(room, author, seq), "what is shown is on disk");
    const key = `${person.name} ${messageId(room, author, seq)}`;
    assert(!this.#shown.has(key), "messages are shown once");
    this.#shown.add(key);
    const place = `${person.name} ${room}`;
    const last = this.#lastShown.get(place);
    const isAfter = last === undefined || compareEntries(entry, last) > 0;
    assert(isAfter || isLate, "what is shown out of its order is marked");
    if (isAfter) this.#lastShown.set(place, entry);
    person.store.show(entry);
  }

  /** What was told of it holds under its new id, which is no other's by then; it goes out anew. */
  #onMoved(person: Person, id: string, was: string): void {
    const [now, before] = [`${person.name} ${id} `, `${person.name} ${was} `];
    const told = [...this.#told];
    assert(!told.some((key) => key.startsWith(now)), "of two that move, the last is told of first");
    for (const key of told.filter((one) => one.startsWith(before))) {
      this.#told.delete(key);
      const step = key.slice(before.length);
      if (!step.startsWith("sent ")) this.#told.add(now + step);
    }
  }

  /** Every step once; delivered with the message on the recipient's disk, read with its mark. */
  #onStatus(person: Person, { id, req, state, by, isReworded }: Status): void {
    // A message that never reached the disk gives its number back, and another gets its id.
    if (state === "failed" && by === null) {
      return assert(parseMessageId(id) === undefined, "what was never kept has no message's id");
    }
    // Whoever has given other words to a message is told of it under their own mark.
    const also = isReworded === true ? ` also ${req}` : "";
    const key = `${person.name} ${id} ${state} ${by}${also}`;
    assert(!this.#told.has(key), "every step is told once");
    this.#told.add(key);
    if (state !== "delivered" && state !== "read") return;
    const recipient = this.people.find((other) => other.id === by);
    const made = this.made.get(id);
    if (recipient === undefined || made === undefined) throw new Error("Delivered to nobody");
    const { room, seq } = made.entry;
    assert(recipient.store.holds(room, person.id, seq), "delivered is on the recipient's disk");
    const isRead = this.liars.has(recipient) || recipient.store.isRead(room, person.id, seq);
    assert(state !== "read" || isRead, "read is what the recipient has read");
    const isDelivered = this.#told.has(`${person.name} ${id} delivered ${by}`);
    assert(state !== "read" || isDelivered, "read is what was delivered");
  }
}

/** How many entries these messages carry. */
export function entriesSent(messages: readonly Sent[]): number {
  const runs = messages.map(({ message }) => {
    return message.kind === "entries" ? decodeRun(message.run) : undefined;
  });
  return runs.reduce((sum, run) => sum + (run?.entries.length ?? 0), 0);
}

function toldOf(event: ChatEvent): Told[] {
  if (event.kind === "heard") {
    return event.entries.map((heard) => ({ kind: "message", ...heard }));
  }
  if (event.kind !== "status") return [event];
  const { messages, ...status } = event;
  return messages.map((message) => Object.assign({ ...message }, status));
}
