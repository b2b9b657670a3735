import { equalBytes } from "../base/bytes.ts";
import { type EnvelopeId, envelopeIdOf, idBytes, type PeerId } from "../base/ids.ts";
import type {
  ChatWrite,
  Entrusted,
  HeldEnvelope,
  LostReason,
  RestoredChat,
} from "../chat/records.ts";
import { sha256 } from "../crypto/primitives.ts";
import { RECEIPT_SIGNATURE_BYTES } from "../wire/envelope.ts";
import { bytesOf, hashOf, peerOf, roomOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

type HeldWrite = Extract<
  ChatWrite,
  { kind: "hold" | "passed" | "lost" | "unhold" | "entrusted" | "unentrusted" }
>;

const INSERT_HELD = `INSERT INTO held (id, sender, recipient, envelope, wall_ms)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
/** The receipt of what is lost is one byte, why it is: no signature has so few. */
const UPDATE_PASSED = "UPDATE held SET receipt = ?, envelope = x'' WHERE id = ?";
const DELETE_HELD = "DELETE FROM held WHERE id = ?";
const SELECT_ENVELOPE = "SELECT envelope FROM held WHERE id = ?";
const SELECT_HELD = `SELECT id, sender, recipient, length(envelope) AS size, receipt,
  wall_ms AS wallMs FROM held ORDER BY place`;

/** None of what waits no more. */
const INSERT_ENTRUSTED = `INSERT INTO entrusted
  SELECT recipient, arrival, ?, ?, ? FROM outbox JOIN runs USING (arrival)
  WHERE recipient = ? AND room = ? AND author = ? AND seq = ? ON CONFLICT DO NOTHING`;
const DELETE_ENTRUSTED = "DELETE FROM entrusted WHERE id = ?";
const SELECT_ENTRUSTED = `SELECT id, holder, recipient, room, seq, entries,
  entrusted.wall_ms AS wallMs FROM entrusted JOIN runs USING (arrival)
  WHERE author = ? ORDER BY id, seq`;

const LOST: readonly LostReason[] = ["storage", "refused"];

interface HeldRow {
  readonly id: Uint8Array;
  readonly sender: Uint8Array;
  readonly recipient: Uint8Array;
  readonly size: number;
  readonly receipt: Uint8Array | null;
  readonly wallMs: number;
}

interface EntrustedRow {
  readonly id: Uint8Array;
  readonly holder: Uint8Array;
  readonly recipient: Uint8Array;
  readonly room: Uint8Array;
  readonly seq: number;
  readonly entries: number;
  readonly wallMs: number;
}

/** Sealed envelopes: what is held for others, and what of one's own others hold. */
export class HeldTable {
  readonly #statements: Statements;
  readonly #me: Uint8Array;

  constructor(statements: Statements, me: PeerId) {
    this.#statements = statements;
    this.#me = idBytes(me);
  }

  write(write: HeldWrite): void {
    const id = idBytes(write.id);
    switch (write.kind) {
      case "hold": {
        const people = [idBytes(write.sender), idBytes(write.recipient)] as const;
        this.#statements.run(INSERT_HELD, id, ...people, write.envelope, write.wallMs);
        return;
      }
      case "passed":
        this.#statements.run(UPDATE_PASSED, write.receipt, id);
        return;
      case "lost":
        this.#statements.run(UPDATE_PASSED, Uint8Array.of(LOST.indexOf(write.reason)), id);
        return;
      case "unhold":
        this.#statements.run(DELETE_HELD, id);
        return;
      case "entrusted": {
        const { holder, recipient, room, runs, wallMs } = write;
        for (const { seq } of runs) {
          const run = [idBytes(recipient), idBytes(room), this.#me, seq] as const;
          this.#statements.run(INSERT_ENTRUSTED, id, idBytes(holder), wallMs, ...run);
        }
        return;
      }
      case "unentrusted":
        this.#statements.run(DELETE_ENTRUSTED, id);
        return;
      default:
        write satisfies never;
    }
  }

  /** Undefined where it is not there, or not as it was written. */
  envelope(id: EnvelopeId): Uint8Array | undefined {
    const [row] = this.#statements.all<{ envelope: Uint8Array }>(SELECT_ENVELOPE, idBytes(id));
    const isWhole = row !== undefined && equalBytes(sha256(row.envelope), idBytes(id));
    return isWhole ? row.envelope : undefined;
  }

  restore(): Pick<RestoredChat, "held" | "entrusted"> {
    const held = this.#statements.all<HeldRow>(SELECT_HELD).map(heldOf);
    return { held, entrusted: this.#entrusted() };
  }

  #entrusted(): Entrusted[] {
    const rows = this.#statements.all<EntrustedRow>(SELECT_ENTRUSTED, this.#me);
    const byId = new Map<EnvelopeId, Entrusted>();
    for (const { seq, entries, wallMs, ...row } of rows) {
      const id = envelopeIdOf(hashOf(row.id));
      const runs = [...(byId.get(id)?.runs ?? []), { seq, entries }];
      const people = { holder: peerOf(row.holder), recipient: peerOf(row.recipient) };
      byId.set(id, { id, ...people, room: roomOf(row.room), runs, wallMs });
    }
    return [...byId.values()];
  }
}

function heldOf({ id, sender, recipient, size, receipt, wallMs }: HeldRow): HeldEnvelope {
  return {
    id: envelopeIdOf(hashOf(id)),
    sender: peerOf(sender),
    recipient: peerOf(recipient),
    size,
    wallMs,
    ...endOf(receipt),
  };
}

function endOf(receipt: Uint8Array | null): Pick<HeldEnvelope, "receipt" | "lost"> {
  if (receipt === null) return { receipt: undefined };
  if (receipt.length === 1) return { receipt: undefined, lost: LOST[receipt[0] ?? 0] ?? "storage" };
  return { receipt: bytesOf(receipt, RECEIPT_SIGNATURE_BYTES) };
}
