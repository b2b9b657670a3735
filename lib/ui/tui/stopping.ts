/**
 * Has the program stopped and continued as a shell does it, which has the terminal meanwhile.
 * `give` gives it back, `take` takes it again, whoever had it. Returns what undoes this.
 */
export function onStops(give: () => void, take: () => void): () => void {
  const stop = (): void => {
    give();
    // Without a listener the signal does what it is for. No time passes here for who is stopped.
    process.off("SIGTSTP", stop);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", stop);
    // Where no shell could continue it, the system does not stop it either.
    take();
  };
  process.on("SIGTSTP", stop);
  // After a stop that could not be heard of, too.
  process.on("SIGCONT", take);
  return () => {
    process.off("SIGTSTP", stop);
    process.off("SIGCONT", take);
  };
}

/** What a terminal does by Ctrl+Z to all that the shell has started with this program. */
export function stopAll(): void {
  process.kill(0, "SIGTSTP");
}
