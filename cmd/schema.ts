import { EXIT } from "../lib/contract/exitcodes.ts";
import { jsonSchema } from "../lib/ui/jsonschema.ts";
import { Lines } from "../lib/io/stdio.ts";
import { readFlags } from "./flags.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  readFlags("schema", rawArgs);
  const out = new Lines(1);
  out.write(JSON.stringify(jsonSchema(), null, 2));
  out.flush();
  return EXIT.done;
}
