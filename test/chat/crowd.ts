import { assert } from "../../lib/base/assert.ts";
import { type PeerId, type RoomId, peerIdOf } from "../../lib/base/ids.ts";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/text.ts";
import { Chat } from "../../lib/chat/chat.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import type { ChatEvent, ChatOutput, ChatStore, StatusChange } from "../../lib/chat/events.ts";
import { parseMessageId } from "../../lib/chat/messageid.ts";
import { compareEntries, type Place } from "../../lib/chat/order.ts";
import type { RunWrite } from "../../lib/chat/records.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { EntryName } from "../../lib/wire/content.ts";
import type { Entry } from "../../lib/wire/entry.ts";
import type { Prng } from "../sim/prng.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { envelopesOf, signaturesOf } from "./signatures.ts";

const START = 1_790_000_000_000;
export const ROOMS = ["#lobby", "#dev"] as const;

type DiskWork = ChatStore | Extract<ChatOutput, { kind: "load" }>;
type Send = Extract<ChatOutput, { kind: "send" }>;

/** What is under way to one person from another, oldest first, on each channel. */
interface Line {
  readonly from: Member;
  readonly chat: Uint8Array[];
  readonly bulk: Uint8Array[];
}

/** What a person that keeps to no rule makes of what its program would send. */
export type Tamper = (from: Member, to: Member, message: Uint8Array) => readonly Uint8Array[];

export function idOf(name: string): PeerId {
  return peerIdOf(sha256(encodeUtf8(name)));
}

/** One person: a program that dies and begins again, on a machine with a clock of its own. */
export class Member {
  readonly id: PeerId;
  store = new MemoryStore();
  /** Its disk was lost once: under its next numbers it has said other things. */
  hasLost = false;
  /** How wrong its clock is. */
  readonly skewMs: number;
  readonly tamper: Tamper | undefined;
  chat: Chat | undefined;
  disk: DiskWork[] = [];
  readonly lines = new Map<Member, Line>();
  /** How often each entry of another was told, in all its runs. */
  readonly told = new Map<string, number>();
  /** The same entries, in that order. */
  readonly heard: (EntryName & { readonly room: RoomId })[] = [];
  /** In this run, the last place in each room of what was told. */
  readonly last = new Map<RoomId, Place>();
  /** The last place in each room of what is on its disk. */
  readonly latest = new Map<RoomId, Place>();
  /** The last that was said of each room's history. */
  readonly sync = new Map<RoomId, Extract<ChatEvent, { kind: "sync" }>>();
  readonly forks = new Set<string>();
  /** Which own messages were told to be read, and by whom. */
  readonly read = new Set<string>();

  constructor(name: string, skewMs: number, tamper?: Tamper) {
    this.id = idOf(name);
    this.skewMs = skewMs;
    this.tamper = tamper;
  }

  get isHonest(): boolean {
    return this.tamper === undefined;
  }
}

export function keyOf({ room, author, seq }: Pick<Place, "author" | "seq"> & { room: RoomId }) {
  return `${room} ${author} ${seq}`;
}

