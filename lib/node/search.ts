import type { PeerId } from "../base/ids.ts";
import type { Members } from "./members.ts";
import type { Recalls } from "./recalls.ts";
import type { ServerLink } from "./serverlink.ts";

/** What it asks. */
export interface SearchOptions {
  readonly server: ServerLink;
  readonly members: Members;
  readonly recalls: Recalls;
}

/**
 * Whom this client looks for: it asks the server, and the members of its rooms, and where neither
 * helps it calls them where they were last.
 */
export class Search {
  readonly #server: ServerLink;
  readonly #members: Members;
  readonly #recalls: Recalls;

  constructor({ server, members, recalls }: SearchOptions) {
    this.#server = server;
    this.#members = members;
    this.#recalls = recalls;
  }

  /** Until `unseek`. Who has just been introduced is asked for a little later. */
  seek(now: number, peerId: PeerId, isIntroduced = false): void {
    this.#server.seek(now, peerId, isIntroduced);
    this.#members.seek(now, peerId);
    this.#recalls.begin(now, peerId);
  }

  /** What was tried before says nothing of what is now. */
  restart(now: number, peerId: PeerId, isIntroduced = false): void {
    this.unseek(peerId);
    this.seek(now, peerId, isIntroduced);
  }

  unseek(peerId: PeerId): void {
    this.#server.unseek(peerId);
    this.#members.unseek(peerId);
    this.#recalls.end(peerId);
  }
}
