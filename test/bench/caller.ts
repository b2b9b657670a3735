import { assert } from "../../lib/base/assert.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import { Flood } from "./flood.ts";
import type { App, Line } from "./line.ts";
import { KIND, makeMessage, type Messages, MESSAGE_BYTES } from "./messages.ts";

/** The near end: floods channels, and sends what comes back. */
export class Caller implements App {
  readonly #opened = Promise.withResolvers<Line>();
  readonly #floods: (Flood | undefined)[] = [];
  readonly #echo = makeMessage(KIND.echo, 0, MESSAGE_BYTES);
  #line: Line | undefined;
  #onEcho: (() => void) | undefined;

  /** Resolves when there is somebody at the other end. */
  get opened(): Promise<Line> {
    return this.#opened.promise;
  }

  /** Only once it is open. */
  get line(): Line {
    assert(this.#line !== undefined, "the line is open");
    return this.#line;
  }

  onOpened(line: Line): void {
    this.#line = line;
    this.#opened.resolve(line);
  }

  /** To be called within a turn; goes on by itself until it is over. */
  flood(channel: number, messages: Messages, count: number): Flood {
    const flood = new Flood(this.line, { channel, messages, count });
    this.#floods[channel] = flood;
    flood.pump();
    return flood;
  }

  /** To be called within a turn. */
  ping(onEcho: () => void): void {
    this.#onEcho = onEcho;
    assert(this.line.send(CHAT_CHANNEL, this.#echo), "there is room for one message");
  }

  onMessages(channel: number, messages: readonly Uint8Array[]): void {
    for (const message of messages) {
      if (message[0] === KIND.done) this.#floods[channel]?.onDone();
      else this.#onEcho?.();
    }
  }

  onWritable(channel: number): void {
    this.#floods[channel]?.pump();
  }
}
