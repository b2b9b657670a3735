import { idBytes, type PeerId, type RoomId } from "../../base/ids.ts";
import { contentOf } from "../../chat/contentof.ts";
import { amendedBy, REACTIONS_MAX, REACTIONS_PER_AUTHOR_MAX } from "../../chat/quotes.ts";
import { entriesOf } from "../../chat/chain.ts";
import type { EntryName } from "../../wire/content.ts";
import { ENTRY_TEXT, type Run } from "../../wire/entry.ts";
import { peerOf } from "../rows.ts";
import type { Statements } from "../statements.ts";

/** Edits of one message that are looked at where the last cannot be read. */
const EDITS = 4;

const INSERT_AMENDMENT = `INSERT INTO amendments
  (room, target_author, target_seq, kind, author, seq) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;
const INSERT_TOPIC = `INSERT INTO topics (room, wall_ms, tick, author, seq)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const DELETE_AMENDMENT = `DELETE FROM amendments WHERE room = ? AND target_author = ?
  AND target_seq = ? AND kind = ? AND author = ? AND seq = ?`;
const DELETE_TOPIC = `DELETE FROM topics WHERE room = ? AND wall_ms = ? AND tick = ?
  AND author = ? AND seq = ?`;

const DELETE_TARGETS = `DELETE FROM amendments
  WHERE room = ? AND target_author = ? AND target_seq BETWEEN ? AND ?`;
const SELECT_HOLDING = `SELECT 1 FROM (SELECT seq, entries FROM runs
  WHERE room = ?1 AND author = ?2 AND seq <= ?3 ORDER BY seq DESC LIMIT 1)
  WHERE seq + entries > ?3`;

const OF_TARGET = "room = ?1 AND target_author = ?2 AND target_seq = ?3";
/** An author's own, the last first, and then those of all. */
const SELECT_OWN = `SELECT author, seq FROM amendments
  WHERE ${OF_TARGET} AND kind = ?4 AND author = ?2 ORDER BY seq DESC LIMIT ${EDITS}`;
const REACTIONS = `amendments WHERE ${OF_TARGET} AND kind = 'reaction'`;
const SELECT_REACTIONS = `SELECT author, seq FROM ${REACTIONS} ORDER BY author, seq
  LIMIT ${REACTIONS_MAX} + 1`;
/** Steps from author to author: of any who have put many, no more is read than may count. */
const SELECT_LAST_REACTIONS = `WITH RECURSIVE authors (author, count) AS (
    SELECT min(author), 1 FROM ${REACTIONS}
    UNION ALL
    SELECT (SELECT min(author) FROM ${REACTIONS} AND author > authors.author), count + 1
      FROM authors WHERE author IS NOT NULL AND count <= ${REACTIONS_MAX})
  SELECT authors.author, reactions.seq FROM authors CROSS JOIN amendments AS reactions
    ON reactions.room = ?1 AND reactions.target_author = ?2 AND reactions.target_seq = ?3
      AND reactions.kind = 'reaction' AND reactions.author = authors.author
      AND reactions.seq >= ifnull((SELECT seq FROM ${REACTIONS} AND author = authors.author
        ORDER BY seq DESC LIMIT 1 OFFSET ${REACTIONS_PER_AUTHOR_MAX}), 0)
  ORDER BY 1, 2`;
const SELECT_ANY = `SELECT 1 FROM amendments WHERE ${OF_TARGET} LIMIT 1`;
const SELECT_DELETED = `SELECT DISTINCT target_seq AS seq FROM amendments
  WHERE room = ?1 AND target_author = ?2 AND target_seq BETWEEN ?3 AND ?4
    AND kind = 'delete' AND author = ?2`;
const SELECT_AMENDED = `SELECT DISTINCT target_seq AS seq FROM amendments
  WHERE room = ? AND target_author = ? AND target_seq BETWEEN ? AND ?`;
const SELECT_TOPIC = `SELECT author, seq FROM topics WHERE room = ? AND wall_ms <= ?
  ORDER BY wall_ms DESC, tick DESC, author DESC, seq DESC LIMIT ${EDITS}`;

/** What changes a message, as far as it counts. */
export interface Amendments {
  readonly names: readonly EntryName[];
  readonly hasMoreReactions: boolean;
}

const NONE: Amendments = { names: [], hasMoreReactions: false };

interface NameRow {
  readonly author: Uint8Array;
  readonly seq: number;
}

