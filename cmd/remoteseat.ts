import { resolve } from "node:path";
import type { Asked } from "../lib/contract/asked.ts";
import { commandLineOf } from "../lib/contract/commandline.ts";
import { eventOf } from "../lib/contract/eventof.ts";
import { parseOutgoingLine } from "../lib/contract/outgoingline.ts";
import { connectTo } from "../lib/io/controlclient.ts";
import { wordsOf } from "../lib/io/failure.ts";
import type { LineSocket } from "../lib/io/linesocket.ts";
import { pathTyped } from "../lib/io/pathnames.ts";
import { socketsOf } from "../lib/io/runtime.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import type { PeerEvent } from "../lib/node/events.ts";
import { undone, Unanswered } from "../lib/ui/unanswered.ts";
import type { FaceKind, Seat, Sitter } from "./seat.ts";

/** How long to wait before a node that has gone is looked for again. */
const RETRY_MS = 1000;

const GONE = "The node has gone; waiting for it to come back: start p2pchat client again as before";
const NOT_DONE = "The node has gone: nobody is there to do this";
const NOT_ANSWERED = "The node has gone before it answered, and may not have done this";
const ENDED = "The node has ended, and has not done this";

const BYE: PeerEvent = { type: "bye", waiting: [] };

/** `pace` is not asked but heeded: what is told waits where it is. */
export type Telling = Exclude<Asked, { type: "pace" }>;

export interface RemoteSeatOptions {
  /** Whose node it is. */
  readonly dataDirectory: string;
  readonly kind: FaceKind;
  readonly sitter: Sitter;
  /** What is asked as soon as it is seated. */
  readonly first: readonly Telling[];
}

/**
 * A seat at a node of another process. When that is killed, what was asked and is unanswered counts
 * as failed, and the seat is taken anew as soon as the node runs again.
 */
export class RemoteSeat implements Seat {
  /** The node goes on without this one. */
  readonly endsToo = 0;
  readonly #options: RemoteSeatOptions;
  readonly #unanswered = new Unanswered();
  #step: "away" | "seated" | "over" = "away";
  #lines: LineSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The person was told that the node has gone, and not yet that it is back. */
  #isMissed = false;
  #isBehind = false;
  /** It has asked to end itself: the node goes on with what it was asked before. */
  #isLeaving = false;

  constructor(options: RemoteSeatOptions) {
    this.#options = options;
  }

  /** Takes the seat as soon as there is one. */
  start(): void {
    void this.#connect();
  }

  get isBusy(): boolean {
    return (this.#lines?.waitingBytes ?? 0) > 0;
  }

  command(asked: Asked): void {
    if (asked.type === "pace") return;
    if (asked.type === "quit") this.#isLeaving = true;
    if (this.#step === "seated") this.#send(asked);
    else queueMicrotask(() => this.#refuse(asked));
  }

  /** What is told meanwhile waits where it is. */
  setBehind(isBehind: boolean): void {
    this.#isBehind = isBehind;
    // Not at once: whoever says so may be in the middle of something.
    queueMicrotask(() => {
      if (this.#isBehind) this.#lines?.pause();
      else this.#lines?.resume();
    });
  }

  leave(): void {
    this.#step = "over";
    clearTimeout(this.#timer);
    this.#lines?.end();
  }

  async #connect(): Promise<void> {
    const lines = await this.#find();
    if (this.#step === "over") return lines?.end();
    if (lines === undefined) return this.#wait();
    this.#step = "seated";
    this.#lines = lines;
    if (this.#isBehind) lines.pause();
    lines.write(JSON.stringify({ type: "attach", face: this.#options.kind }));
    for (const asked of this.#options.first) this.#send(asked);
    lines.flush();
  }

  async #find(): Promise<LineSocket | undefined> {
    try {
      for (const socket of socketsOf(this.#options.dataDirectory, process.env)) {
        const lines = await connectTo(socket, () => ({
          onLine: (line) => this.#handleLine(line),
          onRead: () => this.#options.sitter.onTurnEnd(),
          onCaughtUp: () => this.#options.sitter.onFree(),
          onClosed: () => this.#handleClosed(),
        }));
        if (lines !== undefined) return lines;
      }
    } catch (error) {
      this.#miss(wordsOf(error));
    }
    return undefined;
  }

  #wait(): void {
    this.#miss(GONE);
    this.#timer = setTimeout(() => void this.#connect(), RETRY_MS);
  }

  #miss(text: string): void {
    if (this.#isMissed) return;
    this.#isMissed = true;
    this.#options.sitter.complain(text);
    this.#options.sitter.onAway?.(true);
  }

  #handleLine(line: InputLine): void {
    if (line.kind !== "line" || this.#step !== "seated") return;
    const told = parseOutgoingLine(line.text);
    const event = told && eventOf(told);
    if (event === undefined) return;
    if (event.type === "ready" && this.#isMissed) {
      this.#isMissed = false;
      this.#options.sitter.complain("The node is back");
      this.#options.sitter.onAway?.(false);
    }
    this.#tell(event);
  }

  #handleClosed(): void {
    this.#lines = undefined;
    if (this.#step === "over") return;
    this.#step = "away";
    this.#failUnanswered(NOT_ANSWERED);
    this.#wait();
    this.#options.sitter.onTurnEnd();
  }

  #tell(event: PeerEvent): void {
    this.#unanswered.handleEvent(event);
    if (event.type === "bye") this.#onBye();
    this.#options.sitter.onEvent(event);
  }

  /** The node has ended, as it was asked to: what it had heard of is answered by then. */
  #onBye(): void {
    this.#step = "over";
    if (!this.#isLeaving) this.#failUnanswered(ENDED);
  }

  #failUnanswered(text: string): void {
    for (const event of this.#unanswered.take(text)) this.#tell(event);
  }

  #send(asked: Telling): void {
    this.#unanswered.handleCommand(asked);
    this.#lines?.write(commandLineOf(withWholePath(asked)));
    this.#lines?.flush();
  }

  #refuse(asked: Telling): void {
    const { sitter } = this.#options;
    const event = asked.type === "quit" ? BYE : undone(asked, NOT_DONE);
    if (event !== undefined) this.#tell(event);
    sitter.onTurnEnd();
  }
}

/** The node has another working directory, and perhaps another home. */
function withWholePath(asked: Telling): Telling {
  if (asked.type !== "join" || asked.secretFile === undefined) return asked;
  return { ...asked, secretFile: resolve(pathTyped(asked.secretFile)) };
}
