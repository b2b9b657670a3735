import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import { type HybridTime, type Run, TICK_MAX } from "../wire/entry.ts";
import {
  type ChainState,
  type Gap,
  GAPS_PER_CHAIN_MAX,
  holds,
  type Link,
  NOTHING_HELD,
  ORIGIN,
  placeRun,
  type Placement,
  topGap,
} from "./chain.ts";
import { compareTime, isNear } from "./clock.ts";
import { chainName } from "./messageid.ts";
import type { RestoredLog } from "./records.ts";

/** Chains of others that are followed, about 25 MB of memory. New authors beyond are refused. */
export const CHAINS_MAX = 65_536;
/** The same of one room: its members compare a list of as many. */
export const CHAINS_PER_ROOM_MAX = 4096;

/** One author's runs of one room, each bound to the one before by its hash. */
export interface Chain {
  readonly room: RoomId;
  readonly author: PeerId;
  /** What its messages' ids begin with. */
  readonly name: string;
  /** What is on disk. */
  held: ChainState;
  /** What is on disk or waits for it. */
  next: ChainState;
  /** Where the first run begins that the disk refused: nothing above it is taken before it is. */
  blockedAt: number | undefined;
  /** The highest that its author has signed. */
  checkpoint: Checkpoint | undefined;
  /** The highest of those whose run is on disk: others can begin there. */
  anchor: Checkpoint | undefined;
  /** One in a gap whose run somebody has, where that of the gap's end is not to be had. */
  target: Checkpoint | undefined;
  /** Its author has written two histories. */
  isForked: boolean;
  /** What has this seq or a lower one was dropped, and what is missing there is not wanted. */
  floor: number;
  /** Of one's own: how far it goes, and how late that is, as others say who hold more. */
  claimed: { readonly seq: number; readonly time: HybridTime };
}

export type Verdict =
  /** `isForked`: as of a placement. */
  | {
      readonly step: "new";
      readonly chain: Chain;
      readonly after: ChainState;
      readonly isForked: boolean;
    }
  /** On disk already. */
  | { readonly step: "held" }
  /** On its way to the disk: what becomes of it is answered then. */
  | { readonly step: "pending" }
  | { readonly step: "blocked" }
  | { readonly step: "full" }
  | { readonly step: "equivocation"; readonly chain: Chain }
  | { readonly step: "disorder" };

/** The chains of one room. */
interface RoomLog {
  readonly chains: Map<PeerId, Chain>;
  /** Those with gaps. */
  readonly incomplete: Set<Chain>;
}

/** How far every chain goes, and what is missing in it. PROTOCOL.md §8. */
export class Log {
  readonly #rooms = new Map<RoomId, RoomLog>();
  #count = 0;

  constructor({ heads, gaps, checkpoints, forks, floors }: RestoredLog) {
    const states = new Map<Chain, ChainState>();
    for (const { room, author, seq, hash, time } of heads) {
      states.set(this.chain(room, author), { head: { seq, hash, time }, gaps: [] });
    }
    for (const { room, author, gaps: missing } of gaps) {
      const chain = this.chain(room, author);
      states.set(chain, { ...(states.get(chain) ?? NOTHING_HELD), gaps: missing });
    }
    for (const { isHeld, ...checkpoint } of checkpoints) {
      const chain = this.chain(checkpoint.room, checkpoint.author);
      if (isHeld) chain.anchor = checkpoint;
      if (checkpoint.seq >= (chain.checkpoint?.seq ?? 0)) chain.checkpoint = checkpoint;
    }
    for (const { room, author } of forks) this.chain(room, author).isForked = true;
    for (const { room, author, seq } of floors) this.chain(room, author).floor = seq;
    for (const [chain, state] of states) {
      chain.held = above(state, chain.floor);
      chain.next = chain.held;
    }
    for (const { chains } of this.#rooms.values()) {
      for (const chain of chains.values()) this.#onChanged(chain);
    }
  }

  find(room: RoomId, author: PeerId): Chain | undefined {
    return this.#rooms.get(room)?.chains.get(author);
  }

  /** The one whose messages' ids begin with this. */
  named(name: string): Chain | undefined {
    for (const { chains } of this.#rooms.values()) {
      for (const chain of chains.values()) if (chain.name === name) return chain;
    }
    return undefined;
  }

