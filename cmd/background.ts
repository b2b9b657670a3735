import { writeSync } from "node:fs";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { Lines, readLines } from "../lib/io/stdio.ts";
import { type ChatOptions, nodeFlagOf } from "./chatoptions.ts";
import { READY_WORD } from "./faceless.ts";
import type { Flags } from "./flags.ts";
import { onSignals } from "./signals.ts";
import { thisProgram } from "./thisprogram.ts";

/** What needs somebody before it. */
const NOT_ALONE = ["to", "stay", "plain", "json", "web", "verbose"] as const;

/** Throws a Failure where a flag goes with a face of its own. */
export function checkBackground(flags: Flags): void {
  const wrong = NOT_ALONE.find((name) => flags.has(name));
  if (wrong === undefined) return;
  throw new Failure(
    `--background has no face, and --${wrong} is for one: leave one out`,
    EXIT.usage,
  );
}

/**
 * Starts a copy of this program without a face, in a session of its own, so that no terminal takes
 * it along when it goes, and waits until faces find it. `rawArgs`: what follows `client`. Returns
 * the exit code.
 */
export async function startInBackground(
  rawArgs: readonly string[],
  options: ChatOptions,
): Promise<number> {
  const args = rawArgs.filter((arg) => arg !== "--background");
  // It may have been asked for just now.
  const child = Bun.spawn(
    [...thisProgram(), "client", ...args, "--name", options.name, "--in-background"],
    {
      detached: true,
      stdin: Buffer.from(options.typedSecrets.map((secret) => `${secret}\n`).join("")),
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const forget = onSignals((exitCode) => {
    child.kill();
    process.exit(exitCode);
  });
  const isReady = await saysReady(child.stdout);
  forget();
  if (!isReady) {
    writeSync(2, await new Response(child.stderr).bytes());
    const exitCode = await child.exited;
    return exitCode === EXIT.done ? EXIT.failure : exitCode;
  }
  child.unref();
  const out = new Lines(1);
  const flag = nodeFlagOf(options);
  out.write(
    `${options.name} runs in the background (process ${child.pid}): ` +
      `p2pchat attach ${flag} shows it, p2pchat stop ${flag} ends it`,
  );
  out.flush();
  return EXIT.done;
}

/** What it says before that is for the person here; where it never does it has failed. */
async function saysReady(output: ReadableStream<Uint8Array>): Promise<boolean> {
  for await (const line of readLines(output)) {
    if (line.kind !== "line") continue;
    if (line.text === READY_WORD) return true;
    tellHuman(line.text);
  }
  return false;
}
