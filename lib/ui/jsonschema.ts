import { toJsonSchemaDefs } from "@valibot/to-json-schema";
import { peerCommandSchema, serverCommandSchema } from "../contract/commandschema.ts";
import { outgoingSchema } from "../contract/schema.ts";

/** Each kind of line by itself, as JSON Schema. */
export function lineSchemas() {
  return toJsonSchemaDefs(
    { out: outgoingSchema, in: peerCommandSchema, serverIn: serverCommandSchema },
    { target: "draft-2020-12", typeMode: "input", errorMode: "ignore" },
  );
}

/**
 * The lines of both directions as JSON Schema, draft 2020-12. It is what a line must be at the
 * least: rules that JSON Schema has no words for, such as lengths in bytes, are left out.
 */
export function jsonSchema(): object {
  const definitions = lineSchemas();
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "The JSON lines of p2pchat, version 1",
    description:
      "out: a line that p2pchat writes; in: one that a client reads; serverIn: one that a server " +
      "reads. Readers ignore types and fields that they do not know.",
    anyOf: Object.keys(definitions).map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs: definitions,
  };
}
