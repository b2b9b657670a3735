import { EXIT } from "../lib/contract/exitcodes.ts";

const SIGNALS = [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
  ["SIGHUP", EXIT.hungUp],
] as const;

/** The first signal asks to leave, the second leaves. Returns what undoes it. */
export function onSignals(leave: (exitCode: number) => void): () => void {
  let isLeaving = false;
  const undo = SIGNALS.map(([signal, exitCode]) => {
    const handle = (): void => {
      if (isLeaving) process.exit(exitCode);
      isLeaving = true;
      leave(exitCode);
    };
    process.on(signal, handle);
    return () => process.off(signal, handle);
  });
  return () => {
    for (const off of undo) off();
  };
}
