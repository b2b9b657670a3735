import type { PeerId, RoomId } from "../base/ids.ts";
import { parseRoomName } from "../base/text.ts";
import type { Chat } from "../chat/chat.ts";
import type { ErrorCode, PeerEvent, Req } from "./events.ts";
import { ambiguousWords, Namesakes } from "./namesakes.ts";
import type { Roster } from "./roster.ts";
import { formatTarget, parseTarget, type PersonTarget } from "./target.ts";

export interface AddresseesOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly report: (event: PeerEvent) => void;
}

/** Who and what is meant by the names in a command; says what is wrong where nothing is. */
export class Addressees {
  readonly #options: AddresseesOptions;

  constructor(options: AddresseesOptions) {
    this.#options = options;
  }

  /**
   * Everybody known here who is meant, oneself left out. Those who are blocked are meant only where
   * nobody else is: of two people of one name, whoever is let in is called by it.
   */
  find(target: PersonTarget): PeerId[] {
    const { roster } = this.#options;
    const all = this.#called(target);
    const welcome = all.filter((peerId) => !roster.isBlocked(peerId));
    return welcome.length > 0 ? welcome : all;
  }

  /** Whether only oneself is meant: a namesake never is by one's own name and id. */
  isMe(target: PersonTarget): boolean {
    const { me, roster } = this.#options;
    const found = roster.find(target);
    return found.length === 1 && found[0] === me;
  }

  /** The one person who is meant; says what is wrong where it is not just one. */
  person(req: Req, to: string, usage: string): PeerId | undefined {
    return this.#person(req, to, usage, (target) => this.find(target));
  }

  /** The same of those who are blocked, where some are. */
  blockedPerson(req: Req, to: string, usage: string): PeerId | undefined {
    return this.#person(req, to, usage, (target) => {
      const all = this.#called(target);
      const blocked = all.filter((peerId) => this.#options.roster.isBlocked(peerId));
      return blocked.length > 0 ? blocked : all;
    });
  }

  #called(target: PersonTarget): PeerId[] {
    const { me, roster } = this.#options;
    return roster.find(target).filter((peerId) => peerId !== me);
  }

  #person(
    req: Req,
    to: string,
    usage: string,
    find: (target: PersonTarget) => readonly PeerId[],
  ): PeerId | undefined {
    const target = parseTarget(to);
    if (target?.kind !== "person") {
      this.fail(req, "USAGE", usage);
      return undefined;
    }
    const [peer, ...others] = find(target);
    if (peer !== undefined && others.length === 0) return peer;
    if (peer !== undefined) this.failAmbiguous(req, target, [peer, ...others]);
    else if (!this.failOther(req, target)) {
      this.fail(req, "NO_PEER", `Nobody known here is ${formatTarget(target)}`);
    }
    return undefined;
  }

  /** True, and told, where nobody else is meant, and nobody else is to be looked for either. */
  failOther(req: Req, target: PersonTarget): boolean {
    const { roster } = this.#options;
    const former = roster.formerly(target);
    if (this.isMe(target)) this.fail(req, "USAGE", `You are ${target.name} yourself`);
    else if (former === undefined) return false;
    else {
      const label = roster.label(former);
      this.fail(req, "NO_PEER", `${formatTarget(target)} is called ${label} now: say @${label}`);
    }
    return true;
  }

  /** The room of this name that one is in. */
  room(text: string): RoomId | undefined {
    const name = parseRoomName(text);
    return name === undefined ? undefined : this.#options.chat.roomCalled(name);
  }

  /** The other one of a conversation of two. */
  otherIn(room: RoomId): PeerId | undefined {
    const { chat, roster } = this.#options;
    for (const peer of roster.ids()) if (chat.directRoom(peer) === room) return peer;
    return undefined;
  }

  /**
   * More than one is meant. Where one of them came under a name that was somebody else's, that is
   * said as well.
   */
  failAmbiguous(req: Req, target: PersonTarget, ids: readonly PeerId[]): void {
    const { roster } = this.#options;
    // A server may have told of some whose cards have not come yet.
    const names = new Namesakes(ids.length);
    for (const id of ids) names.note({ name: target.name, id });
    const labels = ids.map((id) => names.label({ name: target.name, id }));
    const words = ambiguousWords(target.name, labels);
    const isDoubted = (id: PeerId): boolean => roster.get(id)?.trust === "changed";
    const suspect = ids.find((id) => isDoubted(id) && !roster.isBlocked(id));
    if (suspect === undefined) return this.fail(req, "AMBIGUOUS", words);
    this.fail(req, "UNTRUSTED", `${words}; ${suspectWords(target.name, roster.label(suspect))}`);
  }

  /** True, and told, where nothing may be sent to somebody before the person here decides. */
  failBarred(req: Req, peerId: PeerId): boolean {
    const { roster } = this.#options;
    if (!roster.isBarred(peerId)) return false;
    const label = roster.label(peerId);
    if (roster.isBlocked(peerId)) {
      this.fail(req, "REFUSED", `You have blocked ${label}: /unblock ${label} ends that`);
    } else {
      const { name } = roster.who(peerId);
      const isNamesake = this.#called({ kind: "person", name, prefix: "" }).length > 1;
      this.fail(req, "UNTRUSTED", isNamesake ? suspectWords(name, label) : differsWords(label));
    }
    return true;
  }

  fail(req: Req, code: ErrorCode, text: string): void {
    this.#options.report({ type: "error", req, code, text });
  }
}

/** Of whom nobody else has the name now: which of the two it was, the disk does not know. */
function differsWords(label: string): string {
  return (
    `${label} may be somebody else than you think: the keys that you have compared differ, or ` +
    `they came under a name that is another's. /verify ${label} compares keys with them, ` +
    `/trust ${label} takes them as they are, and /block ${label} keeps them out`
  );
}

function suspectWords(name: string, label: string): string {
  return (
    `${label} is not the ${name} you know: ask in person, then /trust ${label} takes them ` +
    `as another ${name}, and /block ${label} keeps them out`
  );
}
