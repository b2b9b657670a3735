import { isatty } from "node:tty";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { tellHuman } from "../lib/io/human.ts";

const SIGNALS = [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
  ["SIGHUP", EXIT.hungUp],
] as const;

/**
 * The first signal asks to leave, the second leaves. Returns what undoes it. `hasLine`: what was
 * typed, and the keys that interrupt, stand in a line of the terminal, and all else comes below.
 * `outlives`: a terminal that goes is none of ours.
 */
export function onSignals(
  leave: (exitCode: number) => void,
  hasLine = isatty(0) && isatty(2),
  outlives = false,
): () => void {
  let isLeaving = false;
  const undo = SIGNALS.map(([signal, exitCode]) => {
    const handle = (): void => {
      if (outlives && exitCode === EXIT.hungUp) return;
      if (isLeaving) process.exit(exitCode);
      isLeaving = true;
      if (hasLine && exitCode === EXIT.interrupted) tellHuman("");
      leave(exitCode);
    };
    process.on(signal, handle);
    return () => process.off(signal, handle);
  });
  return () => {
    for (const off of undo) off();
  };
}