/** Which entries change what others say: no more than where they are. */
export class AmendmentTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** A run has come to the disk. */
  add(run: Run): void {
    this.#each(run, INSERT_TOPIC, INSERT_AMENDMENT);
  }

  /** It is there no more: what it said of others is forgotten. */
  remove(run: Run): void {
    this.#each(run, DELETE_TOPIC, DELETE_AMENDMENT);
  }

  /** So many entries from this one on are there no more: what others said of them is forgotten. */
  forget(room: Uint8Array, author: Uint8Array, seq: number, entries: number): void {
    this.#statements.run(DELETE_TARGETS, room, author, seq, seq + entries - 1);
  }

  /**
   * Whether it still changes what is held besides: another's text, or what its room is about, of
   * which nothing counts that is of later than `upToMs`.
   */
  isInForce(run: Run, upToMs: number): boolean {
    if (run.entries.every(({ type }) => type === ENTRY_TEXT)) return false;
    const end = run.seq + run.entries.length;
    return entriesOf(run).some((entry) => {
      const { room, author, seq } = entry;
      const content = contentOf(entry);
      if (content?.kind === "topic") {
        const [topic] = this.topics(room, upToMs);
        return topic?.author === author && topic.seq === seq;
      }
      const target = content && amendedBy(content, author);
      if (target === undefined) return false;
      const isOfRun = target.author === author && target.seq >= run.seq && target.seq < end;
      return !isOfRun && this.#isHeld(room, target);
    });
  }

  #isHeld(room: RoomId, { author, seq }: EntryName): boolean {
    const values = [idBytes(room), idBytes(author), seq] as const;
    return this.#statements.all(SELECT_HOLDING, ...values).length > 0;
  }

  #each(run: Run, topic: string, amendment: string): void {
    if (run.entries.every(({ type }) => type === ENTRY_TEXT)) return;
    for (const entry of entriesOf(run)) {
      const content = contentOf(entry);
      if (content === undefined) continue;
      const { room, author, seq, time } = entry;
      const by = [idBytes(author), seq] as const;
      if (content.kind === "topic") {
        this.#statements.run(topic, idBytes(room), time.wallMs, time.tick, ...by);
      }
      const target = amendedBy(content, author);
      if (target === undefined) continue;
      const at = [idBytes(room), idBytes(target.author), target.seq] as const;
      this.#statements.run(amendment, ...at, content.kind, ...by);
    }
  }

  /** All that may count of those that change a message. */
  of(room: RoomId, { author, seq }: EntryName): Amendments {
    const target = [idBytes(room), idBytes(author), seq] as const;
    if (this.#statements.all(SELECT_ANY, ...target).length === 0) return NONE;
    const own = [
      ...this.#statements.all<NameRow>(SELECT_OWN, ...target, "delete"),
      ...this.#statements.all<NameRow>(SELECT_OWN, ...target, "edit"),
    ];
    const found = this.#reactions(target);
    const reactions = counting(found);
    const hasMoreReactions = reactions.length < found.length;
    return { names: [...own.map(nameOf), ...reactions], hasMoreReactions };
  }

  /** By author: all, unless there are more than can count; then the last of each, and one more. */
  #reactions(target: readonly [room: Uint8Array, author: Uint8Array, seq: number]): EntryName[] {
    const some = this.#statements.all<NameRow>(SELECT_REACTIONS, ...target);
    const isAll = some.length <= REACTIONS_MAX;
    const all = isAll ? some : this.#statements.all<NameRow>(SELECT_LAST_REACTIONS, ...target);
    return all.map(nameOf);
  }

  /** Those of a run's seqs that their author has taken back. */
  deletedOf({ room, author, seq, entries }: Run): ReadonlySet<number> {
    const values = [idBytes(room), idBytes(author), seq, seq + entries.length - 1] as const;
    const rows = this.#statements.all<{ seq: number }>(SELECT_DELETED, ...values);
    return new Set(rows.map((row) => row.seq));
  }

  /** Those of an author's seqs in this range that something changes. */
  amended(room: RoomId, author: PeerId, from: number, to: number): ReadonlySet<number> {
    const values = [idBytes(room), idBytes(author), from, to] as const;
    const rows = this.#statements.all<{ seq: number }>(SELECT_AMENDED, ...values);
    return new Set(rows.map(({ seq }) => seq));
  }

  /** The last topics of a room that are not of later than this, the last first. */
  topics(room: RoomId, upToMs: number): EntryName[] {
    return this.#statements.all<NameRow>(SELECT_TOPIC, idBytes(room), upToMs).map(nameOf);
  }
}

/** Of what is told by author: those that count, everybody's last before anybody's last but one. */
function counting(reactions: readonly EntryName[]): readonly EntryName[] {
  const counts = new Map<PeerId, number>();
  const last = reactions.toReversed().flatMap((name) => {
    const behind = counts.get(name.author) ?? 0;
    counts.set(name.author, behind + 1);
    return behind < REACTIONS_PER_AUTHOR_MAX ? [{ name, behind }] : [];
  });
  if (last.length <= REACTIONS_MAX) return last.toReversed().map(({ name }) => name);
  const some = last.toReversed().toSorted((a, b) => a.behind - b.behind);
  return some.slice(0, REACTIONS_MAX).map(({ name }) => name);
}

function nameOf({ author, seq }: NameRow): EntryName {
  return { author: peerOf(author), seq };
}
