import type { PeerId } from "../../../base/ids.ts";
import type { View } from "../../../contract/view.ts";
import type { PeerEvent, PeerPath, WhoisEvent } from "../../../node/events.ts";
import type { WhyEvent } from "../../../node/whyevents.ts";
import type { Asking } from "../../talk/asking.ts";
import { RttHistory } from "./rtthistory.ts";

/** How often everybody who is connected is asked about, in ms, so that a graph has a past. */
const ROUND_MS = 10_000;

/** Those who are asked about in a round; of more, the rest have no past before they are shown. */
export const ROUND_MAX = 32;

/** How often somebody is asked about who is looked at, in ms; why they are reached, every third. */
const LOOK_MS = 2000;
const LOOKS_PER_WHY = 3;

/** What is known of somebody who is looked at. */
export interface About {
  readonly id: PeerId;
  readonly whois: WhoisEvent | undefined;
  readonly why: WhyEvent | undefined;
}

interface Watched {
  readonly asking: Asking;
  readonly view: View;
  /** Who is looked at, if anybody. */
  readonly watched: () => PeerId | undefined;
}

/** Asks again and again how people are reached, the one who is looked at more often than others. */
export class Rounds {
  readonly #parts: Watched;
  readonly rtts = new RttHistory();
  /** Nothing is asked for whom nobody sees. */
  isVisible = true;
  #about: About | undefined;
  #looks = 0;
  #lookAtMs = 0;
  #roundAtMs = Infinity;

  constructor(parts: Watched) {
    this.#parts = parts;
  }

  /** Of whoever is looked at now; nothing of others. */
  about(id: PeerId): About {
    return this.#about?.id === id ? this.#about : { id, whois: undefined, why: undefined };
  }

  handleEvent(now: number, event: PeerEvent): void {
    if (event.type === "ready") this.#begin(now);
    if (event.type !== "peer") return;
    const { who, state, path } = event;
    if (state === "connected" || this.rtts.of(who.id, now).length > 0) {
      this.#note(now, who.id, path);
    }
    if (who.id === this.#about?.id) this.#beginLooks(who.id);
  }

  handleTimeout(now: number): void {
    if (now >= this.#roundAtMs) this.#askRound(now);
    const id = this.#watched;
    if (id === undefined || now < this.#lookAt(id)) return;
    if (id !== this.#about?.id) this.#beginLooks(id);
    this.#look(now, id);
  }

  pollTimeout(): number {
    const id = this.#watched;
    return Math.min(this.#roundAtMs, id === undefined ? Infinity : this.#lookAt(id));
  }

  get #watched(): PeerId | undefined {
    return this.isVisible ? this.#parts.watched() : undefined;
  }

  /** At once for who was not looked at before. */
  #lookAt(id: PeerId): number {
    return id === this.#about?.id ? this.#lookAtMs : 0;
  }

  /** How somebody was reached by a node of before is of no account. */
  #begin(now: number): void {
    this.#roundAtMs = now;
    this.#about = undefined;
  }

  #beginLooks(id: PeerId): void {
    this.#about = this.about(id);
    this.#looks = 0;
    this.#lookAtMs = 0;
  }

  #askRound(now: number): void {
    this.#roundAtMs = now + ROUND_MS;
    const there = this.#parts.view.peopleCalled("#").filter(({ state }) => state === "connected");
    for (const { who } of there.slice(0, ROUND_MAX)) {
      if (who.id !== this.#watched) this.#askWhois(now, who.id);
    }
  }

  #look(now: number, id: PeerId): void {
    this.#lookAtMs = now + LOOK_MS;
    this.#askWhois(now, id);
    if (this.#looks % LOOKS_PER_WHY === 0) this.#askWhy(id);
    this.#looks += 1;
  }

  #askWhois(now: number, id: PeerId): void {
    const { asking } = this.#parts;
    const to = this.#placeOf(id);
    if (to === undefined) return;
    asking.ask(
      (req) => ({ type: "whois", req, to }),
      (whois) => {
        if (whois.command !== "whois" || whois.member.id !== id) return;
        this.#note(now, id, whois.member.state === "connected" ? whois.path : null);
        if (this.#about?.id === id) this.#about = { ...this.#about, whois };
      },
    );
  }

  #askWhy(id: PeerId): void {
    const to = this.#placeOf(id);
    if (to === undefined) return;
    this.#parts.asking.ask(
      (req) => ({ type: "why", req, to }),
      (why) => {
        if (why.command !== "why" || why.who.id !== id || this.#about?.id !== id) return;
        this.#about = { ...this.#about, why };
      },
    );
  }

  #placeOf(id: PeerId): string | undefined {
    const { view } = this.#parts;
    const who = view.person(id)?.who;
    return who && `@${view.nameOf(who)}`;
  }

  #note(now: number, id: PeerId, path: PeerPath | null): void {
    const rttMs = path === null || path.rttMs <= 0 ? undefined : path.rttMs;
    this.rtts.note(now, id, rttMs);
  }
}
