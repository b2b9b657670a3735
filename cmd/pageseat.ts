import { Queue } from "../lib/base/queue.ts";
import { jsonSafe } from "../lib/base/text.ts";
import { parsePeerLine } from "../lib/contract/incoming.ts";
import { outgoingOf } from "../lib/contract/outgoing.ts";
import { systemClock } from "../lib/io/clock.ts";
import type { PageSocket, Visitor } from "../lib/io/web/pagesockets.ts";
import type { ErrorCode, PeerEvent, Req } from "../lib/node/events.ts";
import type { Seat, Sitter } from "./seat.ts";

/** Lines that are collected are sent at the latest when they are so many characters. */
const COLLECTED_CHARS_MAX = 65_536;

/** What a page may ask while what it asked before is worked off; it is closed for more. */
const WAITING_CHARS_MAX = 2 ** 20;

const TOO_MUCH = "this page asks faster than it can be answered";

export interface PageSeatOptions {
  readonly page: PageSocket;
  readonly sit: (sitter: Sitter) => Seat;
  readonly onGone: () => void;
}

/** One page in a browser at its seat: what happens as lines of JSON, and lines as commands. */
export class PageSeat {
  readonly #page: PageSocket;
  readonly #seat: Seat;
  readonly #onGone: () => void;
  #collected: string[] = [];
  #collectedChars = 0;
  #waiting = new Queue<string>();
  #waitingChars = 0;

  constructor({ page, sit, onGone }: PageSeatOptions) {
    this.#page = page;
    this.#onGone = onGone;
    this.#seat = sit({
      onEvent: (event) => this.#tell(event),
      onTurnEnd: () => this.#flush(),
      onFree: () => this.#advance(),
      complain: (text) => this.#refuse("INTERNAL", null, text),
    });
  }

  get visitor(): Visitor {
    return {
      onLine: (line) => {
        this.#waitingChars += line.length;
        if (this.#waitingChars > WAITING_CHARS_MAX) return this.#page.close(TOO_MUCH);
        this.#waiting.push(line);
        this.#advance();
      },
      onBehind: (isBehind) => this.#seat.setBehind(isBehind),
      onGone: () => {
        this.#seat.leave();
        this.#onGone();
      },
    };
  }

  /** What was told is on its way before. */
  close(reason: string): void {
    this.#flush();
    this.#page.close(reason);
  }

  #advance(): void {
    while (!this.#seat.isBusy) {
      const line = this.#waiting.shift();
      if (line === undefined) return;
      this.#waitingChars -= line.length;
      this.#handleLine(line);
    }
  }

  #handleLine(line: string): void {
    const incoming = parsePeerLine(line);
    if ("error" in incoming) {
      return this.#refuse("USAGE", incoming.error.req, incoming.error.text);
    }
    const { command } = incoming;
    // What a page says may come from whoever got into it: no file of this machine is to be read.
    if (command.type === "join" && command.secretFile !== undefined) {
      return this.#refuse("USAGE", command.req, "A page cannot name a file: give the secret");
    }
    this.#seat.command(command);
  }

  #refuse(code: ErrorCode, req: Req, text: string): void {
    this.#tell({ type: "error", req, code, text });
    this.#flush();
  }

  #tell(event: PeerEvent): void {
    if (event.type === "log") return;
    const line = jsonSafe(outgoingOf(event, systemClock.now()));
    this.#collected.push(line);
    this.#collectedChars += line.length;
    if (event.type === "bye") this.close("");
    else if (this.#collectedChars > COLLECTED_CHARS_MAX) this.#flush();
  }

  #flush(): void {
    if (this.#collected.length === 0) return;
    const frame = this.#collected.join("\n");
    this.#collected = [];
    this.#collectedChars = 0;
    this.#page.send(frame);
  }
}
