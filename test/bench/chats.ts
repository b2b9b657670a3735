import { assert } from "../../lib/base/assert.ts";
import { IN_FLIGHT_MAX } from "../../lib/chat/recipient.ts";
import type { ChatNode } from "./chatnode.ts";
import { MESSAGE_BYTES } from "./messages.ts";
import { median } from "./statistics.ts";
import { BURST, SUSTAINED, type Samples, warmUp } from "./tasks.ts";

/** Messages that are not delivered yet: as many as may be under way to one peer. */
const OUTSTANDING = IN_FLIGHT_MAX;

const TEXTS = Array.from({ length: 1024 }, (_, i) => `${i} `.padEnd(MESSAGE_BYTES, "a"));

const QUICK_BURSTS = 10;

function textOf(index: number): string {
  const text = TEXTS[index % TEXTS.length];
  assert(text !== undefined, "indices are whole numbers");
  return text;
}

/** Sees that every message arrives once and in order. */
export function listen(node: ChatNode): void {
  let next = 0;
  node.onEvent = (event) => {
    if (event.type !== "message") return;
    assert(event.text === textOf(next), "every message arrives once and in order");
    next += 1;
  };
}

/** Talks to one peer, and knows what it has on its disk. */
export class Talker {
  readonly #node: ChatNode;
  readonly #to: string;
  #said = 0;
  #delivered = 0;
  #onDelivered: () => void = () => undefined;

  constructor(node: ChatNode, to: string) {
    this.#node = node;
    this.#to = to;
    node.onEvent = (event) => {
      assert(event.type !== "error", "nothing is refused");
      if (event.type !== "status" || event.state !== "delivered") return;
      this.#delivered += 1;
      this.#onDelivered();
    };
  }

  /** First send → all are on both disks and the sender knows it, in ms. */
  async bursts(warm: () => Promise<void>, isQuick: boolean): Promise<Samples> {
    const one = async (): Promise<number> => {
      await Bun.sleep(BURST.idleMs);
      const startedAtMs = performance.now();
      await this.#say(BURST.messages);
      return performance.now() - startedAtMs;
    };
    await warmUp(one);
    await warm();
    const times: number[] = [];
    for (let i = 0; i < (isQuick ? QUICK_BURSTS : BURST.count); i++) times.push(await one());
    return { ms: median(times) };
  }

  /** As many as are delivered, for three seconds. */
  async sustained(warm: () => Promise<void>, isQuick: boolean): Promise<Samples> {
    await this.#sayFor(SUSTAINED.warmMs);
    await warm();
    const startedAtMs = performance.now();
    const messages = await this.#sayFor(isQuick ? SUSTAINED.warmMs : SUSTAINED.ms);
    return { perSecond: (messages / (performance.now() - startedAtMs)) * 1000, messages };
  }

  async #say(count: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const until = this.#said + count;
    this.#onDelivered = () => {
      if (this.#delivered === until) over.resolve();
    };
    this.#sayUntil(until);
    await over.promise;
  }

  async #sayFor(ms: number): Promise<number> {
    const over = Promise.withResolvers<void>();
    const [before, untilMs] = [this.#said, performance.now() + ms];
    this.#onDelivered = () => {
      const waiting = this.#said - this.#delivered;
      if (waiting > OUTSTANDING / 2) return;
      if (performance.now() < untilMs) this.#sayUntil(this.#delivered + OUTSTANDING);
      else if (waiting === 0) over.resolve();
    };
    this.#sayUntil(this.#delivered + OUTSTANDING);
    await over.promise;
    return this.#said - before;
  }

  #sayUntil(count: number): void {
    for (; this.#said < count; this.#said++) this.#node.say(`@${this.#to}`, textOf(this.#said));
  }
}
