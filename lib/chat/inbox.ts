import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { RefusalReason } from "../wire/chat.ts";
import type { Content } from "../wire/content.ts";
import { type Entry, type Run, decodeRun } from "../wire/entry.ts";
import { RECEIPT_SEQS_MAX, RUN_BYTES_MAX } from "../wire/limits.ts";
import { type ChainState, entriesOf, type Link, linkOf } from "./chain.ts";
import { areReadable, contentOf, contentsOf } from "./contentof.ts";
import type { EntryFault, HeardEntry } from "./events.ts";
import type { Forks } from "./forks.ts";
import {
  HEARD_PENDING_BYTES_MAX,
  HEARD_PENDING_MAX,
  type Journal,
  type PendingHeard,
} from "./journal.ts";
import type { Loads } from "./loads.ts";
import type { Chain, Log, Verdict } from "./log.ts";
import { chainName, messageIdIn } from "./messageid.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import type { Timeline } from "./timeline.ts";

/** A run that is not taken: what its author is told, and what our log is. */
interface Refusal {
  readonly reason: RefusalReason;
  readonly fault: EntryFault;
}

const REFUSALS = {
  author: { reason: "invalid", fault: "author" },
  room: { reason: "not-a-member", fault: "room" },
  equivocation: { reason: "invalid", fault: "equivocation" },
  time: { reason: "invalid", fault: "time" },
  content: { reason: "invalid", fault: "content" },
  disk: { reason: "storage", fault: "disk" },
  limit: { reason: "storage", fault: "limit" },
} as const satisfies Record<EntryFault, Refusal>;

/** What of a run that came is known before its chain is asked. */
interface Heard {
  readonly run: Run;
  readonly bytes: Uint8Array;
  readonly contents: readonly (Content | undefined)[];
  readonly link: Link;
}

/** Entries of others: from the session to the disk, to the faces, and then to the receipt. */
export class Inbox {
  readonly #me: PeerId;
  readonly #log: Log;
  readonly #forks: Forks;
  readonly #timeline: Timeline;
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #loads: Loads;
  readonly #open: ReadonlyMap<PeerId, OpenPeer>;
  readonly #onHeld: (now: number, run: Run) => void;
  /** Runs under way to the disk that have come from their author since. */
  readonly #owed = new Set<string>();
  readonly #receipts = new Map<PeerId, Map<RoomId, Set<number>>>();

  constructor(parts: {
    readonly me: PeerId;
    readonly log: Log;
    readonly forks: Forks;
    readonly timeline: Timeline;
    readonly journal: Journal;
    readonly outputs: Outputs;
    readonly loads: Loads;
    readonly open: ReadonlyMap<PeerId, OpenPeer>;
    /** One has come from its author that others had passed on before: it is receipted now. */
    readonly onHeld: (now: number, run: Run) => void;
  }) {
    this.#me = parts.me;
    this.#log = parts.log;
    this.#forks = parts.forks;
    this.#timeline = parts.timeline;
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#loads = parts.loads;
    this.#open = parts.open;
    this.#onHeld = parts.onHeld;
  }

  /** Tells entries that are on disk, but for those that no face can show. */
  show(now: number, entries: readonly Entry[]): void {
    let own: Entry[] = [];
    for (const [i, entry] of entries.entries()) {
      const { room, author } = entry;
      own.push(entry);
      const next = entries[i + 1];
      if (next?.room === room && next.author === author) continue;
      this.#tell(now, { chain: chainName(room, author), isFilled: true }, own, own.map(contentOf));
      own = [];
    }
  }

