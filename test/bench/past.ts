import { assert } from "../../lib/base/assert.ts";
import type { RoomId } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { type Link, linkOf, ORIGIN } from "../../lib/chat/chain.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { signCheckpoint } from "../../lib/crypto/checkpoint.ts";
import {
  type Identity,
  IDENTITY_SECRET_BYTES,
  identityFromSecret,
} from "../../lib/crypto/identity.ts";
import { openIdentity } from "../../lib/io/identity.ts";
import { Profile, profilePaths } from "../../lib/io/profile.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { ENTRY_TEXT, encodeRun, type Run } from "../../lib/wire/entry.ts";
import { Prng } from "../sim/prng.ts";
import { proseOf } from "./prose.ts";

const ROOM = "#lobby";

/** Who said it all, and went. */
const AUTHORS = 16;

/** Between two messages: a million of them are a year. */
const GAP_MS = 31_536;

/** Messages of one transaction. */
const BATCH = 10_000;

export interface PastOptions {
  /** Of the profile, and the profile's own directory. */
  readonly name: string;
  readonly directory: string;
  readonly messages: number;
  /** Whether all of it can be searched at once, as after a while in which nothing happened. */
  readonly isIndexed: boolean;
}

/**
 * Makes the profile of somebody who has been in a room for long: its log is real and hangs
 * together, each message a run of its own, by authors who have signed it and are not here.
 */
export async function makePast({ name, directory, ...past }: PastOptions): Promise<void> {
  const held = Profile.open(profilePaths({ profile: name, dataDirectory: directory, env: {} }));
  const store = Store.open(held.databaseFile, openIdentity(held.identityFile, systemRandom).peerId);
  try {
    const prng = new Prng(past.messages, "past");
    const room = openRoom(ROOM);
    const authors = Array.from({ length: AUTHORS }, () => new Author(room, prng));
    const startsAtMs = Date.now() - past.messages * GAP_MS;
    commit(store, [{ kind: "room", joined: true, room, name: ROOM }]);
    for (let i = 0; i < past.messages;) {
      const writes: Write[] = [];
      for (; writes.length < BATCH && i < past.messages; i++) {
        const author = authors[prng.below(AUTHORS)];
        assert(author !== undefined, "there are so many authors");
        writes.push(author.say(startsAtMs + i * GAP_MS, proseOf(prng)));
      }
      commit(store, writes);
      await Bun.sleep(0);
    }
    commit(
      store,
      authors.flatMap((author) => author.leave()),
    );
    while (past.isIndexed && store.tend()) await Bun.sleep(0);
    for (let shown = 0; shown < past.messages; shown++) store.shown.one();
  } finally {
    store.close();
    held.close();
  }
}

/** One author's chain in the room. */
class Author {
  readonly #identity: Identity;
  readonly #room: RoomId;
  #tip: Link = ORIGIN;

  constructor(room: RoomId, prng: Prng) {
    this.#identity = identityFromSecret(prng.bytes(IDENTITY_SECRET_BYTES));
    this.#room = room;
  }

  say(wallMs: number, text: string): Write {
    const run: Run = {
      room: this.#room,
      author: this.#identity.peerId,
      seq: this.#tip.seq + 1,
      previous: this.#tip.hash,
      entries: [{ time: { wallMs, tick: 0 }, type: ENTRY_TEXT, body: encodeUtf8(text) }],
    };
    const bytes = encodeRun(run);
    this.#tip = linkOf(run, bytes);
    return { kind: "heard", run, bytes, hash: this.#tip.hash };
  }

  leave(): readonly Write[] {
    const { seq, hash } = this.#tip;
    const author = this.#identity.peerId;
    const fields = { room: this.#room, author, seq, hash };
    const signature = signCheckpoint(this.#identity.signing, fields);
    return [
      { kind: "member", room: this.#room, peer: author, joined: true },
      { kind: "checkpoint", ...fields, signature, isHeld: true },
    ];
  }
}

function commit(store: Store, writes: readonly Write[]): void {
  assert(store.commit(writes), "there is room on the disk");
}
