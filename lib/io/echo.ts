/**
 * Whether the terminal of standard input shows what is typed. Editing of lines stays the terminal's
 * own doing, as it was. The setting outlives the program, so it is set back when that ends.
 */
export class Echo {
  #isOn = true;
  readonly #restore = (): void => void this.set(true);
  /** A shell sets the terminal as it needs it itself while the program is stopped. */
  readonly #hideAgain = (): void => void stty("-echo");

  /** False where the terminal cannot be set. */
  set(isOn: boolean): boolean {
    if (isOn === this.#isOn) return true;
    if (!stty(isOn ? "echo" : "-echo")) return false;
    this.#isOn = isOn;
    if (isOn) process.off("exit", this.#restore).off("SIGCONT", this.#hideAgain);
    else process.on("exit", this.#restore).on("SIGCONT", this.#hideAgain);
    return true;
  }
}

/** POSIX has this program wherever it has terminals. */
function stty(setting: string): boolean {
  try {
    const { success } = Bun.spawnSync(["stty", setting], {
      stdin: "inherit",
      stdout: "ignore",
      stderr: "ignore",
    });
    return success;
  } catch {
    return false;
  }
}
