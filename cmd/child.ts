import * as v from "valibot";
import { outgoingSchema, type Outgoing } from "../lib/contract/schema.ts";
import { readLines } from "../lib/io/stdio.ts";
import { thisProgram } from "./thisprogram.ts";

/** Of what a child complained about, this much is kept. */
const COMPLAINT_CHARS_MAX = 2000;

type Line<Type extends Outgoing["type"]> = Extract<Outgoing, { type: Type }>;

interface Waiter {
  readonly look: (line: Outgoing) => boolean;
  readonly cancel: (error: Error) => void;
}

/** Another process of this very program, spoken to in JSON lines. */
export class Child {
  readonly name: string;
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #lines: Outgoing[] = [];
  readonly #waiters = new Set<Waiter>();
  #complaints = "";
  #hasEnded = false;

  constructor(name: string, args: readonly string[], cwd: string) {
    this.name = name;
    this.#process = Bun.spawn([...thisProgram(), ...args], {
      cwd,
      env: withoutOwnVariables(process.env),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    void this.#listen().then(() => this.#end());
    void this.#collectComplaints();
  }

  say(command: Readonly<Record<string, unknown>>): void {
    void this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    void this.#process.stdin.flush();
  }

  /** The first line of this type for which `isIt` holds, past or to come. */
  line<Type extends Outgoing["type"]>(
    type: Type,
    isIt: (line: Line<Type>) => boolean = () => true,
  ): Promise<Line<Type>> {
    return new Promise((resolve, reject) => {
      const look = (line: Outgoing): boolean => {
        if (!isOf(line, type) || !isIt(line)) return false;
        resolve(line);
        return true;
      };
      if (this.#lines.some(look)) return;
      if (this.#hasEnded) reject(this.#ended());
      else this.#waiters.add({ look, cancel: reject });
    });
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.exited;
  }

  /** For where there is no time to wait. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async #listen(): Promise<void> {
    for await (const input of readLines(this.#process.stdout)) {
      if (input.kind !== "line") continue;
      const parsed = v.safeParse(outgoingSchema, JSON.parse(input.text));
      if (!parsed.success) continue;
      this.#lines.push(parsed.output);
      for (const waiter of this.#waiters) {
        if (waiter.look(parsed.output)) this.#waiters.delete(waiter);
      }
    }
  }

  async #collectComplaints(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#process.stderr) {
      this.#complaints += decoder.decode(bytes, { stream: true });
      this.#complaints = this.#complaints.slice(-COMPLAINT_CHARS_MAX);
    }
  }

  #end(): void {
    this.#hasEnded = true;
    for (const { cancel } of this.#waiters) cancel(this.#ended());
    this.#waiters.clear();
  }

  #ended(): Error {
    return new Error(`${this.name} has ended: ${this.#complaints.trim() || "it did not say why"}`);
  }
}

function isOf<Type extends Outgoing["type"]>(line: Outgoing, type: Type): line is Line<Type> {
  return line.type === type;
}

/** What the environment says to this process is not meant for those it starts. */
function withoutOwnVariables(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("P2PCHAT_")));
}
