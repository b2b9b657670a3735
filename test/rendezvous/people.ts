import { type Address, parseAddress } from "../../lib/base/address.ts";
import { Writer } from "../../lib/base/bytes.ts";
import { peerIdOf } from "../../lib/base/ids.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { Directory, DirectoryOutput } from "../../lib/rendezvous/directory.ts";
import type { LogLine } from "../../lib/rendezvous/logline.ts";
import type { Card } from "../../lib/wire/card.ts";
import { TOPIC_BYTES } from "../../lib/wire/limits.ts";
import type { RendezvousAnswer, RendezvousRequest } from "../../lib/wire/rendezvous.ts";

export const START = 1_700_000_000_000;

export function addr(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`Cannot read ${text}: not an address`);
  return address;
}

/** The same card for the same seed and name; nobody here looks at its signature. */
export function cardOf(seed: number, name = `p${seed}`, serial = 1): Card {
  const peerId = peerIdOf(sha256(new Writer().u32(seed).finish()));
  const noiseKey = new Writer(32).zeros(27).u8(9).u32(seed).finish().toReversed();
  return { peerId, noiseKey, name, serial, signature: new Uint8Array(64) };
}

export function topic(seed: number): Uint8Array {
  return sha256(new Writer().u32(seed).u8(2).finish()).slice(0, TOPIC_BYTES);
}

/** A public address of its own for every number below 2^24. */
export function publicAddress(seed: number): Address {
  return addr(`20.${(seed >> 16) & 255}.${(seed >> 8) & 255}.${seed & 255}:4000`);
}

/** A directory with the plumbing that a server has around it. */
export class Desk {
  readonly #directory: Directory;
  now = START;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** Opens a session and registers; all that the server said to it and to others. */
  enter(card: Card, observed: Address, options: Partial<Registration> = {}): DirectoryOutput[] {
    this.#directory.onOpened(this.now, { card, observed });
    return this.ask(card, { kind: "register", candidates: [], topics: [], ...options });
  }

  ask(card: Card, request: RendezvousRequest): DirectoryOutput[] {
    this.#directory.handleRequest(this.now, card.peerId, request);
    return this.drain();
  }

  drain(): DirectoryOutput[] {
    const outputs: DirectoryOutput[] = [];
    for (let output = this.#directory.pollOutput(); output !== undefined;) {
      outputs.push(output);
      output = this.#directory.pollOutput();
    }
    return outputs;
  }
}

interface Registration {
  readonly candidates: readonly Address[];
  readonly topics: readonly Uint8Array[];
  readonly nat: Uint8Array;
}

export function logs(outputs: readonly DirectoryOutput[]): LogLine[] {
  return outputs.filter((output) => output.kind === "log");
}

export function answersTo(outputs: readonly DirectoryOutput[], card: Card): RendezvousAnswer[] {
  const answers = outputs.filter((output) => output.kind === "answer");
  return answers.filter(({ to }) => to === card.peerId).map(({ answer }) => answer);
}

/** Who was introduced, as "to<about", in order. */
export function introductions(outputs: readonly DirectoryOutput[]): string[] {
  const found: string[] = [];
  for (const output of outputs) {
    if (output.kind !== "answer" || output.answer.kind !== "introduction") continue;
    found.push(`${output.to.slice(0, 8)}<${output.answer.card.peerId.slice(0, 8)}`);
  }
  return found;
}

/** What `introductions` yields for one introduction: the target's half, then the asker's. */
export function bothHalves(asker: Card, target: Card): string[] {
  const [a, b] = [asker.peerId.slice(0, 8), target.peerId.slice(0, 8)];
  return [`${b}<${a}`, `${a}<${b}`];
}