  /** The chain, begun if there is none. */
  chain(room: RoomId, author: PeerId): Chain {
    const known = this.find(room, author);
    if (known !== undefined) return known;
    const chain: Chain = {
      room,
      author,
      name: chainName(room, author),
      held: NOTHING_HELD,
      next: NOTHING_HELD,
      blockedAt: undefined,
      checkpoint: undefined,
      anchor: undefined,
      target: undefined,
      isForked: false,
      floor: 0,
      claimed: { seq: 0, time: ORIGIN.time },
    };
    const log = this.#rooms.get(room) ?? { chains: new Map(), incomplete: new Set() };
    this.#rooms.set(room, log);
    log.chains.set(author, chain);
    this.#count += 1;
    return chain;
  }

  /** Whether a chain of one more author may be begun. */
  hasRoomIn(room: RoomId): boolean {
    const size = this.#rooms.get(room)?.chains.size ?? 0;
    return this.#count < CHAINS_MAX && size < CHAINS_PER_ROOM_MAX;
  }

  chainsOf(room: RoomId): Iterable<Chain> {
    return this.#rooms.get(room)?.chains.values() ?? [];
  }

  /** Chains of the room of which something is missing. */
  incompleteIn(room: RoomId): ReadonlySet<Chain> {
    return this.#rooms.get(room)?.incomplete ?? NO_CHAINS;
  }

  /** The latest time in a room that a clock at `now` follows, on disk or on its way there. */
  latestIn(room: RoomId, now: number): HybridTime {
    let latest: HybridTime = { wallMs: 0, tick: 0 };
    for (const { next } of this.chainsOf(room)) {
      const { time } = next.head;
      if (compareTime(time, latest) > 0 && isNear(now, time)) latest = time;
    }
    return latest;
  }

  /**
   * What is to be done with a run straight from its author; `link` is the run's. Of a chain that
   * `keepsGaps` members hold different histories, where its author has written them: what goes on
   * from another is taken besides, as it is where a member passes it on.
   */
  judge(run: Run, link: Link, keepsGaps: boolean): Verdict {
    const known = this.find(run.room, run.author);
    if (known === undefined && !this.hasRoomIn(run.room)) return { step: "full" };
    const chain = known ?? this.chain(run.room, run.author);
    const placement = this.place(chain, run, link, keepsGaps);
    switch (placement.step) {
      case "new": {
        const { after, isForked } = placement;
        if (chain.blockedAt !== undefined && run.seq > chain.blockedAt) return { step: "blocked" };
        if (isForked && !keepsGaps) return { step: "equivocation", chain };
        return { step: "new", chain, after, isForked };
      }
      case "held":
        return { step: holds(chain.held, run.seq) ? "held" : "pending" };
      case "equivocation":
        return { step: "equivocation", chain };
      case "disorder":
      case "full":
        return placement;
      default:
        return placement satisfies never;
    }
  }

  place(chain: Chain, run: Run, link: Link, keepsGaps: boolean): Placement {
    return placeRun(chain.next, { run, link }, { tip: chain.checkpoint, keepsGaps });
  }

  /** What makes it this is on its way to the disk. */
  extend(chain: Chain, after: ChainState): void {
    chain.next = after;
    const { blockedAt } = chain;
    if (blockedAt !== undefined && holds(after, blockedAt)) chain.blockedAt = undefined;
    this.#onChanged(chain);
  }

  /** What led to this state is on disk. */
  settle(chain: Chain, state: ChainState): void {
    chain.held = chain.next === state ? state : above(state, chain.floor);
  }

  /** The disk refused a run, and what was made or heard after it goes with it. */
  rewind(chain: Chain): void {
    chain.next = chain.held;
    this.#onChanged(chain);
  }

  /** Its author has signed more than what was known. */
  sign(chain: Chain, checkpoint: Checkpoint): void {
    chain.checkpoint = checkpoint;
    this.#onChanged(chain);
  }

  /** Somebody has what leads to this one, and nobody perhaps what leads to the highest. */
  aim(chain: Chain, checkpoint: Checkpoint): void {
    chain.target = checkpoint;
  }

  /** Whether what has this seq is not to be found because it was dropped, if it was ever held. */
  isDropped(room: RoomId, author: PeerId, seq: number): boolean {
    return seq <= (this.find(room, author)?.floor ?? 0);
  }

  /** All up to this seq has left the disk, but for what had to stay. */
  drop(chain: Chain, seq: number): void {
    chain.floor = Math.max(chain.floor, seq);
    const isNext = chain.next === chain.held;
    chain.held = above(chain.held, chain.floor);
    chain.next = isNext ? chain.held : above(chain.next, chain.floor);
    this.#onChanged(chain);
  }

