import { type PeerId, type RoomId, PEER_ID_BYTES, peerIdOf } from "../../lib/base/ids.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { Checkpoint, CheckpointFields } from "../../lib/wire/checkpoint.ts";
import { type ChatMessage, decodeChat, encodeChat, type Head } from "../../lib/wire/chat.ts";
import { decodeRun, encodeRun, type Run } from "../../lib/wire/entry.ts";
import type { Prng } from "../sim/prng.ts";

type RunsMessage = Extract<ChatMessage, { kind: "runs" }>;
type CheckpointsMessage = Extract<ChatMessage, { kind: "checkpoints" }>;

/** How much of what a traitor passes on is tampered with. */
const TAMPERED = 0.3;

/** And behind how much of what it says itself it says more, of which nothing is to be taken. */
const SAID_AGAIN = 0.1;

/** What is made of a message to this one: whatever is to be sent in its place. */
export type Lies = (to: PeerId, message: Uint8Array) => readonly Uint8Array[];

/** One that keeps to no rule, with the keys of a member. */
export interface Traitor {
  readonly me: PeerId;
  /** The rooms that it is in with others. */
  readonly rooms: readonly RoomId[];
  /** With its own key. */
  readonly sign: (fields: CheckpointFields) => Uint8Array;
  /** What it has said in its own name, by the hash. */
  readonly uttered: Set<string>;
}

/**
 * A member that changes what its program sends: it forges, edits, drops, reorders, duplicates,
 * attributes to others and to other rooms, and tells some another history of its own than others.
 */
export function liesOf(prng: Prng, traitor: Traitor): Lies {
  /** Its other history: the hash of the last run that was changed, by room. */
  const others = new Map<RoomId, Uint8Array>();
  return (to, bytes) => {
    const message = decodeChat(bytes);
    if (message?.kind === "entries") {
      const run = equivocate(others, traitor, to, message.run);
      traitor.uttered.add(sha256(run).toHex());
      const said = encodeChat({ kind: "entries", run });
      return prng.chance(SAID_AGAIN) ? [said, ...saidAgain(prng, traitor, to, run)] : [said];
    }
    if (!prng.chance(TAMPERED)) return prng.chance(0.02) ? [bytes, bytes] : [bytes];
    if (message?.kind === "checkpoints") return checkpointLies(prng, traitor, message);
    if (message?.kind === "runs") return runsLies(prng, traitor, message);
    if (message?.kind === "heads") return [headLies(prng, traitor, message.heads)];
    return message?.kind === "digest" ? [digestOf(prng, message.room)] : [bytes];
  };
}

/** The same again, as somebody else's, or in another room. */
function saidAgain(
  prng: Prng,
  { rooms, uttered }: Traitor,
  to: PeerId,
  bytes: Uint8Array,
): Uint8Array[] {
  const run = decodeRun(bytes);
  if (run === undefined) return [];
  const say = (changed: Run): Uint8Array[] => {
    return [encodeChat({ kind: "entries", run: encodeRun(changed) })];
  };
  switch (prng.below(3)) {
    case 0:
      return say(run);
    case 1:
      return say({ ...run, author: prng.chance(0.5) ? to : peerIdOf(prng.bytes(PEER_ID_BYTES)) });
    default: {
      const replayed = { ...run, room: otherRoom(rooms, run.room) };
      uttered.add(sha256(encodeRun(replayed)).toHex());
      return say(replayed);
    }
  }
}

/** Whoever has an odd id is told another story, which goes on with what it was told before. */
function equivocate(
  others: Map<RoomId, Uint8Array>,
  { me }: Traitor,
  to: PeerId,
  bytes: Uint8Array,
): Uint8Array {
  const run = decodeRun(bytes);
  if (run === undefined || run.author !== me || !/[13579bdf]$/.test(to)) return bytes;
  const [first, ...rest] = run.entries;
  if (first === undefined) return bytes;
  const body = first.body.map((byte, i) => (i === 0 ? 0x23 : byte));
  const previous = others.get(run.room) ?? run.previous;
  const changed = encodeRun({ ...run, previous, entries: [{ ...first, body }, ...rest] });
  others.set(run.room, sha256(changed));
  return changed;
}

function checkpointLies(
  prng: Prng,
  { me, rooms, sign }: Traitor,
  message: CheckpointsMessage,
): Uint8Array[] {
  const lie = (checkpoint: Checkpoint): Checkpoint[] => {
    const { room, author, seq } = checkpoint;
    switch (prng.below(5)) {
      case 0:
        return [];
      case 1:
        return [{ ...checkpoint, seq: seq + 1 + prng.below(9) }];
      case 2:
        return [{ ...checkpoint, hash: prng.bytes(32) }];
      case 3: {
        const own = { room, author: me, seq: 1 + prng.below(9), hash: prng.bytes(32) };
        return [{ ...own, signature: sign(own) }];
      }
      default: {
        const forged = { room, author: me, seq: seq + 5, hash: prng.bytes(32) };
        return [{ ...forged, author, signature: sign(forged) }];
      }
    }
  };
  const checkpoints = message.checkpoints.flatMap(lie);
  const elsewhere = otherRoom(rooms, message.room);
  const replayed = message.checkpoints.map((it) => ({ ...it, room: elsewhere }));
  return [
    encodeChat({ ...message, checkpoints }),
    encodeChat({ ...message, room: elsewhere, checkpoints: replayed }),
  ];
}

function runsLies(prng: Prng, { me, rooms }: Traitor, message: RunsMessage): Uint8Array[] {
  const { runs } = message;
  const change = (alter: (run: Run) => Run): Uint8Array[] => {
    const changed = runs.map((bytes) => {
      const run = decodeRun(bytes);
      return run === undefined ? bytes : encodeRun(alter(run));
    });
    return [encodeChat({ ...message, runs: changed })];
  };
  switch (prng.below(8)) {
    case 0:
      return change((run) => ({
        ...run,
        entries: run.entries.map((it) => ({ ...it, body: prng.bytes(8) })),
      }));
    case 1:
      return change((run) => ({ ...run, previous: prng.bytes(32) }));
    case 2:
      return change((run) => ({ ...run, author: me }));
    case 3:
      return change((run) => ({ ...run, room: otherRoom(rooms, run.room) }));
    case 4:
      return [encodeChat({ ...message, runs: runs.toReversed() })];
    case 5:
      return [encodeChat({ ...message, runs: runs.slice(1) })];
    case 6:
      return [encodeChat(message), encodeChat(message), encodeChat({ ...message, state: "page" })];
    default:
      return prng.chance(0.5) ? [] : [encodeChat({ ...message, runs: [], state: "missing" })];
  }
}

/** More than there is, or something else. */
function headLies(prng: Prng, { rooms }: Traitor, heads: readonly Head[]): Uint8Array {
  const made = rooms.map((room) => ({ room, seq: 1, time: { wallMs: 1, tick: 0 } }));
  const lies = [...made, ...heads].slice(-rooms.length).map(({ room, seq, time }) => {
    return { room, seq: seq + prng.below(9), hash: prng.bytes(32), time };
  });
  return encodeChat({ kind: "heads", heads: lies });
}

function digestOf(prng: Prng, room: RoomId): Uint8Array {
  return encodeChat({ kind: "digest", room, digest: prng.bytes(32) });
}

function otherRoom([first, second]: readonly RoomId[], room: RoomId): RoomId {
  return (room === first ? second : first) ?? room;
}
