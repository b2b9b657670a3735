import * as v from "valibot";
import { type Outgoing, outgoingSchema } from "./schema.ts";

/** What a line of p2pchat says; undefined for what is none, or of a type that is not known here. */
export function parseOutgoingLine(text: string): Outgoing | undefined {
  const parsed = v.safeParse(outgoingSchema, jsonOf(text), FIRST);
  return parsed.success ? parsed.output : undefined;
}

const FIRST = { abortEarly: true } as const;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
