import { assert } from "../base/assert.ts";
import { Reader, Writer } from "../base/bytes.ts";
import { type PeerId, idBytes, PEER_ID_BYTES, peerIdOf } from "../base/ids.ts";
import { decodeUtf8, encodeUtf8 } from "../base/text.ts";
import { ENTRY_TEXT, type EntryContent, type EntryType } from "./entry.ts";
import { REACTION_BYTES_MAX, TEXT_BYTES_MAX, TOPIC_TEXT_BYTES_MAX } from "./limits.ts";

/** What an entry says. Seqs are of the entry's room, and of its own author where none is named. */
export type Content =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reply"; readonly to: EntryName; readonly text: string }
  /** What its author does, as others tell it. */
  | { readonly kind: "action"; readonly text: string }
  /** What was said under this seq is this text now. */
  | { readonly kind: "edit"; readonly seq: number; readonly text: string }
  /** What was said under this seq is not to be shown any more. */
  | { readonly kind: "delete"; readonly seq: number }
  | {
      readonly kind: "reaction";
      readonly to: EntryName;
      /** Or it is taken back. */
      readonly isOn: boolean;
      readonly emoji: string;
    }
  /** What the room is about from now on; empty for nothing. */
  | { readonly kind: "topic"; readonly text: string };

/** An entry of the same room. */
export interface EntryName {
  readonly author: PeerId;
  readonly seq: number;
}

const REPLY: EntryType = 2;
const ACTION: EntryType = 3;
const EDIT: EntryType = 4;
const DELETE: EntryType = 5;
const REACTION: EntryType = 6;
const TOPIC: EntryType = 7;

/** Whether this version knows what entries of this type say. PROTOCOL.md §8 */
export function isKnownType(type: EntryType): boolean {
  return type >= ENTRY_TEXT && type <= TOPIC;
}

/** Whether entries of this type are messages, which people read. */
export function isMessageType(type: EntryType): boolean {
  return type === ENTRY_TEXT || type === REPLY || type === ACTION;
}

/** Whether entries of this type take back what their author has said. */
export function isDeleteType(type: EntryType): boolean {
  return type === DELETE;
}

export function encodeContent(content: Content): Pick<EntryContent, "type" | "body"> {
  switch (content.kind) {
    case "text":
      return { type: ENTRY_TEXT, body: encodeUtf8(content.text) };
    case "reply": {
      const writer = writeName(new Writer(), content.to);
      return { type: REPLY, body: writer.bytes(encodeUtf8(content.text)).finish() };
    }
    case "action":
      return { type: ACTION, body: encodeUtf8(content.text) };
    case "edit": {
      const writer = new Writer().u48(content.seq);
      return { type: EDIT, body: writer.bytes(encodeUtf8(content.text)).finish() };
    }
    case "delete":
      return { type: DELETE, body: new Writer().u48(content.seq).finish() };
    case "reaction": {
      const writer = writeName(new Writer(), content.to).u8(content.isOn ? 1 : 0);
      return { type: REACTION, body: writer.bytes(encodeUtf8(content.emoji)).finish() };
    }
    case "topic":
      return { type: TOPIC, body: encodeUtf8(content.text) };
    default:
      return content satisfies never;
  }
}

/** Undefined for a type that is not known, and for a body that is not the type's. */
export function decodeContent({
  type,
  body,
}: Pick<EntryContent, "type" | "body">): Content | undefined {
  const reader = new Reader(body);
  const content = readContent(type, reader);
  return reader.ok && reader.remaining === 0 ? content : undefined;
}

function readContent(type: EntryType, reader: Reader): Content | undefined {
  switch (type) {
    case ENTRY_TEXT:
    case ACTION: {
      const text = readText(reader, 1, TEXT_BYTES_MAX);
      if (text === undefined) return undefined;
      return { kind: type === ACTION ? "action" : "text", text };
    }
    case REPLY: {
      const to = readName(reader);
      const text = readText(reader, 1, TEXT_BYTES_MAX);
      if (to === undefined || text === undefined) return undefined;
      return { kind: "reply", to, text };
    }
    case EDIT: {
      const seq = reader.u48();
      const text = readText(reader, 1, TEXT_BYTES_MAX);
      return seq > 0 && text !== undefined ? { kind: "edit", seq, text } : undefined;
    }
    case DELETE: {
      const seq = reader.u48();
      return seq > 0 ? { kind: "delete", seq } : undefined;
    }
    case REACTION: {
      const to = readName(reader);
      const on = reader.u8();
      const emoji = readText(reader, 1, REACTION_BYTES_MAX);
      if (to === undefined || on > 1 || emoji === undefined) return undefined;
      return { kind: "reaction", to, isOn: on === 1, emoji };
    }
    case TOPIC: {
      const text = readText(reader, 0, TOPIC_TEXT_BYTES_MAX);
      return text === undefined ? undefined : { kind: "topic", text };
    }
    default:
      return undefined;
  }
}

/** To the end; undefined where it is too short or too long, or not UTF-8. */
function readText(reader: Reader, bytesMin: number, bytesMax: number): string | undefined {
  const bytes = reader.rest();
  const fits = bytes.length >= bytesMin && bytes.length <= bytesMax;
  return fits ? decodeUtf8(bytes) : undefined;
}

function writeName(writer: Writer, { author, seq }: EntryName): Writer {
  assert(seq > 0, "entries are counted from 1");
  return writer.bytes(idBytes(author)).u48(seq);
}

function readName(reader: Reader): EntryName | undefined {
  const author = peerIdOf(reader.bytes(PEER_ID_BYTES));
  const seq = reader.u48();
  return seq > 0 ? { author, seq } : undefined;
}
