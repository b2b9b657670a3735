import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import type { PeerEvent, PeerPath, Req } from "./events.ts";
import { memberOf } from "./member.ts";
import type { Presence } from "./presence.ts";
import type { Roster } from "./roster.ts";
import type { Search } from "./search.ts";

export interface PersonDeskOptions {
  readonly chat: Chat;
  readonly roster: Roster;
  readonly presence: Presence;
  readonly endpoint: Endpoint;
  readonly search: Search;
  readonly addressees: Addressees;
  /** Reports how somebody is reached, or why not. */
  readonly explain: (now: number, peerId: PeerId, req: Req) => void;
  /** How somebody is reached now; null for who is not. */
  readonly pathTo: (peerId: PeerId) => PeerPath | null;
  readonly report: (event: PeerEvent) => void;
}

/** Where it is asked who somebody is and how they are reached, and they are looked for again. */
export class PersonDesk {
  readonly #options: PersonDeskOptions;

  constructor(options: PersonDeskOptions) {
    this.#options = options;
  }

  handleCommand(now: number, command: CommandOf<"why" | "whois" | "retry">): void {
    switch (command.type) {
      case "why":
        return this.#why(now, command);
      case "whois":
        return this.#whois(command);
      case "retry":
        return this.#retry(now, command);
      default:
        return command satisfies never;
    }
  }

  #why(now: number, { req, to }: CommandOf<"why">): void {
    const peer = this.#asked(req, to);
    if (peer !== undefined) this.#options.explain(now, peer, req);
  }

  #whois({ req, to }: CommandOf<"whois">): void {
    const { chat, pathTo, report } = this.#options;
    const peer = this.#asked(req, to);
    if (peer === undefined) return;
    const member = memberOf(peer, this.#options);
    const shared = [...chat.rooms()].filter(([room]) => [...chat.members(room)].includes(peer));
    const rooms = shared.map(([, name]) => name).toSorted();
    report({ type: "reply", req, command: "whois", member, path: pathTo(peer), rooms });
  }

  #retry(now: number, { req, to }: CommandOf<"retry">): void {
    const { roster, endpoint, search, addressees, report } = this.#options;
    const peer = addressees.person(req, to, "Somebody is looked for as @name or @name~id");
    if (peer === undefined || addressees.failBarred(req, peer)) return;
    const isConnected = endpoint.connectionTo(peer) !== undefined;
    if (!isConnected) search.restart(now, peer);
    report({ type: "reply", req, command: "retry", who: roster.who(peer), isConnected });
  }

  #asked(req: Req, to: string): PeerId | undefined {
    return this.#options.addressees.person(req, to, "Somebody is asked about as @name or @name~id");
  }
}
