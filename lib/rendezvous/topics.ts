/** Memberships in all topics together. Beyond, a client stays out of the topics it asks for. */
export const MEMBERSHIPS_MAX = 1_000_000;

/** One member's place in a topic: a link in a chain from the newest member to the oldest. */
export interface Membership<Member> {
  readonly topic: string;
  readonly member: Member;
  newer: Membership<Member> | undefined;
  older: Membership<Member> | undefined;
}

/**
 * Who is in which topic, newest first. Chains, because a topic may hold every client of the server:
 * joining, leaving and reading the newest cost the same there as in a topic of two.
 */
export class TopicTable<Member> {
  readonly #newest = new Map<string, Membership<Member>>();
  readonly #membershipsMax: number;
  #size = 0;

  constructor(membershipsMax = MEMBERSHIPS_MAX) {
    this.#membershipsMax = membershipsMax;
  }

  /** Memberships in all topics. */
  get size(): number {
    return this.#size;
  }

  /** Undefined where the table is full. A member joins a topic once. */
  join(topic: string, member: Member): Membership<Member> | undefined {
    if (this.#size >= this.#membershipsMax) return undefined;
    const older = this.#newest.get(topic);
    const membership = { topic, member, newer: undefined, older };
    if (older !== undefined) older.newer = membership;
    this.#newest.set(topic, membership);
    this.#size += 1;
    return membership;
  }

  leave(membership: Membership<Member>): void {
    const { topic, newer, older } = membership;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else if (older !== undefined) this.#newest.set(topic, older);
    else this.#newest.delete(topic);
    this.#size -= 1;
  }

  /** At most `most` members, the one that joined last first. */
  newest(topic: string, most: number): Member[] {
    const members: Member[] = [];
    let at = this.#newest.get(topic);
    while (at !== undefined && members.length < most) {
      members.push(at.member);
      at = at.older;
    }
    return members;
  }
}
