import type { Asked } from "../../../contract/asked.ts";
import type { PeerEvent, Who } from "../../../node/events.ts";
import { undone, Unanswered } from "../../unanswered.ts";
import type { PageModel } from "./pagemodel.ts";
import { eventsOf, lineOf } from "./wire.ts";

const NOT_ANSWERED = "p2pchat stopped before it answered, and may not have done this";
const NOT_DONE = "p2pchat has stopped: nobody is there to do this";

export interface SittingOptions {
  /** False where nobody is there to hear it. */
  readonly send: (line: string) => boolean;
  readonly make: (me: Who, command: (asked: Asked) => void) => PageModel;
  /** In ms. */
  readonly now: () => number;
  readonly onChange: () => void;
}

/**
 * The page at its node: one model over any number of connections, so that whoever comes back to a
 * node that was away is where they were.
 */
export class Sitting {
  readonly #options: SittingOptions;
  readonly #unanswered = new Unanswered();
  #model: PageModel | undefined;

  constructor(options: SittingOptions) {
    this.#options = options;
  }

  /** Undefined until a node has said who one is. */
  get model(): PageModel | undefined {
    return this.#model;
  }

  handleFrame(frame: string): void {
    for (const event of eventsOf(frame)) {
      this.#unanswered.handleEvent(event);
      this.#handleEvent(event);
    }
    this.#options.onChange();
  }

  /** The node has gone, or cannot be reached. */
  handleLost(): void {
    this.#model?.drafting.onLost(this.#options.now());
    for (const event of this.#unanswered.take(NOT_ANSWERED)) this.#handleEvent(event);
    this.#options.onChange();
  }

  #handleEvent(event: PeerEvent): void {
    const { make, now } = this.#options;
    // Another's node may have come to where one's own was.
    if (event.type === "ready" && event.me.id !== this.#model?.me.id) {
      this.#model = make(event.me, (asked) => this.#command(asked));
    }
    this.#model?.handleEvent(now(), event);
  }

  #command(asked: Asked): void {
    const line = lineOf(asked);
    if (line === undefined) return;
    if (this.#options.send(line)) return this.#unanswered.handleCommand(asked);
    const failed = undone(asked, NOT_DONE);
    if (failed === undefined) return;
    // Not at once: whoever asks is in the middle of something.
    queueMicrotask(() => {
      this.#handleEvent(failed);
      this.#options.onChange();
    });
  }
}
