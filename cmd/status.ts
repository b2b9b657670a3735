import { jsonSafe, lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { systemClock } from "../lib/io/clock.ts";
import { tellHuman } from "../lib/io/human.ts";
import { Lines } from "../lib/io/stdio.ts";
import { clockTime } from "../lib/ui/words.ts";
import { readFlags } from "./flags.ts";
import { isElsewhere, nodesFound, noneWords, type Running } from "./running.ts";
import { silentWords } from "./silent.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("status", rawArgs);
  const found = await nodesFound(flags);
  const running = found.filter((one) => one.kind === "running");
  const out = new Lines(1);
  for (const one of running) out.write(flags.has("json") ? jsonSafe(one.node) : wordsOf(one));
  out.flush();
  const troubles = found.filter((one) => one.kind === "silent").map(silentWords);
  if (found.length === 0) troubles.push(noneWords(flags));
  for (const trouble of troubles) tellHuman(`p2pchat: ${trouble}`);
  return running.length > 0 ? EXIT.done : EXIT.failure;
}

function wordsOf(running: Running): string {
  const { me, profile, dataDirectory, pid, version, since, faces } = running.node;
  const name = profile === me.name ? me.name : `${me.name} (profile ${profile})`;
  const kinds = faces.length === 0 ? "no face" : faces.map(({ kind }) => kind).join(", ");
  const time = clockTime(Date.parse(since), systemClock.now());
  const where = isElsewhere(running) ? `, data in ${dataDirectory}` : "";
  const text = `process ${pid}, p2pchat ${version}, ${kinds}${where}`;
  return lineSafe(`${name} runs since ${time}: ${text}`);
}
