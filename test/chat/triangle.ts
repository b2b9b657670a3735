import { type EnvelopeId, envelopeIdOf } from "../../lib/base/ids.ts";
import { ENTRUST_AFTER_MS } from "../../lib/chat/entrusting.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { ChatMessage } from "../../lib/wire/chat.ts";
import { envelopesOf, signaturesOf } from "./signatures.ts";
import { type Person, World } from "./world.ts";

type Of<Kind> = Extract<ChatMessage, { kind: Kind }>;

/**
 * Alice has others hold, Carol and those after her hold, and Bob is away: all have been in one
 * room together.
 */
export class Triangle {
  readonly world: World;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;

  constructor({ asksHold = true, holds = true, more = [] as readonly string[] } = {}) {
    this.world = new World("alice", "bob", "carol", ...more);
    const [alice, bob, carol] = [0, 1, 2].map((i) => this.world.person(i));
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error("Three");
    [this.alice, this.bob, this.carol] = [alice, bob, carol];
    alice.asksHold = asksHold;
    for (const person of this.world.people.slice(2)) person.holds = holds;
    for (const person of this.world.people) this.world.restart(person);
    this.world.meet("#lobby");
    this.leave(bob);
  }

  /** What Alice says to Bob, each by itself. */
  say(...texts: readonly string[]): string[] {
    return texts.map((text) => {
      const destination = { kind: "direct", peer: this.bob.id } as const;
      const sent = this.alice.chat.send(this.world.now, destination, text, text);
      if (!sent.ok || sent.id === undefined) throw new Error("It was not said");
      this.world.settle();
      return sent.id;
    });
  }

  /** Until what waits has been given to whoever holds. */
  entrust(): void {
    this.world.pass(3 * ENTRUST_AFTER_MS);
  }

  leave(person: Person): void {
    for (const other of this.world.people) this.world.disconnect(person, other);
    this.world.settle();
  }

  meet(a: Person, b: Person): void {
    this.world.connect(a, b);
    this.world.settle();
  }

  /** Alice goes, and Bob comes to Carol. */
  pass(): void {
    this.leave(this.alice);
    this.meet(this.bob, this.carol);
  }

  sent<Kind extends ChatMessage["kind"]>(from: Person, kind: Kind): Of<Kind>[] {
    return this.world.messages
      .filter((sent) => sent.from === from)
      .map(({ message }) => message)
      .filter((message): message is Of<Kind> => message.kind === kind);
  }

  /** Runs of Alice's, sealed for Bob; `change` makes them something else. */
  envelope(
    runs: readonly Uint8Array[],
    change: { readonly after?: number; readonly signed?: Uint8Array; readonly seq?: number } = {},
  ): { readonly envelope: Uint8Array; readonly id: EnvelopeId } {
    const { alice, bob } = this;
    const { after = 0, seq = runs.length, signed = runs.at(-1) ?? new Uint8Array(0) } = change;
    const room = bob.chat.directRoom(alice.id);
    const fields = { room, author: alice.id, seq, hash: sha256(signed) };
    const signature = signaturesOf(alice.id).sign(fields);
    const envelope = envelopesOf(alice.id).seal(bob.id, { after, signature, runs });
    if (envelope === undefined) throw new Error("Nothing was sealed");
    return { envelope, id: envelopeIdOf(sha256(envelope)) };
  }
}
