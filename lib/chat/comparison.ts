import { TokenBucket } from "../base/bucket.ts";
import { Deadlines } from "../base/deadlines.ts";
import { equalBytes, toHex, Writer } from "../base/bytes.ts";
import { idBytes, type PeerId, type RoomId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import { type ExchangeMessage, NO_AUTHOR, type Tip } from "../wire/exchange.ts";
import { CHECKPOINTS_MAX, HASH_PREFIX_BYTES, TIPS_MAX } from "../wire/limits.ts";
import { topGap } from "./chain.ts";
import type { Floors } from "./floors.ts";
import type { Chain, Log } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";

/** What has changed in a room is told to who is here at most this often. */
export const COMPARE_MS = 10_000;

/** A peer is sent the list of a room's tips at most this often. */
export const TIPS_GAP_MS = 2_000;

const DOMAIN = encodeUtf8("p2pchat/1 digest ");

/** Parts of a peer's lists that are answered: a long one at once, then so many a second. */
const TIPS_BURST = 8;
const TIPS_PER_SECOND = 1;

/** Digests of a peer's that are heeded: more than it has to say, then so many a second. */
export const DIGESTS_BURST = 8;
const DIGESTS_PER_SECOND = 1;

/** What of a room was compared with a peer since both are in it. */
interface Compared {
  readonly digests: TokenBucket;
  readonly lists: TokenBucket;
  /** The digests last told and heard. */
  told: string | undefined;
  heard: string | undefined;
  listedAtMs: number;
}

/**
 * Finds out where two members of a room know of different things: they tell one another a digest of
 * what they have, where that differs the list of their tips, and then what the other lacks.
 */
export class Comparison {
  readonly #log: Log;
  readonly #outputs: Outputs;
  readonly #mates: Mates;
  readonly #floors: Floors;
  readonly #compared = new Map<PeerId, Map<RoomId, Compared>>();
  readonly #digests = new Map<RoomId, Uint8Array>();
  readonly #due = new Deadlines<RoomId>();

  constructor(parts: {
    readonly log: Log;
    readonly outputs: Outputs;
    readonly mates: Mates;
    readonly floors: Floors;
  }) {
    this.#log = parts.log;
    this.#outputs = parts.outputs;
    this.#mates = parts.mates;
    this.#floors = parts.floors;
  }

  /** A peer and we have come to be in a room. */
  onShared(now: number, peer: OpenPeer, room: RoomId): void {
    const rooms = this.#compared.get(peer.id) ?? new Map<RoomId, Compared>();
    const compared = {
      digests: new TokenBucket(now, DIGESTS_PER_SECOND, DIGESTS_BURST),
      lists: new TokenBucket(now, TIPS_PER_SECOND, TIPS_BURST),
      told: undefined,
      heard: undefined,
      listedAtMs: -Infinity,
    };
    this.#compared.set(peer.id, rooms.set(room, compared));
    this.#tell(peer, room, compared);
  }

  onUnshared(peer: PeerId, room: RoomId): void {
    this.#compared.get(peer)?.delete(room);
  }

  onPeerClosed(peer: PeerId): void {
    this.#compared.delete(peer);
  }

  /** What is held or known of a room is not what it was. */
  onChanged(now: number, room: RoomId): void {
    this.#digests.delete(room);
    if (!this.#due.has(room)) this.#due.set(room, now + COMPARE_MS);
  }

  /** Something that was told is listened to only now: all who are here are to tell it again. */
  askAll(now: number): void {
    for (const room of this.#mates.rooms()) {
      for (const mate of this.#mates.in(room)) {
        const compared = this.#compared.get(mate.id)?.get(room);
        if (compared === undefined) continue;
        compared.listedAtMs = -Infinity;
        this.#list(now, mate, room, compared);
      }
    }
  }

  /** Whether the peer has something else than we have, and did not say so before. */
  handleDigest(now: number, peer: OpenPeer, room: RoomId, digest: Uint8Array): boolean {
    const compared = this.#compared.get(peer.id)?.get(room);
    if (compared?.digests.take(now) !== true) return false;
    const heard = toHex(digest);
    const isNews = heard !== compared.heard;
    compared.heard = heard;
    if (equalBytes(digest, this.#digest(room))) return false;
    this.#list(now, peer, room, compared);
    return isNews;
  }

  /** Sends the checkpoints that the peer lacks; where it is ahead, the list that shows it what. */
  handleTips(
    now: number,
    peer: OpenPeer,
    { room, after, isLast, tips }: Extract<ExchangeMessage, { kind: "tips" }>,
  ): void {
    const compared = this.#compared.get(peer.id)?.get(room);
    if (compared?.lists.take(now) !== true) return;
    const theirs = new Map(tips.map((tip) => [tip.author, tip]));
    for (const { author, floor } of tips) this.#floors.learn(peer.id, room, author, floor);
    const end = isLast ? undefined : tips.at(-1)?.author;
    const lacking: Checkpoint[] = [];
    for (const { author, checkpoint } of this.#signed(room)) {
      if (checkpoint === undefined || author <= after) continue;
      if (end !== undefined && author > end) continue;
      const tip = theirs.get(author);
      if (tip === undefined || isOther(tip, checkpoint)) lacking.push(checkpoint);
    }
    for (let i = 0; i < lacking.length; i += CHECKPOINTS_MAX) {
      const checkpoints = lacking.slice(i, i + CHECKPOINTS_MAX);
      this.#outputs.sendBulk(peer.id, { kind: "checkpoints", room, checkpoints });
    }
    const isAhead = tips.some(({ author, seq }) => {
      return seq > (this.#log.find(room, author)?.checkpoint?.seq ?? 0);
    });
    if (isAhead) this.#list(now, peer, room, compared);
  }

  handleTimeout(now: number): void {
    for (let room = this.#due.pollDue(now); room !== undefined; room = this.#due.pollDue(now)) {
      this.#tellAll(room);
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }

  #tellAll(room: RoomId): void {
    const digest = toHex(this.#digest(room));
    for (const mate of this.#mates.in(room)) {
      const compared = this.#compared.get(mate.id)?.get(room);
      if (compared === undefined || compared.told === digest) continue;
      if (compared.heard !== digest) this.#tell(mate, room, compared);
    }
  }

  #tell(peer: OpenPeer, room: RoomId, compared: Compared): void {
    const digest = this.#digest(room);
    compared.told = toHex(digest);
    this.#outputs.send(peer.id, { kind: "digest", room, digest });
  }

  /** Where it is too soon, the digest is told again instead. */
  #list(now: number, peer: OpenPeer, room: RoomId, compared: Compared): void {
    if (now < compared.listedAtMs + TIPS_GAP_MS) {
      compared.told = undefined;
      if (!this.#due.has(room)) this.#due.set(room, now + COMPARE_MS);
      return;
    }
    compared.listedAtMs = now;
    const all = this.#signed(room).map(tipOf);
    let after = NO_AUTHOR;
    for (let i = 0; i === 0 || i < all.length; i += TIPS_MAX) {
      const tips = all.slice(i, i + TIPS_MAX);
      const isLast = i + TIPS_MAX >= all.length;
      this.#outputs.sendBulk(peer.id, { kind: "tips", room, after, isLast, tips });
      after = tips.at(-1)?.author ?? after;
    }
  }

  /** PROTOCOL.md §8. */
  #digest(room: RoomId): Uint8Array {
    const known = this.#digests.get(room);
    if (known !== undefined) return known;
    const writer = new Writer();
    for (const { author, checkpoint, held } of this.#signed(room)) {
      const gaps = [...held.gaps, topGap(held, checkpoint)].filter((gap) => gap !== undefined);
      const signed = gaps.filter(({ after }) => after.seq < checkpoint.seq);
      writer.bytes(idBytes(author)).u48(checkpoint.seq).bytes(checkpoint.hash).u16(signed.length);
      for (const { after, to } of signed) {
        writer.u48(after.seq + 1).u48(Math.min(to, checkpoint.seq));
      }
    }
    const digest = sha256(DOMAIN, idBytes(room), writer.finish());
    this.#digests.set(room, digest);
    return digest;
  }

  /** Chains that have a checkpoint, in the order of their authors. */
  #signed(room: RoomId): Signed[] {
    const chains = [...this.#log.chainsOf(room)].filter(isSigned);
    return chains.toSorted((a, b) => (a.author < b.author ? -1 : 1));
  }
}

type Signed = Chain & { readonly checkpoint: Checkpoint };

function isSigned(chain: Chain): chain is Signed {
  return chain.checkpoint !== undefined;
}

function tipOf({ author, checkpoint: { seq, hash }, floor }: Signed): Tip {
  return { author, seq, hashPrefix: hash.subarray(0, HASH_PREFIX_BYTES), floor };
}

/** Whether the checkpoint says something to who has this tip: more, or something else. */
function isOther({ seq, hashPrefix }: Tip, checkpoint: Checkpoint): boolean {
  if (seq !== checkpoint.seq) return seq < checkpoint.seq;
  return !equalBytes(hashPrefix, checkpoint.hash.subarray(0, HASH_PREFIX_BYTES));
}
