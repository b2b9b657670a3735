import { idBytes } from "../base/ids.ts";
import type { Gap } from "../chat/chain.ts";
import type {
  ChainFloor,
  ChainGaps,
  ChainName,
  ChatWrite,
  KeptCheckpoint,
} from "../chat/records.ts";
import { CHECKPOINT_SIGNATURE_BYTES } from "../wire/checkpoint.ts";
import { bytesOf, hashOf, peerOf, roomOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

type ChainWrite = Extract<ChatWrite, { kind: "gaps" | "checkpoint" | "fork" }>;

const DELETE_GAPS = "DELETE FROM gaps WHERE room = ? AND author = ?";
const INSERT_GAP = "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const UPSERT_CHECKPOINT = `INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT
  DO UPDATE SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature`;
const INSERT_FORK = "INSERT INTO forks VALUES (?, ?) ON CONFLICT DO NOTHING";

const SELECT_GAPS = `SELECT room, author, first, last, hash, below_hash AS belowHash,
  below_ms AS belowMs, below_tick AS belowTick, above_ms AS aboveMs, above_tick AS aboveTick
  FROM gaps ORDER BY room, author, first`;
const SELECT_CHECKPOINTS = "SELECT room, author, held, seq, hash, signature FROM checkpoints";
const SELECT_FORKS = "SELECT room, author FROM forks";
const SELECT_FLOORS = "SELECT room, author, seq FROM floors";

interface ChainRow {
  readonly room: Uint8Array;
  readonly author: Uint8Array;
}

interface GapRow extends ChainRow {
  readonly first: number;
  readonly last: number;
  readonly hash: Uint8Array;
  readonly belowHash: Uint8Array;
  readonly belowMs: number;
  readonly belowTick: number;
  readonly aboveMs: number;
  readonly aboveTick: number;
}

interface CheckpointRow extends ChainRow {
  readonly held: number;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly signature: Uint8Array;
}

/** What is known of each chain besides its runs, so that nobody need read them to know it. */
export class ChainTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write(write: ChainWrite): void {
    const chain = [idBytes(write.room), idBytes(write.author)] as const;
    switch (write.kind) {
      case "gaps":
        this.#statements.run(DELETE_GAPS, ...chain);
        for (const { after, to, hash, before } of write.gaps) {
          const below = [after.hash, after.time.wallMs, after.time.tick] as const;
          const values = [after.seq + 1, to, hash, ...below, before.wallMs, before.tick] as const;
          this.#statements.run(INSERT_GAP, ...chain, ...values);
        }
        return;
      case "checkpoint":
        this.#upsert(chain, write);
        return;
      case "fork":
        this.#statements.run(INSERT_FORK, ...chain);
        return;
      default:
        write satisfies never;
    }
  }

  #upsert(chain: readonly [Uint8Array, Uint8Array], checkpoint: KeptCheckpoint): void {
    const { isHeld, seq, hash, signature } = checkpoint;
    this.#statements.run(UPSERT_CHECKPOINT, ...chain, Number(isHeld), seq, hash, signature);
  }

  gaps(): ChainGaps[] {
    const byChain = new Map<string, ChainName & { readonly gaps: Gap[] }>();
    for (const row of this.#statements.all<GapRow>(SELECT_GAPS)) {
      const { room, author } = nameOf(row);
      const chain = byChain.get(room + author) ?? { room, author, gaps: [] };
      byChain.set(room + author, chain);
      chain.gaps.push(gapOf(row));
    }
    return [...byChain.values()];
  }

  checkpoints(): KeptCheckpoint[] {
    return this.#statements.all<CheckpointRow>(SELECT_CHECKPOINTS).map(checkpointOf);
  }

  /** Of each chain of which something was dropped. */
  floors(): ChainFloor[] {
    const rows = this.#statements.all<ChainRow & { readonly seq: number }>(SELECT_FLOORS);
    return rows.map((row) => Object.assign(nameOf(row), { seq: row.seq }));
  }

  forks(): ChainName[] {
    return this.#statements.all<ChainRow>(SELECT_FORKS).map(nameOf);
  }
}

function nameOf({ room, author }: ChainRow): ChainName {
  return { room: roomOf(room), author: peerOf(author) };
}

function checkpointOf({ room, author, held, ...row }: CheckpointRow): KeptCheckpoint {
  const { seq, hash, signature } = row;
  return {
    isHeld: held !== 0,
    room: roomOf(room),
    author: peerOf(author),
    seq,
    hash: hashOf(hash),
    signature: bytesOf(signature, CHECKPOINT_SIGNATURE_BYTES),
  };
}

function gapOf(row: GapRow): Gap {
  const below = { wallMs: row.belowMs, tick: row.belowTick };
  return {
    after: { seq: row.first - 1, hash: hashOf(row.belowHash), time: below },
    to: row.last,
    hash: hashOf(row.hash),
    before: { wallMs: row.aboveMs, tick: row.aboveTick },
  };
}
