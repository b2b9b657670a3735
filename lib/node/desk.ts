import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { ChatEvent } from "../chat/events.ts";
import { Addressees } from "./addressees.ts";
import { AmendDesk } from "./amenddesk.ts";
import { Archive } from "./archive.ts";
import type { PeerCommand } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import type { PeerEvent, PeerPath, Req } from "./events.ts";
import { Mailroom } from "./mailroom.ts";
import { Moves } from "./moves.ts";
import { OutboxDesk } from "./outboxdesk.ts";
import { Originals } from "./originals.ts";
import { PersonDesk } from "./persondesk.ts";
import type { Pins } from "./pins.ts";
import type { Presence, PresenceOutput } from "./presence.ts";
import { PresenceDesk } from "./presencedesk.ts";
import { type Outcome, Questions } from "./questions.ts";
import { ReadDesk } from "./readdesk.ts";
import { RoomDesk } from "./roomdesk.ts";
import type { Roster } from "./roster.ts";
import type { Search } from "./search.ts";
import type { ServerLink } from "./serverlink.ts";
import type { Tellings } from "./tellings.ts";
import { TrustDesk } from "./trustdesk.ts";
import type { VerificationOutput, Verifications } from "./verification.ts";

export interface DeskOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly search: Search;
  readonly endpoint: Endpoint;
  readonly verifications: Verifications;
  readonly pins: Pins;
  readonly presence: Presence;
  readonly tellings: Tellings;
  readonly report: (event: PeerEvent) => void;
  /** Reports how somebody is reached, or why not. */
  readonly explain: (now: number, peerId: PeerId, req: Req) => void;
  /** How somebody is reached now; null for who is not. */
  readonly pathTo: (peerId: PeerId) => PeerPath | null;
  /** What may be sent to this one, or may be no more, has changed. */
  readonly onJudged: (now: number, peerId: PeerId) => void;
}

/** Where a client's commands come in: each goes to those who answer its kind. */
export class Desk {
  readonly archive: Archive;
  readonly outbox: OutboxDesk;
  readonly #options: DeskOptions;
  readonly #moves: Moves;
  readonly #questions: Questions;
  readonly #mailroom: Mailroom;
  readonly #rooms: RoomDesk;
  readonly #people: PersonDesk;
  readonly #trust: TrustDesk;
  readonly #presence: PresenceDesk;
  readonly #amend: AmendDesk;
  readonly #read: ReadDesk;

  constructor(options: DeskOptions) {
    this.#options = options;
    const addressees = new Addressees(options);
    this.#questions = new Questions({ ...options, addressees });
    this.#moves = new Moves(options.me);
    const originals = new Originals({ ...options, moves: this.#moves });
    const questions = this.#questions;
    this.#mailroom = new Mailroom({ ...options, addressees, questions, originals });
    this.#rooms = new RoomDesk({ ...options, addressees });
    this.#people = new PersonDesk({ ...options, addressees });
    this.#trust = new TrustDesk({ ...options, addressees });
    this.archive = new Archive({ ...options, addressees });
    this.outbox = new OutboxDesk({ ...options, addressees });
    this.#presence = new PresenceDesk({ ...options, addressees });
    this.#amend = new AmendDesk({ ...options, addressees, originals });
    this.#read = new ReadDesk({ ...options, addressees });
  }

  handleCommand(now: number, asked: Exclude<PeerCommand, { type: "pace" | "quit" }>): void {
    const command = this.#moves.renamed(asked);
    switch (command.type) {
      case "send":
        return this.#mailroom.send(now, command);
      case "list":
        return this.#questions.list(now, command);
      case "peer":
        return this.#questions.peer(now, command);
      case "punch":
        return this.#questions.punch(now, command);
      case "register":
        return this.#questions.register(now, command);
      case "join":
        if (this.#rooms.join(now, command)) this.#mailroom.onJoined(now);
        return;
      case "new":
        if (this.#rooms.create(now, command)) this.#mailroom.onJoined(now);
        return;
      case "leave":
        return this.#rooms.leave(now, command);
      case "invite":
        return this.#rooms.invite(command);
      case "rooms":
        return this.#rooms.rooms(now, command);
      case "who":
        return this.#rooms.who(command);
      case "history":
        return this.archive.history(command);
      case "retain":
        return this.archive.retain(command);
      case "search":
        return this.archive.search(command);
      case "outbox":
        return this.archive.outbox(command);
      case "cancel":
        return this.outbox.cancel(command);
      case "why":
      case "whois":
      case "retry":
        return this.#people.handleCommand(now, command);
      case "verify":
        return this.#trust.verify(now, command);
      case "trust":
        return this.#trust.trust(now, command);
      case "block":
      case "unblock":
        return this.#trust.block(now, command);
      case "edit":
        return this.#amend.edit(command);
      case "delete":
        return this.#amend.delete(command);
      case "react":
        return this.#amend.react(command);
      case "topic":
        return this.#amend.topic(now, command);
      case "read":
        return this.#read.read(command);
      case "unread":
        return this.#read.unread(command);
      case "presence":
        return this.#presence.presence(command);
      case "typing":
        return this.#presence.typing(now, command);
      default:
        return command satisfies never;
    }
  }

  /** Tells of those who came under a name that is somebody else's. */
  tellSuspects(now: number): void {
    this.#trust.tellSuspects(now);
  }

  onPresence(output: PresenceOutput): void {
    this.#presence.onPresence(output);
  }

  onVerification(output: VerificationOutput): void {
    this.#trust.onVerification(output);
  }

  handleTimeout(now: number): void {
    this.#mailroom.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.#mailroom.pollTimeout();
  }

  onIntroduced(now: number, peerId: PeerId): void {
    this.#mailroom.onIntroduced(now, peerId);
  }

  /** A server answers, for the first time or again. */
  onServer(now: number): void {
    this.#mailroom.onServer(now);
  }

  /** A peer is met, gone, or out of reach for now. */
  onSettled(now: number, peerId: PeerId): void {
    this.#mailroom.onSettled(now, peerId);
  }

  /** Says now what would wait. */
  onLeaving(now: number): void {
    this.#mailroom.onLeaving(now);
    this.#amend.onLeaving(now);
  }

  /** Somebody is not registered: looked for on only while something waits for them. */
  onUnknown(_now: number, peerId: PeerId): void {
    const { chat, server } = this.#options;
    if (!chat.hasWaiting(peerId)) server.unseek(peerId);
  }

  onOutcome(now: number, outcome: Outcome): void {
    const found = this.#questions.onOutcome(outcome);
    if (found !== undefined) this.#mailroom.onFound(now, found);
  }

  onChatEvent(_now: number, event: ChatEvent): void {
    if (event.kind === "moved") {
      this.#moves.onMoved(event);
      this.#options.tellings.pass(() => this.#moves.onTold());
    } else if (event.kind === "withdrawn") this.outbox.onWithdrawn(event);
    else if (event.kind === "unread") this.#read.onUnread(event);
    else if (event.kind === "unmarked") this.#read.onUnmarked(event);
    else this.#questions.onChatEvent(event);
  }
}
