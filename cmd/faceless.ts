import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { wordsOf } from "../lib/io/failure.ts";
import type { Log } from "../lib/io/log.ts";
import { Lines } from "../lib/io/stdio.ts";
import type { LogEvent } from "../lib/node/events.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { openDoor } from "./door.ts";
import { closeNode, openNode } from "./nodehost.ts";
import { openHub } from "./pages.ts";
import { onSignals } from "./signals.ts";

/** What a client without a face says to who has started it, once faces find it. */
export const READY_WORD = "ready";

/**
 * Runs a client without a face of its own until it is asked to end. What it would tell a person is
 * in its log. Returns the exit code; throws a Failure.
 */
export async function runFaceless(options: ChatOptions): Promise<number> {
  const parts = await openNode(options);
  const { log, remarks, rooms } = parts;
  const { hub, pages } = openHub({ ...options, rooms }, parts);
  const door = openDoor(hub, options.paths);
  hub.sit({ kind: null, isMain: false }, noteIn(log));
  process.on("uncaughtException", (error) => {
    note(log, "error", `ended by a fault of its own: ${wordsOf(error)}`);
    process.exit(EXIT.failure);
  });
  let exitCode: number = EXIT.done;
  const leave = (code: number): void => {
    exitCode = code;
    hub.quit();
  };
  const forget = onSignals(leave, false, true);
  hub.start();
  pages.resume();
  tellStarter(remarks);
  // No file system is to stay in use because somebody stood there once.
  process.chdir("/");

  await hub.ended();
  door.close();
  await pages.close();
  closeNode(parts);
  await door.sendAway();
  forget();
  return exitCode;
}

/** Who sits there for the log alone. */
function noteIn(log: Log) {
  return {
    onEvent: () => undefined,
    onTurnEnd: () => undefined,
    onFree: () => undefined,
    complain: (text: string) => note(log, "warn", text),
  };
}

function note(log: Log, level: LogEvent["level"], message: string): void {
  log.write({ type: "log", level, message, fields: {} });
}

/** Nobody has to read it. */
function tellStarter(remarks: readonly string[]): void {
  const out = new Lines(1, () => undefined);
  for (const remark of remarks) out.write(`p2pchat: ${lineSafe(remark)}`);
  out.write(READY_WORD);
  out.flush();
}
