import { lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { Failure } from "./failure.ts";
import { tellHuman } from "./human.ts";

/** Ends a process that cannot go on, with what is known of why: in words, or where it was. */
export function endProcess(error: unknown): never {
  const isFailure = error instanceof Failure;
  const mistake = error instanceof Error ? error.stack : String(error);
  tellHuman(isFailure ? `p2pchat: ${lineSafe(error.message)}` : `${mistake}`);
  process.exit(isFailure ? error.exitCode : EXIT.failure);
}
