import { LOBBY } from "../lib/chat/rooms.ts";
import type { Invitation } from "../lib/contract/invitation.ts";
import type { NamedServer } from "../lib/io/config.ts";
import type { LogLevel } from "../lib/io/log.ts";
import type { ProfilePaths } from "../lib/io/profile.ts";
import type { Store } from "../lib/io/store.ts";
import type { PeerOptions } from "../lib/node/options.ts";
import type { Listen } from "./options.ts";
import type { PrivateEntry } from "./secretinput.ts";
import { quotedFor } from "./shellwords.ts";

/** What a client is started with. */
export interface ChatOptions {
  readonly name: string;
  readonly paths: ProfilePaths;
  /** What means the same data on another command line. */
  readonly profileFlag: string;
  readonly server: NamedServer | null;
  readonly face: "plain" | "json" | "full-screen";
  /** To be in from the start, besides those that one is in already. */
  readonly rooms: readonly string[];
  /** Whether the lobby goes before them, for who has not left it. */
  readonly hasLobby: boolean;
  /** Those of them that are private, and entered now. */
  readonly entries: readonly PrivateEntry[];
  /** By which of them is entered, and at which server. */
  readonly invitation: Invitation | undefined;
  /** What of that was read from the input, a line each, in the order in which it is asked for. */
  readonly typedSecrets: readonly string[];
  readonly listen: Listen;
  /** Whether it announces itself on the local network and looks for others there. */
  readonly isOnLan: boolean;
  /** Whether routers are asked to map its port. */
  readonly isMapped: boolean;
  /** What it tells others, and does for them and has them do for it, beside the chat. */
  readonly services: Pick<PeerOptions, "relays" | "sharesRead" | "holds" | "asksHold">;
  /** Of a one-shot: where each line of input goes. */
  readonly to: string | undefined;
  readonly timeoutMs: number;
  readonly stay: boolean;
  readonly isVerbose: boolean;
  readonly logLevel: LogLevel;
}

/** What a face of it and its input need to know of that. */
export type FaceOptions = Pick<
  ChatOptions,
  | "name"
  | "paths"
  | "profileFlag"
  | "server"
  | "face"
  | "rooms"
  | "isOnLan"
  | "to"
  | "timeoutMs"
  | "stay"
>;

/** The flag by which a shell begins with the same data, from wherever. */
export function profileFlagOf(
  { profile, dataDirectory }: ProfilePaths,
  isElsewhere: boolean,
): string {
  return isElsewhere ? `--data-dir ${quotedFor("", dataDirectory)}` : `--profile ${profile}`;
}

/** The flag by which another command line means the node that runs with these. */
export function nodeFlagOf({ name, paths, profileFlag }: ChatOptions): string {
  return profileFlag === `--profile ${name}` ? `--name ${paths.profile}` : profileFlag;
}

/** The rooms to be in from the start; to the lobby, who has left it comes back only if they say. */
export function roomsOf({ rooms, hasLobby }: ChatOptions, store: Store): readonly string[] {
  const isIn = hasLobby && (rooms.includes(LOBBY) || !store.hasLeft(LOBBY));
  return isIn ? [...new Set([LOBBY, ...rooms])] : rooms;
}
