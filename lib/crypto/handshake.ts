import { assert } from "../base/assert.ts";
import { concatBytes, Reader } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { isNoiseKey, NOISE_KEY_BYTES } from "../wire/keys.ts";
import { dh, type DhKeyPair, generateDhKeyPair } from "./primitives.ts";
import { SymmetricState } from "./symmetric.ts";
import { type SealObserver, TransportKey } from "./transport.ts";

/** Noise §7.1. Of two letters the first is the initiator's key, the second the responder's. */
export type Token = "e" | "s" | DhToken;
type DhToken = "ee" | "es" | "se" | "ss";

/** A handshake as data. */
export interface Pattern {
  /** The full Noise name; both sides hash it first. */
  readonly protocol: string;
  /** Whose static keys are known to the other side beforehand; the initiator's comes first. */
  readonly preMessages: readonly ("initiator" | "responder")[];
  /** The initiator writes the first message, and the two take turns. */
  readonly messages: readonly (readonly Token[])[];
}

export interface HandshakeOptions {
  readonly pattern: Pattern;
  readonly initiator: boolean;
  /** What both sides must agree on although it is not sent here. */
  readonly prologue: Uint8Array;
  readonly random: Random;
  readonly staticKey?: DhKeyPair;
  /** Must satisfy `isNoiseKey`. */
  readonly remoteStatic?: Uint8Array;
  /** In place of a random one: for public vectors. */
  readonly ephemeral?: DhKeyPair;
}

/** What a finished handshake leaves behind. */
export interface HandshakeResult {
  readonly send: TransportKey;
  readonly receive: TransportKey;
  /** For what is said in the clear beside the last message. 32 bytes. */
  readonly tagKey: Uint8Array;
  /** Noise §11.2: the same on both sides and unique to this session. 32 bytes. */
  readonly hash: Uint8Array;
}

/** The HandshakeState of Noise §5.3, without fallback or pre-shared keys. */
export class Handshake {
  readonly #pattern: Pattern;
  readonly #initiator: boolean;
  readonly #random: Random;
  readonly #staticKey: DhKeyPair | undefined;
  #ephemeral: DhKeyPair | undefined;
  #remote: RemoteKeys;
  #symmetric: SymmetricState;
  #done = 0;

  constructor(options: HandshakeOptions) {
    const { pattern, initiator, staticKey, remoteStatic } = options;
    assert(remoteStatic === undefined || isNoiseKey(remoteStatic), "a remote key is usable");
    this.#pattern = pattern;
    this.#initiator = initiator;
    this.#random = options.random;
    this.#staticKey = staticKey;
    this.#ephemeral = options.ephemeral;
    this.#remote = { ephemeral: undefined, static: remoteStatic };
    this.#symmetric = new SymmetricState(pattern.protocol);
    this.#symmetric.mixHash(options.prologue);
    for (const role of pattern.preMessages) {
      const own = (role === "initiator") === initiator;
      const key = own ? staticKey?.publicKey : remoteStatic;
      assert(key !== undefined, "the keys of the pre-messages are known");
      this.#symmetric.mixHash(key);
    }
  }