  /** False for bytes that are no run. `isOurs`: both are in that room. */
  handleRun(
    now: number,
    peer: OpenPeer,
    bytes: Uint8Array,
    isOurs: (room: RoomId) => boolean,
  ): boolean {
    // A run outlives the datagram that it came in.
    const copy = bytes.slice();
    const run = decodeRun(copy);
    if (run === undefined) return false;
    const contents = contentsOf(run);
    const fault = faultOf(run, contents, peer, isOurs);
    if (fault !== undefined) {
      this.#refuse(now, peer, run, REFUSALS[fault]);
      return true;
    }
    const heard = { run, bytes: copy, contents, link: linkOf(run, copy) };
    const isDirect = run.room === peer.direct;
    const verdict = this.#log.judge(run, heard.link, !isDirect);
    if (!isDirect || !this.#isAstray(peer, heard, verdict)) this.#act(now, peer, heard, verdict);
    return true;
  }

  /** What somebody says ahead of a session comes again in it: it is taken here, or is nothing. */
  handleWord(peer: OpenPeer, bytes: Uint8Array): void {
    const copy = bytes.slice();
    const run = decodeRun(copy);
    const contents = run && contentsOf(run);
    if (run === undefined || contents === undefined) return;
    if (faultOf(run, contents, peer, () => false) !== undefined) return;
    const heard = { run, bytes: copy, contents, link: linkOf(run, copy) };
    const verdict = this.#log.judge(run, heard.link, false);
    const isFull = this.#journal.isFull(run.author, HEARD_PENDING_MAX, HEARD_PENDING_BYTES_MAX);
    if (verdict.step === "new" && !isFull) this.#take(heard, verdict);
  }

  onStored(now: number, { chain, runs, isPassedOn }: PendingHeard): void {
    const entries = runs.flatMap(({ write }) => entriesOf(write.run));
    const contents = runs.flatMap((run) => run.contents);
    const isFilled = isPassedOn || chain.held.head.seq > (entries.at(-1)?.seq ?? 0);
    this.#tell(now, { chain: chain.name, isFilled }, entries, contents);
    for (const { write } of runs) {
      if (this.#isOwed(write.run, isPassedOn)) this.#receipt(write.run);
    }
  }

  /** The disk refused it, or one before it. What was passed on is asked for again. */
  onUnstored(now: number, { chain, runs, isPassedOn }: PendingHeard): void {
    for (const { write } of runs) {
      const { run } = write;
      if (!this.#isOwed(run, isPassedOn)) continue;
      chain.blockedAt = Math.min(chain.blockedAt ?? Infinity, run.seq);
      const peer = this.#open.get(run.author);
      if (peer !== undefined) this.#refuse(now, peer, run, REFUSALS.disk);
    }
  }

  onPeerClosed(peer: PeerId): void {
    this.#receipts.delete(peer);
  }

  /** Sends the receipts that have gathered. False if there were none. */
  flush(): boolean {
    if (this.#receipts.size === 0) return false;
    for (const [peer, rooms] of this.#receipts) {
      for (const [room, seqs] of rooms) {
        this.#outputs.send(peer, { kind: "receipt", room, seqs: [...seqs] });
      }
    }
    this.#receipts.clear();
    return true;
  }

  #act(now: number, peer: OpenPeer, heard: Heard, verdict: Verdict): void {
    const { run } = heard;
    switch (verdict.step) {
      case "new":
        if (this.#journal.isFull(run.author, HEARD_PENDING_MAX, HEARD_PENDING_BYTES_MAX)) {
          this.#refuse(now, peer, run, REFUSALS.limit);
          verdict.chain.blockedAt = Math.min(verdict.chain.blockedAt ?? Infinity, run.seq);
          return;
        }
        if (verdict.isForked) this.#forks.onForked(verdict.chain);
        this.#take(heard, verdict);
        return;
      case "held":
        this.#compare(heard, false, (at) => this.#onOther(at, peer, run));
        return;
      case "pending":
        if (this.#isPending(heard)) this.#owed.add(keyOf(run));
        else this.#onOther(now, peer, run);
        return;
      case "blocked":
        this.#refuse(now, peer, run, REFUSALS.disk);
        return;
      case "full":
        this.#refuse(now, peer, run, REFUSALS.limit);
        return;
      case "equivocation":
        this.#refuse(now, peer, run, REFUSALS.equivocation);
        this.#forks.onForked(verdict.chain);
        return;
      case "disorder":
        this.#refuse(now, peer, run, REFUSALS.time);
        return;
      default:
        return verdict satisfies never;
    }
  }

  /**
   * Whether something said between the two does not go behind what is held of it: its author has
   * been told what that is, and says it again. Nobody else could be told another thing.
   */
  #isAstray(peer: OpenPeer, { run, link }: Heard, verdict: Verdict): boolean {
    switch (verdict.step) {
      case "equivocation":
      case "disorder":
        peer.isAstray = true;
        return true;
      case "new": {
        const { head } = verdict.chain.next;
        const isNext = run.seq === head.seq + 1 && equalBytes(run.previous, head.hash);
        if (isNext) peer.isAstray = false;
        return peer.isAstray;
      }
      case "held":
        if (!peer.isAstray) this.#compare({ run, link }, true, () => (peer.isAstray = true));
        return true;
      case "pending":
        if (!this.#isPending({ run, link })) peer.isAstray = true;
        return peer.isAstray;
      case "blocked":
      case "full":
        return peer.isAstray;
      default:
        return verdict satisfies never;
    }
  }

  /**
   * What is told to be there is what came, and not another under its number. Between two it may
   * also have been left out, and was never there.
   */
  #compare(
    { run, link: { seq, hash } }: Pick<Heard, "run" | "link">,
    isDirect: boolean,
    onOther: (now: number) => void,
  ): void {
    const { room, author } = run;
    const query = { room, author, from: seq, to: seq, limit: 1, bytesMax: RUN_BYTES_MAX };
    this.#loads.ask(query, (now, [row]) => {
      // What was dropped was there.
      const wasThere = !isDirect || this.#log.isDropped(room, author, seq);
      const isThere = row === undefined ? wasThere : equalBytes(row.hash, hash);
      if (!isThere) return onOther(now);
      this.#receipt(run);
      this.#onHeld(now, run);
    });
  }

  /** Whether it is this that waits for the disk, and not another under its number. */
  #isPending({ run, link }: Pick<Heard, "run" | "link">): boolean {
    const chain = this.#log.find(run.room, run.author);
    const pending = chain && this.#journal.pendingRun(chain, run.seq);
    return pending !== undefined && equalBytes(pending.write.hash, link.hash);
  }