  /** What is lost of one's own up to a seq is as late as this. */
  delay(chain: Chain, { seq, time }: Pick<Link, "seq" | "time">): void {
    const { claimed } = chain;
    const latest = compareTime(time, claimed.time) > 0 ? time : claimed.time;
    chain.claimed = { seq: Math.max(seq, claimed.seq), time: latest };
  }

  /** One's own goes on elsewhere, on disk. */
  move(chain: Chain, state: ChainState): void {
    chain.held = state;
    chain.next = state;
    this.#onChanged(chain);
  }

  /** Whether a higher checkpoint than before is seen to have its run on disk. */
  anchor(chain: Chain): boolean {
    const { checkpoint, target, anchor, held } = chain;
    const ends = [held.head, ...held.gaps.map(({ after }) => after)];
    const higher = [checkpoint, target].find((it) => {
      if (it === undefined || it.seq <= (anchor?.seq ?? 0)) return false;
      return ends.some(({ seq, hash }) => seq === it.seq && equalBytes(hash, it.hash));
    });
    if (higher !== undefined) chain.anchor = higher;
    return higher !== undefined;
  }

  /** A new session begins with the oldest entry that still waits: without this, it never comes. */
  unblockAuthor(author: PeerId): void {
    for (const { chains } of this.#rooms.values()) {
      const chain = chains.get(author);
      if (chain !== undefined) chain.blockedAt = undefined;
    }
  }

  /** While we are out of a room its authors are told so, and give up what waits. */
  unblockRoom(room: RoomId): void {
    for (const chain of this.chainsOf(room)) chain.blockedAt = undefined;
  }

  #onChanged(chain: Chain): void {
    const { room, next, checkpoint } = chain;
    const isBehind = checkpoint !== undefined && checkpoint.seq > next.head.seq;
    const incomplete = this.#rooms.get(room)?.incomplete;
    if (isBehind || next.gaps.length > 0) incomplete?.add(chain);
    else incomplete?.delete(chain);
  }
}

/** The gaps of a chain, the newest first, which is filled first. */
export function gapsOf({ next, checkpoint, target }: Chain): readonly Gap[] {
  // A run above the head leaves one more gap below it.
  const isFull = next.gaps.length >= GAPS_PER_CHAIN_MAX;
  const top = isFull ? undefined : topGap(next, checkpoint);
  const gaps = next.gaps.toReversed();
  if (top !== undefined) gaps.unshift(top);
  if (target === undefined) return gaps;
  const { seq: to, hash } = target;
  const around = gaps.find((gap) => to > gap.after.seq && to < gap.to);
  return around === undefined ? gaps : [...gaps, { ...around, to, hash }];
}

/** No gap reaches across a floor, which is the end of a run that was held. */
function above(state: ChainState, floor: number): ChainState {
  const gaps = state.gaps.filter(({ to }) => to > floor);
  return gaps.length === state.gaps.length ? state : { ...state, gaps };
}

/** Where one's own chain goes on: behind all that was signed of it, though it was lost here. */
export function endOf({ next, checkpoint, claimed }: Chain): Link {
  const { head } = next;
  const end = checkpoint !== undefined && checkpoint.seq > head.seq ? checkpoint : head;
  const time = compareTime(claimed.time, head.time) > 0 ? claimed.time : head.time;
  return { seq: end.seq, hash: end.hash, time };
}

/** The gaps of one's own chain where all above the last that is signed goes behind another. */
export function gapsBehind(
  { next, checkpoint }: Chain,
  { seq: to, hash }: Checkpoint,
  before = LAST_TIME,
): readonly Gap[] {
  const { head, gaps } = next;
  const signed = checkpoint && { seq: checkpoint.seq, hash: checkpoint.hash, time: ORIGIN.time };
  const after = head.seq <= (signed?.seq ?? 0) ? head : (signed ?? ORIGIN);
  const below = gaps.filter((gap) => gap.to <= after.seq);
  const touching = below.at(-1);
  if (touching?.to !== after.seq) return [...below, { after, to, hash, before }];
  return [...below.slice(0, -1), { ...touching, to, hash, before }];
}

const LAST_TIME: HybridTime = { wallMs: 2 ** 48 - 1, tick: TICK_MAX };

const NO_CHAINS: ReadonlySet<Chain> = new Set();