  /** The other side's static key as far as it is known; authenticated once `finished`. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remote.static;
  }

  get remoteEphemeral(): Uint8Array | undefined {
    return this.#remote.ephemeral;
  }

  get finished(): boolean {
    return this.#done === this.#pattern.messages.length;
  }

  /** The next message. Send the same bytes again rather than ask for it again. */
  writeMessage(payload: Uint8Array): Uint8Array {
    const tokens = this.#pattern.messages[this.#done];
    assert(tokens !== undefined && this.#isOwnTurn, "it is this side's turn to write");
    const symmetric = this.#symmetric;
    const parts: Uint8Array[] = [];
    for (const token of tokens) {
      switch (token) {
        case "e":
          this.#ephemeral ??= generateDhKeyPair(this.#random);
          symmetric.mixHash(this.#ephemeral.publicKey);
          parts.push(this.#ephemeral.publicKey);
          break;
        case "s":
          assert(this.#staticKey !== undefined, "a side that sends a static key has one");
          parts.push(symmetric.encryptAndHash(this.#staticKey.publicKey));
          break;
        case "ee":
        case "es":
        case "se":
        case "ss":
          symmetric.mixKey(this.#agree(token, this.#remote));
          break;
        default:
          token satisfies never;
      }
    }
    parts.push(symmetric.encryptAndHash(payload));
    this.#done++;
    return concatBytes(...parts);
  }

  /**
   * The payload of the next message. Returns undefined for bytes that are not that message, or when
   * none is due; the handshake is then where it was, and the true message may still come.
   */
  readMessage(bytes: Uint8Array): Uint8Array | undefined {
    const read = this.#read(bytes);
    if (read === undefined) return undefined;
    this.#symmetric = read.symmetric;
    this.#remote = read.remote;
    this.#done++;
    return read.payload;
  }

  /**
   * The payload of the last message and what it leaves behind, while the handshake stays where it
   * was: another last message may come. `observe` as for `split`.
   */
  readLast(bytes: Uint8Array, observe?: SealObserver): ReadLast | undefined {
    const isLast = this.#done === this.#pattern.messages.length - 1;
    const read = isLast ? this.#read(bytes) : undefined;
    return read && { payload: read.payload, result: this.#splitOf(read.symmetric, observe) };
  }

  /** Once, when finished. `observe` is told of every packet sealed with the sending key. */
  split(observe?: SealObserver): HandshakeResult {
    assert(this.finished, "only a finished handshake is split");
    return this.#splitOf(this.#symmetric, observe);
  }

  #read(bytes: Uint8Array): Read | undefined {
    const tokens = this.#pattern.messages[this.#done];
    if (tokens === undefined || this.#isOwnTurn) return undefined;
    const symmetric = this.#symmetric.copy();
    const reader = new Reader(bytes);
    const remote = { ...this.#remote };
    for (const token of tokens) {
      switch (token) {
        case "e": {
          const key = new Uint8Array(reader.bytes(NOISE_KEY_BYTES));
          if (!isNoiseKey(key)) return undefined;
          symmetric.mixHash(key);
          remote.ephemeral = key;
          break;
        }
        case "s": {
          const sealed = reader.bytes(NOISE_KEY_BYTES + symmetric.overhead);
          const key = symmetric.decryptAndHash(sealed);
          if (key === undefined || !isNoiseKey(key)) return undefined;
          remote.static = key;
          break;
        }
        case "ee":
        case "es":
        case "se":
        case "ss":
          symmetric.mixKey(this.#agree(token, remote));
          break;
        default:
          token satisfies never;
      }
    }
    const payload = symmetric.decryptAndHash(reader.rest());
    return payload && { payload, symmetric, remote };
  }

  #splitOf(symmetric: SymmetricState, observe: SealObserver | undefined): HandshakeResult {
    const { initiator, responder, tagKey, hash } = symmetric.split();
    const [own, other] = this.#initiator ? [initiator, responder] : [responder, initiator];
    const [send, receive] = [new TransportKey(own, observe), new TransportKey(other)];
    return { send, receive, tagKey, hash };
  }

  get #isOwnTurn(): boolean {
    return (this.#done % 2 === 0) === this.#initiator;
  }

  #agree(token: DhToken, remote: RemoteKeys): Uint8Array {
    const [initiators, responders] = token;
    const [own, other] = this.#initiator ? [initiators, responders] : [responders, initiators];
    const pair = own === "e" ? this.#ephemeral : this.#staticKey;
    const key = other === "e" ? remote.ephemeral : remote.static;
    assert(pair !== undefined && key !== undefined, "a pattern agrees on keys that are there");
    const secret = dh(pair, key);
    assert(secret !== undefined, "a remote key was looked at when it came");
    return secret;
  }
}

/** A last message that was read: see `readLast`. */
export interface ReadLast {
  readonly payload: Uint8Array;
  readonly result: HandshakeResult;
}

/** A message that was read, and where the handshake is after it. */
interface Read {
  readonly payload: Uint8Array;
  readonly symmetric: SymmetricState;
  readonly remote: RemoteKeys;
}

interface RemoteKeys {
  ephemeral: Uint8Array | undefined;
  static: Uint8Array | undefined;
}
