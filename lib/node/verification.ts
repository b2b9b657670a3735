import { equalBytes } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import { commitmentTo, type Comparison, picturesOf } from "../crypto/shortauth.ts";
import type { AsideMessage } from "../wire/aside.ts";
import { SAS_NONCE_BYTES } from "../wire/limits.ts";

/** What two say to each other for it. */
export type VerificationMessage = Extract<
  AsideMessage,
  { kind: "compare" | "agree" | "reveal" | "verdict" }
>;

/** What becomes of a comparison, and what is to be said for it. */
export type VerificationOutput =
  | { readonly kind: "send"; readonly peer: PeerId; readonly message: VerificationMessage }
  /** The other person wants to compare: nothing is shown before the one here does too. */
  | { readonly kind: "asked"; readonly peer: PeerId }
  /** Seven numbers below 64: what both see, if nobody stands between them. */
  | { readonly kind: "pictures"; readonly peer: PeerId; readonly pictures: readonly number[] }
  /** What was revealed is not what was committed to. */
  | { readonly kind: "broken"; readonly peer: PeerId }
  /** The other person has compared. */
  | { readonly kind: "verdict"; readonly peer: PeerId; readonly isSame: boolean };

type Step =
  /** The person here wants to, the other's has not answered. */
  | { readonly at: "offered"; readonly nonce: Uint8Array }
  /** The other's wants to, the person here has not answered. */
  | { readonly at: "asked"; readonly commitment: Uint8Array }
  /** Both want to; what the other has committed to is still to be shown. */
  | { readonly at: "agreed"; readonly nonce: Uint8Array; readonly commitment: Uint8Array }
  /** `isAnswered`: the other has compared. */
  | { readonly at: "shown"; readonly pictures: readonly number[]; readonly isAnswered: boolean }
  /** The person here has compared, the other has not. */
  | { readonly at: "concluded" };

/**
 * Comparisons of seven pictures with those whose session is open, one at a time with each. Every
 * one takes a command of both persons, so that nobody can try again and again unseen.
 */
export class Verifications {
  readonly #me: PeerId;
  readonly #random: Random;
  readonly #steps = new Map<PeerId, Step>();
  readonly #outputs = new Queue<VerificationOutput>();

  constructor(me: PeerId, random: Random) {
    this.#me = me;
    this.#random = random;
  }

  /** What is to be compared with this one, once both have wanted it. */
  pictures(peer: PeerId): readonly number[] | undefined {
    const step = this.#steps.get(peer);
    return step?.at === "shown" ? step.pictures : undefined;
  }

  /** The person here wants to compare; the session with the other is open. */
  begin(peer: PeerId): void {
    const step = this.#steps.get(peer);
    const nonce = this.#random(SAS_NONCE_BYTES);
    if (step?.at === "asked") {
      this.#agree(peer, nonce, step.commitment);
    } else if (step?.at === undefined || step.at === "shown" || step.at === "concluded") {
      this.#steps.set(peer, { at: "offered", nonce });
      this.#send(peer, { kind: "compare", commitment: commitmentTo(nonce) });
    }
  }

  /** The person here has compared. */
  conclude(peer: PeerId, isSame: boolean): void {
    const step = this.#steps.get(peer);
    if (step?.at !== "shown") return;
    if (step.isAnswered) this.#steps.delete(peer);
    else this.#steps.set(peer, { at: "concluded" });
    this.#send(peer, { kind: "verdict", isSame });
  }

  onClosed(peer: PeerId): void {
    this.#steps.delete(peer);
  }

  handleMessage(peer: PeerId, message: VerificationMessage): void {
    const step = this.#steps.get(peer);
    switch (message.kind) {
      case "compare":
        return this.#onCompare(peer, step, message.commitment);
      case "agree":
        return this.#onAgree(peer, step, message.nonce);
      case "reveal":
        return this.#onReveal(peer, step, message.nonce);
      case "verdict":
        return this.#onVerdict(peer, step, message.isSame);
      default:
        return message satisfies never;
    }
  }

  pollOutput(): VerificationOutput | undefined {
    return this.#outputs.shift();
  }

  /** Of two offers that cross, that of the lower identity stands. */
  #onCompare(peer: PeerId, step: Step | undefined, commitment: Uint8Array): void {
    if (step?.at === "offered") {
      if (peer < this.#me) this.#agree(peer, this.#random(SAS_NONCE_BYTES), commitment);
      return;
    }
    this.#steps.set(peer, { at: "asked", commitment });
    if (step?.at !== "asked") this.#outputs.push({ kind: "asked", peer });
  }

  #onAgree(peer: PeerId, step: Step | undefined, theirs: Uint8Array): void {
    if (step?.at !== "offered") return;
    this.#send(peer, { kind: "reveal", nonce: step.nonce });
    this.#show(peer, {
      initiator: this.#me,
      responder: peer,
      initiatorNonce: step.nonce,
      responderNonce: theirs,
    });
  }

  #onReveal(peer: PeerId, step: Step | undefined, theirs: Uint8Array): void {
    if (step?.at !== "agreed") return;
    if (!equalBytes(commitmentTo(theirs), step.commitment)) {
      this.#steps.delete(peer);
      this.#outputs.push({ kind: "broken", peer });
      return;
    }
    this.#show(peer, {
      initiator: peer,
      responder: this.#me,
      initiatorNonce: theirs,
      responderNonce: step.nonce,
    });
  }

  /** Nobody is told twice, or of what was never shown to both, that it matches. */
  #onVerdict(peer: PeerId, step: Step | undefined, isSame: boolean): void {
    if (step?.at === "concluded") this.#steps.delete(peer);
    else if (step?.at !== "shown" || step.isAnswered) return;
    else this.#steps.set(peer, { ...step, isAnswered: true });
    this.#outputs.push({ kind: "verdict", peer, isSame });
  }

  #agree(peer: PeerId, nonce: Uint8Array, commitment: Uint8Array): void {
    this.#steps.set(peer, { at: "agreed", nonce, commitment });
    this.#send(peer, { kind: "agree", nonce });
  }

  #show(peer: PeerId, comparison: Comparison): void {
    const pictures = picturesOf(comparison);
    this.#steps.set(peer, { at: "shown", pictures, isAnswered: false });
    this.#outputs.push({ kind: "pictures", peer, pictures });
  }

  #send(peer: PeerId, message: VerificationMessage): void {
    this.#outputs.push({ kind: "send", peer, message });
  }
}
