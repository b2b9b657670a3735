import * as v from "valibot";
import { jsonSafe } from "../lib/base/text.ts";
import type { Asked } from "../lib/contract/asked.ts";
import { parsePeerLine } from "../lib/contract/incoming.ts";
import { outgoingOf } from "../lib/contract/outgoing.ts";
import { systemClock } from "../lib/io/clock.ts";
import { ControlServer } from "../lib/io/controlserver.ts";
import { Failure } from "../lib/io/failure.ts";
import type { LineSocket, LineWatcher } from "../lib/io/linesocket.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import type { ErrorCode, PeerEvent, Req } from "../lib/node/events.ts";
import { skippedWords } from "../lib/ui/words.ts";
import { WRONG } from "./input.ts";
import { FACE_KINDS, type FaceKind, type Seat, type Sitter } from "./seat.ts";

/** What waits for who reads while history is fetched: an eighth of what may wait at all. */
const BEHIND_BYTES = 2 ** 20;

const LOOK_MS = 60_000;

/** The line with which a face sits down. */
const attachSchema = v.object({ type: v.literal("attach"), face: v.picklist(FACE_KINDS) });

/** `kind`: null for who asks about the node alone. */
type Sit = (kind: FaceKind | null, sitter: Sitter) => Seat;

export interface ControlSeatsOptions {
  /** Where its socket is to be, as things are now. Throws a Failure where there is no place. */
  readonly place: () => string;
  readonly sit: Sit;
  /** How often it looks whether the socket is still there. */
  readonly lookMs?: number;
}

/**
 * The door of a node for the faces on this machine: JSON lines, both ways. Whoever begins with
 * `attach` sits down as that face. Whoever begins with something else asks, and is told nothing but
 * answers: to look after a node is not to read what is said.
 */
export class ControlSeats {
  readonly #options: ControlSeatsOptions;
  readonly #seats = new Set<ControlSeat>();
  readonly #timer: NodeJS.Timeout;
  #server: ControlServer;

  /** Throws a Failure where nobody could come in. */
  constructor(options: ControlSeatsOptions) {
    this.#options = options;
    this.#server = this.#open();
    this.#timer = setInterval(() => this.#look(), options.lookMs ?? LOOK_MS);
    this.#timer.unref();
  }

  /** Lets nobody in any more; whoever is there stays. */
  close(): void {
    clearInterval(this.#timer);
    this.#server.stop();
  }

  /** Ends every connection, once what was told is out. */
  async sendAway(): Promise<void> {
    await Promise.all(this.#seats.values().map((seat) => seat.end()));
  }

  #open(): ControlServer {
    return new ControlServer({
      path: this.#options.place(),
      onConnection: (lines) => {
        const seat = new ControlSeat(lines, this.#options.sit, () => this.#seats.delete(seat));
        this.#seats.add(seat);
        return seat.watcher;
      },
    });
  }

  /** A runtime directory goes when its user has logged out, and what is old goes from `/tmp`. */
  #look(): void {
    if (this.#server.isThere) return;
    try {
      // First, as its end would take away what is in its place.
      this.#server.stop();
      this.#server = this.#open();
    } catch (error) {
      // There may be a place for it the next time.
      if (!(error instanceof Failure)) throw error;
    }
  }
}

/** One connection. */
class ControlSeat {
  readonly #lines: LineSocket;
  readonly #sit: Sit;
  readonly #onGone: () => void;
  readonly #ended = Promise.withResolvers<void>();
  #seat: Seat | undefined;
  #isBehind = false;
  #isLeaving = false;

  constructor(lines: LineSocket, sit: Sit, onGone: () => void) {
    this.#lines = lines;
    this.#sit = sit;
    this.#onGone = onGone;
  }

  get watcher(): LineWatcher {
    return {
      onLine: (line) => this.#handleLine(line),
      onRead: () => this.#lines.flush(),
      onCaughtUp: () => this.#tellPace(),
      onClosed: () => {
        this.#seat?.leave();
        this.#onGone();
        this.#ended.resolve();
      },
    };
  }

  async end(): Promise<void> {
    this.#lines.end();
    await this.#ended.promise;
  }

  #handleLine(line: InputLine): void {
    if (line.kind !== "line") return this.#refuse("USAGE", null, skippedWords(WRONG[line.kind]));
    if (line.text.trim() === "") return;
    if (this.#seat === undefined) {
      const face = faceIn(line.text);
      this.#seat = this.#sit(face ?? null, this.#sitter());
      if (face !== undefined) return;
    }
    const incoming = parsePeerLine(line.text);
    if ("error" in incoming) this.#refuse("USAGE", incoming.error.req, incoming.error.text);
    else this.#command(this.#seat, incoming.command);
    if (this.#seat.isBusy) this.#lines.pause();
  }

  #command(seat: Seat, asked: Asked): void {
    if (asked.type === "quit") this.#isLeaving = true;
    seat.command(asked);
  }

  #sitter(): Sitter {
    return {
      onEvent: (event) => this.#tell(event),
      onTurnEnd: () => {
        this.#lines.flush();
        this.#tellPace();
      },
      onFree: () => {
        if (this.#seat?.isBusy === false) this.#lines.resume();
      },
      complain: (text) => this.#refuse("INTERNAL", null, text),
    };
  }

  #refuse(code: ErrorCode, req: Req, text: string): void {
    this.#tell({ type: "error", req, code, text });
    this.#lines.flush();
  }

  #tell(event: PeerEvent): void {
    if (event.type === "log") return;
    this.#lines.write(jsonSafe(outgoingOf(event, systemClock.now())));
    if (event.type === "bye" && this.#isLeaving) this.#lines.end();
  }

  /** As a face's own output does: who reads slowly is not given history faster than that. */
  #tellPace(): void {
    const { waitingBytes } = this.#lines;
    if (this.#isBehind ? waitingBytes > 0 : waitingBytes <= BEHIND_BYTES) return;
    this.#isBehind = !this.#isBehind;
    this.#seat?.setBehind(this.#isBehind);
  }
}

/** Undefined where the line is another. */
function faceIn(line: string): FaceKind | undefined {
  try {
    const { success, output } = v.safeParse(attachSchema, JSON.parse(line));
    return success ? output.face : undefined;
  } catch {
    return undefined;
  }
}
