import { createHash } from "node:crypto";

/** What one side of a conversation has sent and heard: everything that a test asks about. */
export class Ledger {
  readonly sessions: string[] = [];
  /** Why sessions ended. */
  readonly ends: string[] = [];
  readonly said: string[] = [];
  readonly heard: string[] = [];
  /** How often the peer was found to be elsewhere. */
  moves = 0;
  sentBytes = 0;
  heardBytes = 0;
  readonly #sent = createHash("sha256");
  readonly #heard = createHash("sha256");

  onSent(load: Uint8Array): void {
    this.sentBytes += load.length;
    this.#sent.update(load);
  }

  onHeard(load: Uint8Array): void {
    this.heardBytes += load.length;
    this.#heard.update(load);
  }

  get sentHash(): string {
    return this.#sent.copy().digest("hex");
  }

  get heardHash(): string {
    return this.#heard.copy().digest("hex");
  }
}

/** All that is not as it should be: each has what the other gave, once, in one session. */
export function differences(ann: Ledger, bob: Ledger): string[] {
  const found: string[] = [];
  const expectEqual = (what: string, one: unknown, other: unknown): void => {
    if (JSON.stringify(one) === JSON.stringify(other)) return;
    found.push(`${what}: ${abbreviated(one)}, not ${abbreviated(other)}`);
  };
  for (const [from, to, way] of [
    [ann, bob, "from ann to bob"],
    [bob, ann, "from bob to ann"],
  ] as const) {
    expectEqual(`words ${way}`, to.heard, from.said);
    expectEqual(`bytes ${way}`, to.heardBytes, from.sentBytes);
    expectEqual(`hash ${way}`, to.heardHash, from.sentHash);
    expectEqual(`sessions that ended ${way}`, from.ends, []);
    expectEqual(`sessions ${way}`, from.sessions.length, 1);
  }
  expectEqual("session", ann.sessions, bob.sessions);
  return found;
}

/** Whether each has heard as much as the other has given so far. */
export function isAllHeard(ann: Ledger, bob: Ledger): boolean {
  const hasAll = (to: Ledger, from: Ledger): boolean =>
    to.heard.length >= from.said.length && to.heardBytes >= from.sentBytes;
  return hasAll(ann, bob) && hasAll(bob, ann);
}

function abbreviated(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 100)} … ${text.slice(-100)}`;
}
