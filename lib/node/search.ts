import type { PeerId } from "../base/ids.ts";
import type { Members } from "./members.ts";
import type { ServerLink } from "./serverlink.ts";

/** Whom this client looks for: it asks the server, and the members of its rooms. */
export class Search {
  readonly #server: ServerLink;
  readonly #members: Members;

  constructor(server: ServerLink, members: Members) {
    this.#server = server;
    this.#members = members;
  }

  /** Until `unseek`. Who has just been introduced is asked for a little later. */
  seek(now: number, peerId: PeerId, isIntroduced = false): void {
    this.#server.seek(now, peerId, isIntroduced);
    this.#members.seek(now, peerId);
  }

  /** What was tried before says nothing of what is now. */
  restart(now: number, peerId: PeerId, isIntroduced = false): void {
    this.unseek(peerId);
    this.seek(now, peerId, isIntroduced);
  }

  unseek(peerId: PeerId): void {
    this.#server.unseek(peerId);
    this.#members.unseek(peerId);
  }
}
