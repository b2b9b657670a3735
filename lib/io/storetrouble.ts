import { EXIT } from "../contract/exitcodes.ts";
import type { LogEvent } from "../node/events.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";

/** What the machine can do to a commit: it is refused, and the next one may succeed. */
const DISK_TROUBLE = /^SQLITE_(?:BUSY|CANTOPEN|FULL|IOERR|LOCKED|NOMEM|PERM|PROTOCOL|READONLY)/;
/** Damaged runs that the log tells of. */
const DAMAGE_TOLD_MAX = 100;
const DAMAGE = /^SQLITE_(?:CORRUPT|NOTADB)/;

/** What goes wrong with one database: a refusal is logged, anything else is a Failure in words. */
export class StoreTrouble {
  readonly #file: string;
  readonly #log: (event: LogEvent) => void;
  #isFailing = false;
  readonly #damaged = new Set<number>();

  constructor(file: string, log: (event: LogEvent) => void) {
    this.#file = file;
    this.#log = log;
  }

  /** Throws a Failure where the reading does. */
  guard<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw failureOf(this.#file, error);
    }
  }

  /**
   * The disk refuses: logged once, and not with every turn for as long as it lasts. Throws a
   * Failure where it is no refusal.
   */
  onRefused(error: unknown): void {
    const code = codeOf(error) ?? "";
    if (!this.#isFailing) {
      const fields = { file: this.#file, code, reason: wordsOf(error) };
      this.#log({ type: "log", level: "error", message: "cannot store", fields });
    }
    this.#isFailing = true;
    if (!this.isRefusal(error)) throw failureOf(this.#file, error);
  }

  /** Whether the machine has refused, and may not the next time. */
  isRefusal(error: unknown): boolean {
    return DISK_TROUBLE.test(codeOf(error) ?? "");
  }

  /** Something that can be done without cannot be read: why, in words. Throws our mistakes. */
  onUnreadable(error: unknown): string {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const { message } = failureOf(this.#file, error);
    const fields = { file: this.#file, code: codeOf(error) ?? "", reason: wordsOf(error) };
    this.#log({ type: "log", level: "error", message: "cannot read", fields });
    return message;
  }

  /** The run of this arrival is not what was written: logged once for each of the first. */
  onDamaged(arrival: number): void {
    if (this.#damaged.has(arrival) || this.#damaged.size >= DAMAGE_TOLD_MAX) return;
    this.#damaged.add(arrival);
    const fields = { file: this.#file, arrival };
    this.#log({ type: "log", level: "error", message: "damaged on disk", fields });
  }

  onStored(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const fields = { file: this.#file };
    this.#log({ type: "log", level: "info", message: "can store again", fields });
  }
}

export function failureOf(file: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error) ?? "";
  const why = DAMAGE.test(code)
    ? "it is damaged or not ours: move it away to begin anew, or put a copy of it back"
    : code.startsWith("SQLITE_BUSY")
      ? "another program holds it"
      : wordsOf(error);
  return new Failure(`Cannot use ${file}: ${why}`, EXIT.failure, error);
}
