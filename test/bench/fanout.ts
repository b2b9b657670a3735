import { assert } from "../../lib/base/assert.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { Line } from "./line.ts";
import { MESSAGE_BYTES, Messages } from "./messages.ts";
import type { SessionHost } from "./sessionhost.ts";
import type { Samples } from "./tasks.ts";

export const SESSIONS = 200;

const ROUNDS_WARM = 20;
const ROUNDS = 50;
const LONE_ROUNDS = 10;

/**
 * What a message costs this process, in µs of CPU for each recipient, until it is acknowledged: to
 * all at once, and to one after the other, each alone.
 */
export class FanOut {
  readonly #host: SessionHost;
  readonly #lines: readonly Line[];
  readonly #messages = new Messages(MESSAGE_BYTES);
  readonly #waiting = new Set<Line>();
  #onAcknowledged: () => void = () => undefined;
  #round = 0;

  constructor(host: SessionHost, lines: readonly Line[]) {
    this.#host = host;
    this.#lines = lines;
    host.onTurnEnd = () => this.#look();
  }

  async measure(warm: () => Promise<void>): Promise<Samples> {
    await this.#repeat(ROUNDS_WARM, () => this.#toAll());
    await this.#repeat(1, () => this.#toEach());
    await warm();
    const allUs = await this.#repeat(ROUNDS, () => this.#toAll());
    const loneUs = await this.#repeat(LONE_ROUNDS, () => this.#toEach());
    return { allUs, loneUs };
  }

  async #toAll(): Promise<void> {
    await this.#send(this.#lines);
  }

  async #toEach(): Promise<void> {
    for (const line of this.#lines) await this.#send([line]);
  }

  async #send(lines: readonly Line[]): Promise<void> {
    const acknowledged = Promise.withResolvers<void>();
    this.#onAcknowledged = acknowledged.resolve;
    const message = this.#messages.nth(this.#round);
    this.#host.turn(() => {
      for (const line of lines) {
        assert(line.send(CHAT_CHANNEL, message), "there is room for one message");
        this.#waiting.add(line);
      }
    });
    await acknowledged.promise;
  }

  /** CPU time for each recipient, in µs. */
  async #repeat(rounds: number, work: () => Promise<void>): Promise<number> {
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i++) {
      await work();
      this.#round += 1;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (rounds * this.#lines.length);
  }

  #look(): void {
    if (this.#waiting.size === 0) return;
    for (const line of this.#waiting) {
      if (line.unacknowledged(CHAT_CHANNEL) === 0) this.#waiting.delete(line);
    }
    if (this.#waiting.size === 0) this.#onAcknowledged();
  }
}
