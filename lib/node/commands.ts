import type { RoomKey } from "../chat/membership.ts";
import type { PresenceState } from "../wire/aside.ts";
import type { Req } from "./events.ts";

/** What a face may ask of a client's node. */
export type PeerCommand =
  /** To `#room`, `@name` or `@name~prefix` of the id; `action`: what one does, not says. */
  | {
      readonly type: "send";
      readonly req: Req;
      readonly to: string;
      readonly text: string;
      /** The message of that conversation that it answers. */
      readonly replyTo?: string | undefined;
      readonly action?: boolean | undefined;
    }
  /** Changes what one said, or takes it back. */
  | { readonly type: "edit"; readonly req: Req; readonly id: string; readonly text: string }
  | { readonly type: "delete"; readonly req: Req; readonly id: string }
  /** Puts an emoji to a message, or takes it off. */
  | {
      readonly type: "react";
      readonly req: Req;
      readonly id: string;
      readonly emoji: string;
      readonly on: boolean;
    }
  /** Says what a room is about, empty for nothing; null asks it. */
  | {
      readonly type: "topic";
      readonly req: Req;
      readonly room: string;
      readonly topic: string | null;
    }
  | { readonly type: "list"; readonly req: Req }
  | { readonly type: "peer"; readonly req: Req; readonly number: number }
  /** To be the client that is registered with the server, whatever other one has been. */
  | { readonly type: "register"; readonly req: Req }
  /** Of the server, or of `to`. */
  | { readonly type: "punch"; readonly req: Req; readonly to: string | null }
  /** The private room of this key; without one the open room, or whichever one is in already. */
  | {
      readonly type: "join";
      readonly req: Req;
      readonly room: string;
      readonly key?: RoomKey | undefined;
      /** Who introduces its members, where whoever invites has said so. */
      readonly server?: { readonly name: string; readonly noiseKey: Uint8Array } | undefined;
    }
  /** The same of a room that nobody has been in, answered with what invites to it. */
  | { readonly type: "new"; readonly req: Req; readonly room: string; readonly key: RoomKey }
  /** What lets others into a room. */
  | { readonly type: "invite"; readonly req: Req; readonly room: string }
  | { readonly type: "rooms"; readonly req: Req }
  | { readonly type: "leave"; readonly req: Req; readonly room: string }
  | { readonly type: "who"; readonly req: Req; readonly room: string }
  /** Of `@name` or `@name~prefix`: how it is reached, or why it is not. */
  | { readonly type: "why"; readonly req: Req; readonly to: string }
  /** Who `@name` or `@name~prefix` is, as far as that is known here. */
  | { readonly type: "whois"; readonly req: Req; readonly to: string }
  /** Looks for `to` again, as if nothing had been tried yet. */
  | { readonly type: "retry"; readonly req: Req; readonly to: string }
  /** Compares keys with `to`; `answer` says what came of it: `match`, `differs` or their code. */
  | {
      readonly type: "verify";
      readonly req: Req;
      readonly to: string;
      readonly answer: string | null;
    }
  /** Takes somebody as they are, who came under the name of somebody known. */
  | { readonly type: "trust"; readonly req: Req; readonly to: string }
  | { readonly type: "block" | "unblock"; readonly req: Req; readonly to: string }
  /**
   * A page of a room, or of the conversation with `@name`: its end, its beginning, or by a
   * message's id.
   */
  | {
      readonly type: "history";
      readonly req: Req;
      readonly room: string | null;
      readonly with: string | null;
      readonly before: string | null;
      readonly after: string | null;
      readonly around: string | null;
      readonly beginning?: boolean | undefined;
      readonly limit: number;
    }
  /** What one has said and somebody has not got yet. */
  | { readonly type: "outbox"; readonly req: Req; readonly limit: number }
  /** Takes back an own message that was never on its way. */
  | { readonly type: "cancel"; readonly req: Req; readonly id: string }
  /** All that came to its room when this message did is read, and it. */
  | { readonly type: "read"; readonly req: Req; readonly id: string }
  /** How much is unread, and where. */
  | { readonly type: "unread"; readonly req: Req }
  /** Whether the person here is at hand: told to all who are met. */
  | { readonly type: "presence"; readonly req: Req; readonly state: PresenceState }
  /** The person types to `to`, or has stopped: to be said again while they go on. */
  | {
      readonly type: "typing";
      readonly req: Req;
      readonly to: string;
      readonly typing: boolean;
    }
  /**
   * How much is kept of a room or a conversation: `forever`, `30d`, `12h`, or so many messages;
   * null asks it.
   */
  | {
      readonly type: "retain";
      readonly req: Req;
      readonly room: string | null;
      readonly with: string | null;
      readonly keep: string | null;
    }
  /** Messages with these words, there or, where neither is given, anywhere. */
  | {
      readonly type: "search";
      readonly req: Req;
      readonly text: string;
      readonly room: string | null;
      readonly with: string | null;
      readonly limit: number;
    }
  /** Who reads what is told is behind, or is so no more: history that was missed waits for them. */
  | { readonly type: "pace"; readonly isBehind: boolean }
  | { readonly type: "quit" };

export type CommandOf<Type extends PeerCommand["type"]> = Extract<PeerCommand, { type: Type }>;

/** What the server's face may ask of its node. */
export type ServerCommand =
  | { readonly type: "list"; readonly req: Req }
  | { readonly type: "peer"; readonly req: Req; readonly number: number }
  | { readonly type: "punch"; readonly req: Req }
  | { readonly type: "quit" };
