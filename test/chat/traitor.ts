import type { RoomId } from "../../lib/base/ids.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { Checkpoint } from "../../lib/wire/checkpoint.ts";
import { type ChatMessage, decodeChat, encodeChat, type Head } from "../../lib/wire/chat.ts";
import { decodeRun, encodeRun, type Run } from "../../lib/wire/entry.ts";
import type { Prng } from "../sim/prng.ts";
import { type Member, ROOMS, type Tamper } from "./crowd.ts";
import { signaturesOf } from "./signatures.ts";

type RunsMessage = Extract<ChatMessage, { kind: "runs" }>;
type CheckpointsMessage = Extract<ChatMessage, { kind: "checkpoints" }>;

/** How much of what a traitor passes on is tampered with. */
const TAMPERED = 0.3;

/**
 * A member that changes what its program sends: it forges, edits, drops, reorders, duplicates,
 * attributes to others and to other rooms, and tells some another history of its own than others.
 * What it says in its own name is `uttered`, by its hash.
 */
export function traitorOf(prng: Prng, uttered: Set<string>): Tamper {
  /** Its other history: the hash of the last run that was changed, by room. */
  const others = new Map<RoomId, Uint8Array>();
  return (from, to, bytes) => {
    const message = decodeChat(bytes);
    if (message?.kind === "entries") {
      const run = equivocate(others, from, to, message.run);
      uttered.add(sha256(run).toHex());
      return [encodeChat({ kind: "entries", run })];
    }
    if (!prng.chance(TAMPERED)) return prng.chance(0.02) ? [bytes, bytes] : [bytes];
    if (message?.kind === "checkpoints") return checkpointLies(prng, from, message);
    if (message?.kind === "runs") return runsLies(prng, from, message);
    if (message?.kind === "heads") return [headLies(prng, message.heads)];
    return message?.kind === "digest" ? [digestOf(prng, message.room)] : [bytes];
  };
}

/** Whoever has an odd id is told another story, which goes on with what it was told before. */
function equivocate(
  others: Map<RoomId, Uint8Array>,
  from: Member,
  to: Member,
  bytes: Uint8Array,
): Uint8Array {
  const run = decodeRun(bytes);
  if (run === undefined || run.author !== from.id || !/[13579bdf]$/.test(to.id)) return bytes;
  const [first, ...rest] = run.entries;
  if (first === undefined) return bytes;
  const body = first.body.map((byte, i) => (i === 0 ? 0x23 : byte));
  const previous = others.get(run.room) ?? run.previous;
  const changed = encodeRun({ ...run, previous, entries: [{ ...first, body }, ...rest] });
  others.set(run.room, sha256(changed));
  return changed;
}

function checkpointLies(prng: Prng, from: Member, message: CheckpointsMessage): Uint8Array[] {
  const { sign } = signaturesOf(from.id);
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
        const own = { room, author: from.id, seq: 1 + prng.below(9), hash: prng.bytes(32) };
        return [{ ...own, signature: sign(own) }];
      }
      default: {
        const forged = { room, author: from.id, seq: seq + 5, hash: prng.bytes(32) };
        return [{ ...forged, author, signature: sign(forged) }];
      }
    }
  };
  const checkpoints = message.checkpoints.flatMap(lie);
  const elsewhere = otherRoom(message.room);
  const replayed = message.checkpoints.map((it) => ({ ...it, room: elsewhere }));
  return [
    encodeChat({ ...message, checkpoints }),
    encodeChat({ ...message, room: elsewhere, checkpoints: replayed }),
  ];
}

function runsLies(prng: Prng, from: Member, message: RunsMessage): Uint8Array[] {
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
      return change((run) => ({ ...run, author: from.id }));
    case 3:
      return change((run) => ({ ...run, room: otherRoom(run.room) }));
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
function headLies(prng: Prng, heads: readonly Head[]): Uint8Array {
  const rooms = ROOMS.map((name) => ({
    room: openRoom(name),
    seq: 1,
    time: { wallMs: 1, tick: 0 },
  }));
  const lies = [...rooms, ...heads].slice(-ROOMS.length).map(({ room, seq, time }) => {
    return { room, seq: seq + prng.below(9), hash: prng.bytes(32), time };
  });
  return encodeChat({ kind: "heads", heads: lies });
}

function digestOf(prng: Prng, room: RoomId): Uint8Array {
  return encodeChat({ kind: "digest", room, digest: prng.bytes(32) });
}

function otherRoom(room: RoomId): RoomId {
  const [first, second] = ROOMS.map((name) => openRoom(name));
  return (room === first ? second : first) ?? room;
}
