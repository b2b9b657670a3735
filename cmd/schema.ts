import type { ArgsDef, CommandDef } from "citty";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { jsonSchema } from "../lib/ui/jsonschema.ts";
import { Lines } from "../lib/io/stdio.ts";
import { readFlags } from "./flags.ts";

const args: ArgsDef = {};

export const command: CommandDef = {
  meta: { name: "schema", description: "Print the JSON Schema of what --json reads and writes" },
  args,
};

export const notes = `
One document: $defs/out is a line that p2pchat writes, $defs/in one that a client reads, and
$defs/serverIn one that a server reads.`;

export async function run(rawArgs: readonly string[]): Promise<number> {
  readFlags("schema", rawArgs, args);
  const out = new Lines(1);
  out.write(JSON.stringify(jsonSchema(), null, 2));
  out.flush();
  return EXIT.done;
}
