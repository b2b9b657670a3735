import { join } from "node:path";
import { Program } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import { run } from "./namespaces.ts";

/** What happens to the datagrams between two sets of addresses. */
export interface Line {
  /** Beginnings of addresses in hexadecimal, such as "cb0007" for 203.0.7.0/24; "" for all. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly delayMs: number;
  readonly lossPercent: number;
}

/** What the kernel keeps for the program while it is busy; its default of 500 is one birthday. */
const QUEUE_PACKETS = 10_000;

/** A program in the core through which everything goes that the core forwards. */
export class DelayBox implements AsyncDisposable {
  readonly #program: Program;
  #settings = 0;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** In a namespace that forwards, between all its interfaces. */
  static async start(namespace: string): Promise<DelayBox> {
    const command = [process.execPath, join(ROOT, "test", "lab", "delayline.ts")];
    const program = new Program(command, { within: ["ip", "netns", "exec", namespace] });
    const { device } = await program.line({ type: "ready" });
    const lines = [
      `link set ${String(device)} txqueuelen ${QUEUE_PACKETS} up`,
      `route add default dev ${String(device)} table 100`,
      `rule add iif ${String(device)} lookup main pref 10`,
      "rule add not iif lo lookup 100 pref 20",
    ];
    for (const family of ["-4", "-6"]) {
      await run(["ip", family, "-n", namespace, "-batch", "-"], lines.join("\n"));
    }
    return new DelayBox(program);
  }

  /** The first line that fits a datagram is its own; one that none fits goes on at once. */
  async setLines(lines: readonly Line[]): Promise<void> {
    this.#settings += 1;
    this.#program.send({ id: this.#settings, lines });
    await this.#program.line({ type: "set", id: this.#settings });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
