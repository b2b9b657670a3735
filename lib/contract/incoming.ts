import * as v from "valibot";
import type { ServerCommand } from "../node/commands.ts";
import type { Req } from "../node/events.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import type { Asked } from "./asked.ts";
import { REQ_CHARS_MAX, peerCommandSchema, serverCommandSchema } from "./commandschema.ts";

/** What a line asks for, or what is wrong with it in one line of words. */
export type Incoming<Command> =
  { readonly command: Command } | { readonly error: { readonly req: Req; readonly text: string } };

/** A text in which every byte is escaped as six characters, and 8 KiB for what is around it. */
const LINE_CHARS_MAX = 6 * TEXT_BYTES_MAX + 8192;

/** Of a stranger's word, this much is repeated in an error. */
const QUOTED_CHARS_MAX = 40;

export function parsePeerLine(line: string): Incoming<Asked> {
  return parseLine(line, (value) => v.safeParse(peerCommandSchema, value, FIRST), PEER_TYPES);
}

export function parseServerLine(line: string): Incoming<ServerCommand> {
  return parseLine(line, (value) => v.safeParse(serverCommandSchema, value, FIRST), SERVER_TYPES);
}

const FIRST = { abortEarly: true } as const;
const PEER_TYPES = peerCommandSchema.options.map(({ entries }) => entries.type.literal);
const SERVER_TYPES = serverCommandSchema.options.map(({ entries }) => entries.type.literal);

type Issue = v.BaseIssue<unknown>;
type Parsed<Command> =
  | { readonly success: true; readonly output: Command }
  | {
      readonly success: false;
      readonly issues: readonly [Issue, ...Issue[]];
    };

function parseLine<Command>(
  line: string,
  parse: (value: unknown) => Parsed<Command>,
  types: readonly string[],
): Incoming<Command> {
  if (line.length > LINE_CHARS_MAX) {
    return wrong(null, `This line is longer than ${LINE_CHARS_MAX} characters`);
  }
  const value = objectOf(line);
  if (value === undefined) return wrong(null, "This line is not a JSON object");

  const req = reqOf(value);
  const type = "type" in value ? value.type : undefined;
  if (typeof type !== "string" || !types.includes(type)) {
    return wrong(req, `${unknownType(type)}: use ${types.join(", ")}`);
  }
  const parsed = parse(value);
  return parsed.success ? { command: parsed.output } : wrong(req, wordsOf(parsed.issues[0]));
}

function objectOf(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function wordsOf(issue: Issue): string {
  return issue.received === "undefined" ? `"${v.getDotPath(issue)}" is missing` : issue.message;
}

/** So that even a wrong line's error finds its way back to who asked. */
function reqOf(value: object): Req {
  const req = "req" in value ? value.req : null;
  return typeof req === "string" && req.length <= REQ_CHARS_MAX ? req : null;
}

function unknownType(type: unknown): string {
  if (typeof type !== "string") return '"type" is missing';
  return `Unknown type ${JSON.stringify(type.slice(0, QUOTED_CHARS_MAX))}`;
}

function wrong(req: Req, text: string): { error: { req: Req; text: string } } {
  return { error: { req, text } };
}