/** People, their disks and what is under way between them, in any order that a seed chooses. */
export class Crowd {
  now = START;
  readonly members: Member[] = [];
  /** The hash of every run that an honest person has made, under each of its entries. */
  readonly made = new Map<string, string>();
  /** The hashes of all that traitors have said in their own name. */
  readonly uttered = new Set<string>();
  /** What each text must come after. */
  readonly #floors = new Map<string, Place>();
  readonly #prng: Prng;
  readonly #byId = new Map<PeerId, Member>();
  /** Those that have something to do at this moment: on disk, or in the network. */
  readonly #busy: (() => void)[] = [];
  #sessions = 0;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  add(member: Member): void {
    this.members.push(member);
    this.#byId.set(member.id, member);
    this.start(member);
  }

  start(member: Member): void {
    const { id: me, store } = member;
    const seals = { signatures: signaturesOf(me), envelopes: envelopesOf(me) };
    member.last.clear();
    member.sync.clear();
    const now = this.at(member);
    const restored = store.restore();
    member.chat = new Chat({ now, me, restored, ...seals, sharesRead: true });
    this.drain(member);
  }

  /** It dies; of what was asked of the disk, the first few works were done. */
  stop(member: Member, done = this.#prng.below(member.disk.length + 1)): void {
    for (const work of member.disk.splice(0, done)) {
      if (work.kind === "store") this.#commit(member, work);
    }
    for (const other of member.lines.keys()) this.disconnect(member, other);
    member.disk = [];
    member.chat = undefined;
  }

  /** It says goodbye, and what it says last arrives. */
  quit(member: Member): void {
    member.chat?.quit(this.at(member));
    this.settle();
    this.stop(member, member.disk.length);
  }

  /** Of one that is not running: its disk is gone, and this one in its place. */
  lose(member: Member, store: MemoryStore): void {
    member.store = store;
    member.hasLost = true;
    member.latest.clear();
  }

  at({ skewMs }: Member): number {
    return this.now + skewMs;
  }

  connect(a: Member, b: Member): void {
    if (a === b || a.chat === undefined || b.chat === undefined || a.lines.has(b)) return;
    a.lines.set(b, { from: b, chat: [], bulk: [] });
    b.lines.set(a, { from: a, chat: [], bulk: [] });
    this.#sessions += 1;
    const hash = sha256(encodeUtf8(`session ${this.#sessions}`));
    a.chat.onPeerOpen(this.at(a), b.id, { hash, isInitiator: true });
    b.chat.onPeerOpen(this.at(b), a.id, { hash, isInitiator: false });
    this.drain(a);
    this.drain(b);
  }

  disconnect(a: Member, b: Member): void {
    if (!a.lines.delete(b)) return;
    b.lines.delete(a);
    a.chat?.onPeerClosed(this.at(a), b.id);
    b.chat?.onPeerClosed(this.at(b), a.id);
    this.drain(a);
    this.drain(b);
  }

  leave(member: Member, name: string): void {
    for (const [room, known] of member.chat?.rooms() ?? []) {
      if (known === name) member.sync.delete(room);
    }
    member.chat?.leave(this.at(member), name);
    this.drain(member);
  }

  /** Says something in a room; what it knew of the room then, it must come after. */
  say(member: Member, name: string, text: string): void {
    for (const [room, known] of member.chat?.rooms() ?? []) {
      if (known !== name) continue;
      const floor = member.latest.get(room);
      if (floor !== undefined) this.#floors.set(text, floor);
      member.chat?.send(this.at(member), { kind: "room", room }, text, null);
    }
    this.drain(member);
  }

  /** Has read something that it was told, and what came before that. */
  read(member: Member): void {
    const { chat, heard } = member;
    const name = heard[this.#prng.below(heard.length + 1)];
    if (chat === undefined || name === undefined) return;
    chat.reading.mark(name, { id: "", req: null });
    this.drain(member);
  }

  /** Says something to one alone. */
  whisper(from: Member, to: Member, text: string): void {
    from.chat?.send(this.at(from), { kind: "direct", peer: to.id }, text, null);
    this.drain(from);
  }

  /** One of the things that can happen now; false where nothing can. */
  step(): boolean {
    while (this.#busy.length > 0) {
      const index = this.#prng.below(this.#busy.length);
      const work = this.#busy[index];
      const last = this.#busy.pop();
      if (last !== undefined && index < this.#busy.length) this.#busy[index] = last;
      if (work === undefined) continue;
      work();
      return true;
    }
    return false;
  }

  settle(): void {
    while (this.step());
  }

  /** Lets so much time pass, with every timer at its time. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const next = Math.min(...this.members.map((member) => this.#nextOf(member)));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.timeouts();
    }
    this.now = end;
  }

  timeouts(): void {
    for (const member of this.members) {
      if (this.#nextOf(member) > this.now) continue;
      member.chat?.handleTimeout(this.at(member));
      this.drain(member);
    }
  }

  drain(member: Member): void {
    const { chat } = member;
    if (chat === undefined) return;
    for (;;) {
      const output = chat.pollOutput() ?? chat.pollStore(this.at(member));
      if (output === undefined) return;
      switch (output.kind) {
        case "store":
        case "load":
          member.disk.push(output);
          this.#busy.push(() => this.#work(member, chat));
          break;
        case "send":
          this.#send(member, output);
          break;
        case "word":
          throw new Error("Nobody is answered here before a session");
        case "event":
          this.#onEvent(member, output.event);
          break;
        default:
          output satisfies never;
      }
    }
  }

  #nextOf({ chat, skewMs }: Member): number {
    return chat === undefined ? Infinity : chat.pollTimeout() - skewMs;
  }

  #send(from: Member, { peer, channel, message }: Send): void {
    const to = this.#byId.get(peer);
    const line = to?.lines.get(from);
    if (to === undefined || line === undefined) return;
    const said = from.tamper === undefined ? [message] : from.tamper(from, to, message);
    for (const bytes of said) {
      (channel === CHAT_CHANNEL ? line.chat : line.bulk).push(bytes);
      this.#busy.push(() => this.#deliver(to, line));
    }
  }

  /** From either channel: neither waits for the other. */
  #deliver(to: Member, line: Line): void {
    if (to.lines.get(line.from) !== line) return;
    const isBulk = line.chat.length === 0 || (line.bulk.length > 0 && this.#prng.chance(0.5));
    const bytes = (isBulk ? line.bulk : line.chat).shift();
    if (bytes === undefined) return;
    const outcome = to.chat?.handleMessage(this.at(to), line.from.id, bytes);
    assert(outcome !== "malformed" || !line.from.isHonest, "what is said is understood");
    this.drain(to);
  }

  #work(member: Member, chat: Chat): void {
    if (member.chat !== chat) return;
    const work = member.disk.shift();
    if (work === undefined) return;
    const now = this.at(member);
    if (work.kind === "load") chat.handleLoaded(now, work.token, member.store.load(work.query));
    else chat.handleStored(now, work.token, this.#commit(member, work));
    this.drain(member);
  }

  #commit(member: Member, { writes }: ChatStore): boolean {
    if (!member.store.commit(writes)) return false;
    for (const write of writes) {
      if (write.kind === "rebase" && !member.isHonest) this.#onUttered(member);
      if (write.kind !== "own" && write.kind !== "heard") continue;
      if (write.kind === "own" && !member.isHonest) this.uttered.add(write.hash.toHex());
      for (const entry of entriesOf(write.run)) {
        const isMade = write.kind === "own" && member.isHonest && !member.hasLost;
        if (isMade) this.#onMade(entry, write);
        const latest = member.latest.get(entry.room);
        if (latest === undefined || compareEntries(entry, latest) > 0) {
          member.latest.set(entry.room, entry);
        }
      }
    }
    return true;
  }

  /** Told once, of what an honest reader has read and no other; a traitor miscounts its own. */
  #onRead(member: Member, { room, by, messages }: StatusChange): void {
    if (!member.isHonest) return;
    const reader = by === null ? undefined : this.#byId.get(by);
    if (reader?.isHonest !== true) return;
    for (const { id } of messages) {
      const seq = parseMessageId(id)?.seq ?? 0;
      assert(reader.store.isRead(room, member.id, seq), "read is what its reader has read");
      const key = `${id} ${by}`;
      assert(!member.read.has(key), "read is told once");
      member.read.add(key);
    }
  }

  /** What a traitor has said of itself, its own program goes behind. */
  #onUttered({ id, store }: Member): void {
    for (const entry of store.entries()) {
      const hash = entry.author === id ? store.hashOf(entry) : undefined;
      if (hash !== undefined) this.uttered.add(hash);
    }
  }

  #onMade(entry: Entry, { hash }: RunWrite): void {
    const key = keyOf(entry);
    assert(!this.made.has(key), "a number stands for one entry");
    this.made.set(key, hash.toHex());
    const floor = this.#floors.get(decodeUtf8(entry.body) ?? "");
    const isAfter = floor === undefined || compareEntries(entry, floor) > 0;
    assert(isAfter, "an entry comes after all that its author had stored");
  }

  #onEvent(member: Member, event: ChatEvent): void {
    if (event.kind === "sync") member.sync.set(event.room, event);
    if (event.kind === "status" && event.state === "read") this.#onRead(member, event);
    if (event.kind === "equivocation") member.forks.add(`${event.room} ${event.author}`);
    if (event.kind !== "heard") return;
    for (const { entry, isLate } of event.entries) {
      const { room, author, seq } = entry;
      assert(member.store.holds(room, author, seq), "what is told is on disk");
      const key = keyOf(entry);
      member.told.set(key, (member.told.get(key) ?? 0) + 1);
      member.heard.push({ room, author, seq });
      member.store.show(entry);
      const last = member.last.get(room);
      const isAfter = last === undefined || compareEntries(entry, last) > 0;
      assert(isAfter || isLate, "what is told out of its order is marked");
      if (isAfter) member.last.set(room, entry);
    }
  }
}
