import type { PeerId, RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import { encodeAside } from "../wire/aside.ts";
import { ASIDE_CHANNEL } from "../wire/channels.ts";
import { encodeTyping } from "../wire/typing.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import type { PeerEvent } from "./events.ts";
import type { Presence, PresenceOutput } from "./presence.ts";
import type { Roster } from "./roster.ts";
import { parseTarget } from "./target.ts";

export interface PresenceDeskOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly endpoint: Endpoint;
  readonly presence: Presence;
  readonly addressees: Addressees;
  readonly report: (event: PeerEvent) => void;
}

/** Where the person here says whether they are at hand, and is told it of others. */
export class PresenceDesk {
  readonly #options: PresenceDeskOptions;

  constructor(options: PresenceDeskOptions) {
    this.#options = options;
  }

  presence({ req, state }: CommandOf<"presence">): void {
    const { presence, report } = this.#options;
    presence.set(state);
    report({ type: "reply", req, command: "presence", state });
  }

  /** Answered by nothing: it is said again every few seconds, and to nobody who is not there. */
  typing(now: number, { to, typing: isTyping }: CommandOf<"typing">): void {
    const { chat, roster, presence, addressees } = this.#options;
    const target = parseTarget(to);
    if (target === undefined) return;
    if (target.kind === "room") {
      const room = addressees.room(target.room);
      if (room === undefined) return;
      const allowed = [...chat.members(room)].filter((peer) => {
        return !roster.isBarred(peer) && chat.maySpeakOf(peer, room);
      });
      presence.type(now, allowed, { room, isTyping });
      return;
    }
    const [peer, ...others] = addressees.find(target);
    if (peer === undefined || others.length > 0 || roster.isBarred(peer)) return;
    presence.type(now, [peer], { room: undefined, isTyping });
  }

  onPresence(output: PresenceOutput): void {
    const { roster, endpoint, report } = this.#options;
    const { peer } = output;
    switch (output.kind) {
      case "send":
        endpoint.send(peer, ASIDE_CHANNEL, encodeAside({ kind: "presence", state: output.state }));
        return;
      case "say":
        endpoint.sendUnreliable(peer, encodeTyping(output.datagram));
        return;
      case "presence":
        return report({ type: "presence", who: roster.who(peer), state: output.state });
      case "typing": {
        const { room, isTyping } = output.datagram;
        const name = this.#nameOf(peer, room);
        if (name === undefined) return;
        return report({ type: "typing", who: roster.who(peer), room: name, isTyping });
      }
      default:
        return output satisfies never;
    }
  }

  /** Undefined for a room that is not ours, or that they have not shown to be in. */
  #nameOf(peer: PeerId, room: RoomId | undefined): string | undefined {
    const { chat, roster } = this.#options;
    if (room === undefined) return `@${roster.label(peer)}`;
    return chat.maySpeakOf(peer, room) ? chat.rooms().get(room) : undefined;
  }
}
