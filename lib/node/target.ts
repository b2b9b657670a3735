import { parseName, parseRoomName } from "../base/text.ts";

/** Where a message goes: `#room`, `@name`, or `@name~` and the first digits of the person's id. */
export type Target =
  | { readonly kind: "room"; readonly room: string }
  | { readonly kind: "person"; readonly name: string; readonly prefix: string };

export type PersonTarget = Extract<Target, { kind: "person" }>;

/** Undefined unless the text is one of the three forms. */
export function parseTarget(text: string): Target | undefined {
  if (text.startsWith("#")) {
    const room = parseRoomName(text);
    return room === undefined ? undefined : { kind: "room", room };
  }
  const [, typed = "", prefix = ""] = /^@([^~]*)(?:~([0-9a-f]{1,64}))?$/u.exec(text) ?? [];
  const name = parseName(typed);
  return name === undefined ? undefined : { kind: "person", name, prefix };
}

/** A room that something is kept of: `#name`, or `#name~` and the first digits of its id. */
export interface KeptRoom {
  readonly name: string;
  readonly prefix: string;
}

/** Undefined unless the text is one of the two forms. */
export function parseKeptRoom(text: string): KeptRoom | undefined {
  const [, typed = "", prefix = ""] = /^([^~]*)(?:~([0-9a-f]{1,64}))?$/u.exec(text) ?? [];
  const name = parseRoomName(typed);
  return name === undefined ? undefined : { name, prefix };
}

/** The form that `parseKeptRoom` takes. */
export function formatKeptRoom({ name, prefix }: KeptRoom): string {
  return prefix === "" ? name : `${name}~${prefix}`;
}

/** The form that `parseTarget` takes. */
export function formatTarget(target: Target): string {
  if (target.kind === "room") return target.room;
  return `@${target.name}${target.prefix === "" ? "" : `~${target.prefix}`}`;
}