  /** In a room, something else than this is held under its number. */
  #onOther(now: number, peer: OpenPeer, run: Run): void {
    if (this.#open.get(peer.id) !== peer) return;
    this.#refuse(now, peer, run, REFUSALS.equivocation);
    const chain = this.#log.find(run.room, run.author);
    if (chain !== undefined) this.#forks.onForked(chain);
  }

  /** Whether its author waits for a word of it: it came from there, first or in the meantime. */
  #isOwed(run: Run, isPassedOn: boolean): boolean {
    const hasComeSince = this.#owed.size > 0 && this.#owed.delete(keyOf(run));
    return hasComeSince || !isPassedOn;
  }

  #take(
    { run, bytes, contents, link }: Heard,
    { chain, after }: { readonly chain: Chain; readonly after: ChainState },
  ): void {
    this.#log.extend(chain, after);
    const write = { kind: "heard", run, bytes, hash: link.hash } as const;
    const runs = [{ write, contents }];
    this.#journal.addHeard({ kind: "heard", runs, chain, after, isPassedOn: false });
  }

  /** Entries of one chain. */
  #tell(
    now: number,
    { chain, isFilled }: { readonly chain: string; readonly isFilled: boolean },
    entries: readonly Entry[],
    contents: readonly (Content | undefined)[],
  ): void {
    const heard: HeardEntry[] = [];
    for (const [i, entry] of entries.entries()) {
      const content = contents[i];
      if (content === undefined) continue;
      const isLate = this.#timeline.onTold(now, entry.room, entry);
      heard.push({ id: messageIdIn(chain, entry.seq), entry, content, isLate });
    }
    const [first] = heard;
    if (first === undefined) return;
    const { room, author } = first.entry;
    // One knows what one has said, though one may have lost it.
    if (author === this.#me) return;
    this.#outputs.event({ kind: "heard", room, author, isFilled, entries: heard });
  }

  #refuse(now: number, peer: OpenPeer, { room, seq }: Run, { reason, fault }: Refusal): void {
    this.#outputs.send(peer.id, { kind: "refusal", room, seq, reason });
    if (!peer.facts.take(now)) return;
    this.#outputs.event({ kind: "refused", peer: peer.id, room, seq, reason, fault });
  }

  #receipt({ room, author, seq }: Run): void {
    if (!this.#open.has(author)) return;
    const rooms = this.#receipts.get(author) ?? new Map<RoomId, Set<number>>();
    const seqs = rooms.get(room) ?? new Set();
    this.#receipts.set(author, rooms.set(room, seqs.add(seq)));
    if (seqs.size < RECEIPT_SEQS_MAX) return;
    rooms.delete(room);
    this.#outputs.send(author, { kind: "receipt", room, seqs: [...seqs] });
  }
}

function keyOf({ room, author, seq }: Run): string {
  return `${room}${author}${seq}`;
}

function faultOf(
  { room, author, entries }: Run,
  contents: readonly (Content | undefined)[],
  peer: OpenPeer,
  isOurs: (room: RoomId) => boolean,
): EntryFault | undefined {
  if (author !== peer.id) return "author";
  if (room !== peer.direct && !isOurs(room)) return "room";
  return areReadable(entries, contents) ? undefined : "content";
}
