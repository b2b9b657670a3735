import type { PeerId } from "../base/ids.ts";
import type { Outputs } from "./outputs.ts";

/** Questions open to one peer; of more, the oldest counts as lost. */
export const PUNCHES_MAX = 64;

/** The reachability question: how long a peer takes to say `punched`. */
export class Punches {
  readonly #outputs: Outputs;
  /** When each was asked, by token, oldest first. */
  readonly #asked = new Map<PeerId, Map<number, number>>();
  #lastToken = 0;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  onPeerOpen(peer: PeerId): void {
    this.#asked.set(peer, new Map());
  }

  onPeerClosed(peer: PeerId): void {
    for (const token of this.#asked.get(peer)?.keys() ?? []) this.#lose(peer, token);
    this.#asked.delete(peer);
  }

  /** The question's token. Toward a peer that is not open it is lost at once. */
  ask(now: number, peer: PeerId): number {
    this.#lastToken = (this.#lastToken + 1) >>> 0;
    const token = this.#lastToken;
    const asked = this.#asked.get(peer);
    if (asked === undefined) {
      this.#lose(peer, token);
      return token;
    }
    asked.set(token, now);
    this.#outputs.send(peer, { kind: "punch", token });
    if (asked.size > PUNCHES_MAX) {
      const [oldest = token] = asked.keys();
      asked.delete(oldest);
      this.#lose(peer, oldest);
    }
    return token;
  }

  handlePunch(peer: PeerId, token: number): void {
    this.#outputs.send(peer, { kind: "punched", token });
  }

  handlePunched(now: number, peer: PeerId, token: number): void {
    const asked = this.#asked.get(peer);
    const askedAtMs = asked?.get(token);
    if (askedAtMs === undefined) return;
    asked?.delete(token);
    this.#outputs.event({ kind: "punched", peer, token, rttMs: now - askedAtMs });
  }

  #lose(peer: PeerId, token: number): void {
    this.#outputs.event({ kind: "unpunched", peer, token });
  }
}
