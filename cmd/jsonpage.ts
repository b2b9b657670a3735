import type { JsonSchema } from "@valibot/to-json-schema";
import { COMMAND_HELP } from "../lib/contract/intent.ts";
import type { Outgoing } from "../lib/contract/schema.ts";
import { lineSchemas } from "../lib/ui/jsonschema.ts";

type Definition = JsonSchema | boolean;

/** What each type of line that p2pchat writes is for. */
const TOLD: Readonly<Record<Outgoing["type"], string>> = {
  ready: "before all else, and once; to p2pchat attach, again by a node that comes after one",
  server: "the server answers, or no longer",
  nat: "what is known of the router",
  check: "doctor: one check",
  prediction: "doctor: how somebody will probably be met",
  grade: "doctor --history: how often what was expected came about",
  meeting: "doctor --history: one meeting, as it was expected and as it came",
  peer: "somebody, and how they are reached",
  namesake: "others are known by that name, too: name~ and digits of the id say who is meant",
  renamed: "somebody has taken another name: by their id they are still who they were",
  trust: "what is thought of somebody has changed, or is to be decided",
  verify: "a comparison of keys goes on",
  presence: "whether somebody is at hand",
  typing: "somebody writes, or stopped",
  message: "somebody said something",
  edited: "somebody changed what they said",
  deleted: "somebody took back what they said",
  reaction: "somebody put an emoji to a message, or took it off",
  topic: "what a room is about",
  sync: "how far the history of a room has come",
  equivocation: "somebody told different people different things",
  disk: "your disk begins to refuse, or does so no more",
  history: "history and export: a message",
  status: "what became of a message of one's own; with was, it had that id until now",
  unread: "how much is unread of a room",
  held: "somebody holds a message of one's own, sealed, for whom it is meant for",
  draft: "what is being written somewhere, in any face; empty: nothing any more",
  reply: "the answer to a command",
  error: "a command failed, or something else did",
  bye: "once, and after all else",
};

/** What is read by no command of the chat; the others are called as those are. */
const ASKED: ReadonlyMap<string, string> = new Map([
  ["send", "say something in a room or to somebody; with action true, what one does"],
  ["follow", "enter the room of an invitation, which is answered as join is"],
  ["presence", "tell the others whether you are at hand"],
  ["typing", "tell them that you write, or stopped"],
  ["draft", "keep what is being written and not said yet, for every face"],
  ["node", "ask which process runs it, with what, and who looks at it"],
  ["doctor", "look at its network for some seconds: what works, and what to do"],
  ["stop", "end the node, and every face with it"],
]);

/** A type of line, and what is in it. */
export interface LineRow {
  /** Such as `message`, or `reply list` where one type has several forms. */
  readonly name: string;
  readonly about: string;
  /** Such as `room string, late? boolean`. */
  readonly fields: string;
}

/** What p2pchat writes. */
export function writtenLines(): readonly LineRow[] {
  const about = (type: string): string => new Map(Object.entries(TOLD)).get(type) ?? "";
  return objectsIn(lineSchemas().out).map((schema) => ({
    name: nameOf(schema),
    about: about(literal(schema, "type") ?? ""),
    fields: fieldsOf(schema),
  }));
}

/** What a client reads, or a server. */
export function readLines(who: "in" | "serverIn"): readonly LineRow[] {
  return objectsIn(lineSchemas()[who]).map((schema) => {
    const type = literal(schema, "type") ?? "";
    return {
      name: nameOf(schema),
      about: ASKED.get(type) ?? verbWords(type),
      fields: fieldsOf(schema),
    };
  });
}

function verbWords(type: string): string {
  return COMMAND_HELP.find(([usage]) => usage.split(" ", 1)[0] === `/${type}`)?.[1] ?? "";
}

/** All that are meant where it is one of several. */
function objectsIn(schema: Definition): readonly JsonSchema[] {
  if (typeof schema === "boolean") return [];
  const several = schema.anyOf ?? schema.oneOf;
  return several === undefined ? [schema] : several.flatMap(objectsIn);
}

/** Fields that tell the forms of one type apart. */
const NAMING = ["type", "role", "command"];

function nameOf(schema: JsonSchema): string {
  return NAMING.flatMap((field) => literal(schema, field) ?? []).join(" ");
}

function literal({ properties = {} }: JsonSchema, field: string): string | undefined {
  const value = properties[field];
  if (value === undefined || typeof value === "boolean") return undefined;
  if (value.enum !== undefined) return value.enum.map(String).join("|");
  return typeof value.const === "string" ? value.const : undefined;
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): string {
  return Object.entries(properties)
    .filter(([name]) => !NAMING.includes(name))
    .map(([name, value]) => `${name}${required.includes(name) ? "" : "?"} ${valueWords(value)}`)
    .join(", ");
}

function valueWords(value: Definition | readonly Definition[]): string {
  if (typeof value === "boolean") return "anything";
  if (isList(value)) return value.map(valueWords).join(", ");
  if (value.const !== undefined) return JSON.stringify(value.const);
  if (value.enum !== undefined) return value.enum.map((one) => JSON.stringify(one)).join(" | ");
  const several = value.anyOf ?? value.oneOf;
  if (several !== undefined) return several.map(valueWords).join(" | ");
  if (value.items !== undefined) return `[${valueWords(value.items)}]`;
  if (value.properties !== undefined) return `{${fieldsOf(value)}}`;
  return [value.type ?? "anything"].flat().join(" | ");
}

function isList(value: JsonSchema | readonly Definition[]): value is readonly Definition[] {
  return Array.isArray(value);
}
