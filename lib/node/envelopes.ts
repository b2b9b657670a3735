import { TokenBucket } from "../base/bucket.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { Envelopes as Seals, Opened } from "../chat/envelopes.ts";
import { openEnvelope, sealEnvelope } from "../crypto/envelope.ts";
import type { Identity } from "../crypto/identity.ts";
import type { Card } from "../wire/card.ts";
import type { SealedRuns } from "../wire/envelope.ts";
import type { Pins } from "./pins.ts";
import { isPinned, type Roster } from "./roster.ts";

/** Authors of whom nobody has told before: at once, then so many a minute. */
const NEW_AUTHORS_BURST = 16;
const NEW_AUTHORS_PER_MINUTE = 4;

export interface EnvelopesOptions {
  readonly now: number;
  readonly random: Random;
  readonly identity: Identity;
  readonly roster: Roster;
  readonly pins: Pins;
  /** One's own. */
  readonly card: Card;
}

/** Seals for those whose keys are pinned, and learns who has sealed for us. */
export class Envelopes implements Seals {
  readonly #options: EnvelopesOptions;
  readonly #newAuthors: TokenBucket;

  constructor(options: EnvelopesOptions) {
    this.#options = options;
    this.#newAuthors = new TokenBucket(options.now, NEW_AUTHORS_PER_MINUTE / 60, NEW_AUTHORS_BURST);
  }

  readonly seal = (recipient: PeerId, runs: SealedRuns): Uint8Array | undefined => {
    const { random, identity, roster, card } = this.#options;
    const person = roster.get(recipient);
    if (person === undefined || !isPinned(person)) return undefined;
    const options = { random, staticKey: identity.noise, recipient: person.card.noiseKey };
    return sealEnvelope({ card, ...runs }, options);
  };

  readonly open = (now: number, envelope: Uint8Array): Opened | "never" | "later" => {
    const { identity, roster, pins } = this.#options;
    const contents = openEnvelope(envelope, identity.noise);
    if (contents === undefined) return "never";
    const { card, ...runs } = contents;
    const author = card.peerId;
    const isNew = roster.get(author) === undefined;
    if (isNew && !this.#newAuthors.take(now)) return "later";
    const person = roster.learn(card);
    // A key that its owner has replaced seals nothing any more.
    if (!equalBytes(person.card.noiseKey, card.noiseKey)) return "never";
    if (isNew) pins.onNamed(person);
    return { author, ...runs };
  };
}
