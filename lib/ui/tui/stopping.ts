/** How this program is stopped by a key, and the end of hearing that it is by others. */
export interface Stops {
  /** Stops all that the shell has started with this program, as a terminal does by Ctrl+Z. */
  readonly all: () => void;
  readonly forget: () => void;
}

/**
 * Has the program stopped and continued as a shell does it, which has the terminal meanwhile.
 * `give` gives it back, `take` takes it again, whoever had it.
 */
export function onStops(give: () => void, take: () => void): Stops {
  const stop = (whom: number): void => {
    // Before anybody is stopped: a shell takes the terminal once it sees its own child so.
    give();
    // Without a listener the signal does what it is for. No time passes here for who is stopped.
    process.off("SIGTSTP", onSignal);
    process.kill(whom, "SIGTSTP");
    process.on("SIGTSTP", onSignal);
    // Where no shell could continue it, the system does not stop it either.
    take();
  };
  const onSignal = (): void => stop(process.pid);
  process.on("SIGTSTP", onSignal);
  // After a stop that could not be heard of, too.
  process.on("SIGCONT", take);
  return {
    all: () => stop(0),
    forget: () => {
      process.off("SIGTSTP", onSignal);
      process.off("SIGCONT", take);
    },
  };
}
