import { assert } from "../../lib/base/assert.ts";
import type { ChatOptions } from "./chatnode.ts";

/** What a process of a measurement is to be and to do. */
export interface SideOptions {
  readonly role: "near" | "far";
  readonly subject: "plain" | "session" | "chat" | "server";
  readonly task: Task;
  readonly datagramBytesMax?: number;
  readonly chat?: ChatPlace;
  readonly isQuick: boolean;
  /** Of a room, both ends and all others. */
  readonly members?: number;
  /** That were missed. */
  readonly messages?: number;
}

export type Task =
  | "burst"
  | "sustained"
  | "ping"
  | "bulk"
  /** Round trips beside a bulk transfer. */
  | "loaded"
  | "connect"
  /** One message to many. */
  | "fanout"
  /** Sessions in silence. */
  | "idle"
  /** A flood for somebody who does not read. */
  | "stall"
  /** A message to all in a room. */
  | "room"
  /** History that was missed. */
  | "catchup";

/** Where a chat node keeps everything, and who introduces it. */
export type ChatPlace = Omit<ChatOptions, "name">;

export function chatOf({ chat }: SideOptions): ChatPlace {
  assert(chat !== undefined, "a chat node has a disk and a server");
  return chat;
}

/** Of a room, with oneself. */
export function membersOf({ members }: SideOptions): number {
  assert(members !== undefined, "a room has so many");
  return members;
}

/** Messages that were missed. */
export function messagesOf({ messages }: SideOptions): number {
  assert(messages !== undefined, "so many were missed");
  return messages;
}
