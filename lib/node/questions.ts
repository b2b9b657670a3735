import type { ChatEvent } from "../chat/events.ts";
import type { Chat } from "../chat/chat.ts";
import type { RegistrarEvent } from "../rendezvous/registrar.ts";
import type { ListingEntry } from "../wire/rendezvous.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import { equivocationOf } from "./equivocations.ts";
import { type Listed, listedOf, type PeerEvent, type Req, roundedMs } from "./events.ts";
import type { Roster } from "./roster.ts";
import type { ServerLink } from "./serverlink.ts";
import type { PersonTarget } from "./target.ts";

/** What the server says to a question. */
export type Outcome = Exclude<RegistrarEvent, { type: "registered" | "introduced" | "unknown" }>;

/** What the server was asked for. */
type Asked =
  | { readonly kind: "list" | "peer" | "punch"; readonly req: Req }
  | { readonly kind: "name"; readonly target: PersonTarget };

/** Those who bear a name, as the server has it. */
export interface NameFound {
  readonly target: PersonTarget;
  readonly entries: readonly ListingEntry[];
}

export interface QuestionsOptions {
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly endpoint: Endpoint;
  readonly addressees: Addressees;
  readonly report: (event: PeerEvent) => void;
}

/** What is asked of the server, and of peers whether they are there, until it is answered. */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #asked = new Map<number, Asked>();
  /** Punches of peers, by their token and peer. */
  readonly #punches = new Map<string, Req>();
  #lastToken = 0;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  list(now: number, { req }: CommandOf<"list">): void {
    this.#options.server.list(now, this.#ask({ kind: "list", req }));
  }

  peer(now: number, { req, number }: CommandOf<"peer">): void {
    this.#options.server.peer(now, this.#ask({ kind: "peer", req }), number);
  }

  register(now: number, { req }: CommandOf<"register">): void {
    const { server, endpoint, addressees, report } = this.#options;
    if (server.connection === undefined && !endpoint.meetAgain(now)) {
      addressees.fail(req, "NO_SERVER", "No server is known");
    } else report({ type: "reply", req, command: "register", isRegistered: server.isRegistered });
  }

  punch(now: number, { req, to }: CommandOf<"punch">): void {
    const { server, chat, endpoint, roster, addressees } = this.#options;
    if (to === null) {
      server.punch(now, this.#ask({ kind: "punch", req }));
      return;
    }
    const peer = addressees.person(req, to, "A punch goes to @name or @name~id");
    if (peer === undefined) return;
    if (endpoint.connectionTo(peer) === undefined) {
      addressees.fail(req, "NO_PATH", `${roster.label(peer)} is not connected`);
    } else this.#punches.set(`${peer} ${chat.punch(now, peer)}`, req);
  }

  /** Who bears this name: `onOutcome` tells. */
  findName(now: number, target: PersonTarget): void {
    const { server } = this.#options;
    if (server.connection === undefined) return;
    server.find(now, this.#ask({ kind: "name", target }), target);
  }

  /** Answers who asked; what was found for `findName` is handed back. */
  onOutcome(outcome: Outcome): NameFound | undefined {
    const asked = this.#asked.get(outcome.token);
    this.#asked.delete(outcome.token);
    if (asked === undefined) return undefined;
    if (asked.kind !== "name") this.#answer(asked.req, outcome);
    else if (outcome.type === "found") return { target: asked.target, entries: outcome.entries };
    return undefined;
  }

  onChatEvent(event: ChatEvent): void {
    if (event.kind !== "punched" && event.kind !== "unpunched") return;
    const key = `${event.peer} ${event.token}`;
    const req = this.#punches.get(key);
    if (req === undefined) return;
    this.#punches.delete(key);
    const { roster, addressees, report } = this.#options;
    const who = roster.who(event.peer);
    if (event.kind === "unpunched") {
      addressees.fail(req, "NO_PATH", `${roster.label(event.peer)} went away before it answered`);
      return;
    }
    const rttMs = roundedMs(event.rttMs);
    report({ type: "reply", req, command: "punch", who, rttMs });
  }

  /** What the server says of somebody, and what is known of them here. */
  #listed(entry: ListingEntry): Listed {
    return { ...listedOf(entry), ...equivocationOf(entry.peerId, this.#options) };
  }

  #answer(req: Req, outcome: Outcome): void {
    const { report, server } = this.#options;
    switch (outcome.type) {
      case "listed": {
        const clients = outcome.entries.map((entry) => this.#listed(entry));
        return report({ type: "reply", req, command: "list", clients });
      }
      case "found":
        for (const entry of outcome.entries) {
          report({ type: "reply", req, command: "peer", client: this.#listed(entry) });
        }
        return;
      case "punched": {
        const { who } = server;
        const rttMs = roundedMs(outcome.rttMs);
        if (who !== undefined) report({ type: "reply", req, command: "punch", who, rttMs });
        return;
      }
      case "failed":
        return this.#onFailed(req, outcome.reason);
      default:
        return outcome satisfies never;
    }
  }

  #ask(asked: Asked): number {
    const token = ++this.#lastToken;
    this.#asked.set(token, asked);
    return token;
  }

  #onFailed(req: Req, reason: "no-server" | "timeout" | "no-such-number"): void {
    const { addressees } = this.#options;
    switch (reason) {
      case "no-server":
        return addressees.fail(req, "NO_SERVER", "No server is connected");
      case "timeout":
        return addressees.fail(req, "NO_SERVER", "The server did not answer");
      case "no-such-number":
        return addressees.fail(req, "NO_PEER", "No client has this number: /list shows all");
      default:
        return reason satisfies never;
    }
  }
}
