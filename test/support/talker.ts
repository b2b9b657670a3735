import { startClient } from "./chat.ts";
import { type Json, matches, type Pattern, type Program } from "./program.ts";

/** One message as somebody's program told it. */
export interface Heard {
  readonly id: string;
  readonly room: string;
  readonly from: string;
  readonly text: string;
}

/** What a person was told over all runs of their program. */
export interface Account {
  /** In the order of telling. */
  readonly heard: readonly Heard[];
  /** Ids of own messages that were told to be on disk here, and to be on the other's. */
  readonly queued: ReadonlySet<string>;
  readonly delivered: ReadonlySet<string>;
}

/** A person whose program may be killed at any moment, and who starts it again. */
export class Talker implements AsyncDisposable {
  readonly name: string;
  readonly #dataDir: string;
  readonly #server: string;
  readonly #linesBefore: Json[] = [];
  #program: Program | undefined;
  #said = 0;

  constructor(name: string, dataDir: string, server: string) {
    this.name = name;
    this.#dataDir = dataDir;
    this.#server = server;
  }

  get isRunning(): boolean {
    return this.#program !== undefined;
  }

  /** The one that runs; throws where none does. */
  get program(): Program {
    if (this.#program === undefined) throw new Error(`${this.name} does not run`);
    return this.#program;
  }

  start(): void {
    const { name } = this;
    this.#program = startClient({ name, dataDir: this.#dataDir, server: this.#server });
  }

  /** The text is a number that counts up. Returns the request's id. */
  say(to: string): string {
    this.#said += 1;
    const text = String(this.#said);
    this.program.send({ req: text, type: "send", to, text });
    return text;
  }

  /** Kills the program in the middle of whatever it does, and keeps every whole line of it. */
  async kill(): Promise<void> {
    const program = this.program;
    this.#program = undefined;
    program.kill("SIGKILL");
    await program.exited;
    this.#linesBefore.push(...program.lines);
  }

  /** Waits until this run has told so many lines that match. */
  async tells(pattern: Pattern, timeoutMs: number, count = 1): Promise<void> {
    let left = count;
    const isLast = (line: Json): boolean => matches(line, pattern) && --left <= 0;
    await this.program.line(isLast, { timeoutMs });
  }

  get account(): Account {
    const lines = [...this.#linesBefore, ...(this.#program?.lines ?? [])];
    const ids = (state: string): Set<string> => {
      const told = lines.filter((line) => matches(line, { type: "status", state }));
      return new Set(told.map((line) => String(line["id"])));
    };
    return {
      heard: lines.filter((line) => line["type"] === "message").map(heardOf),
      queued: ids("queued"),
      delivered: ids("delivered"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
  }
}

function heardOf({ id, room, from, text }: Json): Heard {
  const name = typeof from === "object" && from !== null && "name" in from ? from.name : "";
  return { id: String(id), room: String(room), from: String(name), text: String(text) };
}
