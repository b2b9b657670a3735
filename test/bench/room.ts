import { join } from "node:path";
import { assert } from "../../lib/base/assert.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { openCard, openIdentity } from "../../lib/io/identity.ts";
import { Profile, profilePaths } from "../../lib/io/profile.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { encodeCard } from "../../lib/wire/card.ts";
import type { ChatNode } from "./chatnode.ts";
import { MESSAGE_BYTES } from "./messages.ts";
import type { Samples } from "./tasks.ts";

const ROOM = "#lobby";

/** Messages that are counted, times the others in the room: as many on each of their disks. */
const DELIVERIES = 4000;
const ROUNDS_MAX = 800;
/** Of all, these come first. */
const WARM = 0.5;

const TEXT = "a".repeat(MESSAGE_BYTES);

/** All but who talks. */
export function memberNames(members: number): readonly string[] {
  return Array.from({ length: members - 1 }, (_, i) => `member${i}`);
}

/** Has `near` know all others: of strangers, only so many a minute are answered. */
export function acquaint(directory: string, members: number): void {
  const writes = memberNames(members).map((name): Write => {
    const profile = openProfile(directory, name);
    const identity = openIdentity(profile.identityFile, systemRandom);
    const { peerId, signing, noise } = identity;
    const { serial } = openCard(profile.cardFile, name, identity, Date.now());
    profile.close();
    const card = encodeCard(signCard({ signing, noiseKey: noise.publicKey, name, serial }));
    return { kind: "card", peer: peerId, card, trust: "known", wallMs: serial };
  });
  const profile = openProfile(directory, "near");
  const { peerId } = openIdentity(profile.identityFile, systemRandom);
  const store = Store.open(profile.databaseFile, peerId);
  assert(store.commit(writes), "there is room on the disk");
  store.close();
  profile.close();
}

function openProfile(directory: string, name: string): Profile {
  return Profile.open(
    profilePaths({ profile: name, dataDirectory: join(directory, name), env: {} }),
  );
}

/** Sees that nothing goes wrong. */
export function attend(node: ChatNode): void {
  node.onEvent = (event) => assert(event.type !== "error", "nothing is refused");
}

/** One who talks in a room of so many, and knows what every other has on disk. */
export class RoomTalker {
  readonly #node: ChatNode;
  readonly #others: number;
  readonly #here = Promise.withResolvers<void>();
  #delivered = 0;
  #onDelivered: () => void = () => undefined;

  /** `members`: with itself. */
  constructor(node: ChatNode, members: number) {
    this.#node = node;
    this.#others = members - 1;
    const met = new Set<string>();
    node.onEvent = (event) => {
      assert(event.type !== "error", "nothing is refused");
      // They have said by then which rooms they are in.
      if (event.type === "peer" && event.state === "connected") {
        met.add(event.who.id);
        if (met.size === this.#others) this.#here.resolve();
      }
      if (event.type !== "status" || event.state !== "delivered") return;
      this.#delivered += 1;
      if (this.#delivered === this.#others) this.#onDelivered();
    };
  }

  /** µs of this process's CPU for each recipient of a message, until all have it on disk. */
  async measure(warm: () => Promise<void>): Promise<Samples> {
    await this.#here.promise;
    const rounds = Math.min(ROUNDS_MAX, Math.ceil(DELIVERIES / this.#others));
    for (let i = 0; i < WARM * rounds; i++) await this.#say();
    await warm();
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i++) await this.#say();
    const { user, system } = process.cpuUsage(before);
    return { recipientUs: (user + system) / (rounds * this.#others) };
  }

  async #say(): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.#delivered = 0;
    this.#onDelivered = over.resolve;
    this.#node.say(ROOM, TEXT);
    await over.promise;
  }
}
