import { isatty } from "node:tty";
import { lineSafe } from "../lib/base/text.ts";
import type { Asked } from "../lib/contract/asked.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Echo } from "../lib/io/echo.ts";
import { wordsOf } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { type InputLine, Lines } from "../lib/io/stdio.ts";
import type { PeerEvent } from "../lib/node/events.ts";
import type { Door, Face } from "../lib/ui/face.ts";
import type { ChatOptions, FaceOptions } from "./chatoptions.ts";
import { endingToo } from "../lib/ui/words.ts";
import { tryDoor } from "./door.ts";
import { exporter } from "./exporter.ts";
import { faceOf } from "./faces.ts";
import { FullScreen } from "./fullscreen.ts";
import { Input } from "./input.ts";
import { Marking } from "./marking.ts";
import { closeNode, openNode } from "./nodehost.ts";
import { openHub } from "./pages.ts";
import type { Seat, Sitter } from "./seat.ts";
import { onSignals } from "./signals.ts";

/** How long the farewells may take, and what else is done at a node's end. */
const LEAVING_MS = 2500;

/** What waits for a reader while history is fetched: a tenth of what it may be behind at all. */
const BEHIND_BYTES = 2 ** 20;

/** How long after a signal a reader that has stopped can hold up the end. */
const HELD_UP_MS = 2500;

/** What nobody here has asked for is not to look like a fault. */
const ELSEWHERE = "This client was ended from elsewhere";

/** Opens all that a client needs, chats, and returns the exit code. Throws a Failure. */
export async function runChat(
  asked: ChatOptions,
  input: AsyncIterable<InputLine>,
): Promise<number> {
  const parts = await openNode(asked);
  const { identity, rooms } = parts;
  const remarks = [...parts.remarks];
  const options = { ...asked, rooms };
  const fullScreen =
    options.face === "full-screen" ? await FullScreen.load(options, identity.peerId) : null;
  const { hub, pages } = openHub(options, parts);
  const sitDown = (sitter: Sitter): Seat => hub.sit({ kind: options.face, isMain: true }, sitter);
  const chat = new Chat(options, { sitDown, fullScreen, remarks });
  // Who only says something is gone in a moment.
  const isBrief = options.to !== undefined && !options.stay;
  const door = isBrief ? undefined : tryDoor(hub, options.paths, (text) => remarks.push(text));
  if (!isBrief) pages.resume();
  const exitCode = await chat.run(input, () => hub.start());
  await hub.ended();
  door?.close();
  await pages.close();
  closeNode(parts);
  await door?.sendAway();
  return exitCode;
}

interface ChatParts {
  readonly sitDown: (sitter: Sitter) => Seat;
  /** Null where the face is another. */
  readonly fullScreen: FullScreen | null;
  /** What a person is to know before anything else. */
  readonly remarks: readonly string[];
}

/** A face at its seat and the input, and what passes between them. */
export class Chat {
  readonly #options: FaceOptions;
  readonly #fullScreen: FullScreen | null;
  readonly #remarks: readonly string[];
  readonly #out = new Lines(1, () => this.#leave(EXIT.done), {
    onFailure: (failure) => {
      this.#complain(failure.message);
      this.#leave(failure.exitCode);
    },
    onCaughtUp: () => this.#advance(),
  });
  readonly #marking = new Marking(this.#out, () => this.#face);
  readonly #seat: Seat;
  readonly #echo = new Echo();
  readonly #face: Face;
  readonly #end = Promise.withResolvers<number>();
  #input: Input | undefined;
  #timer: NodeJS.Timeout | undefined;
  #exitCode: number | undefined;
  #isBehind = false;
  #isHiding = false;
  /** This face has asked for the end. */
  #hasQuit = false;

  constructor(options: FaceOptions, { sitDown, fullScreen, remarks }: ChatParts) {
    this.#options = options;
    this.#fullScreen = fullScreen;
    this.#remarks = remarks;
    this.#seat = sitDown({
      onEvent: (event) => this.#handleEvent(event),
      onShown: (shown) => this.#marking.onTold(shown),
      onTended: (isMore) => this.#fullScreen?.onTended(isMore),
      onAway: (isAway) => this.#fullScreen?.onAway(isAway),
      onTurnEnd: () => {
        this.#flush();
        this.#advance();
      },
      onFree: () => this.#advance(),
      complain: (text) => this.#complain(text),
    });
    this.#face = this.#makeFace();
  }

  /** `begin`: what is done once there is a face to tell of it. Returns the exit code. */
  async run(input: AsyncIterable<InputLine>, begin: () => void): Promise<number> {
    const forget = onSignals(
      (exitCode) => {
        setTimeout(() => this.#out.drop(), HELD_UP_MS);
        this.#leave(exitCode);
      },
      this.#fullScreen === null && isatty(0) && isatty(2),
    );
    await this.#fullScreen?.open(() => this.#advance());
    for (const remark of this.#remarks) this.#complain(remark);
    begin();
    this.#input = new Input(input, this.#sink());
    void this.#input.run();
    this.#advance();

    const exitCode = await this.#end.promise;
    for (const line of this.#fullScreen?.close() ?? []) this.#out.write(line);
    this.#flush();
    await this.#out.idle();
    this.#echo.set(true);
    // Not before the screen is the shell's again.
    if (!this.#hasQuit && this.#face.outcome === undefined) tellHuman(`p2pchat: ${ELSEWHERE}`);
    forget();
    return exitCode;
  }

  #makeFace(): Face {
    const onTold = (): void => this.#flush();
    const door: Door = {
      write: (line) => this.#out.write(line),
      command: (asked) => this.#command(asked),
      endsToo: () => this.#seat.endsToo,
      exportTo: exporter(this.#options, onTold),
    };
    const complain = (text: string): void => this.#complain(text);
    return faceOf(this.#options, { door, fullScreen: this.#fullScreen, complain });
  }

  /** Where no screen has asked before, it is said what else ends. */
  #command(asked: Asked): void {
    if (asked.type === "quit" || asked.type === "stop") this.#hasQuit = true;
    if (asked.type === "quit" && this.#fullScreen === null) {
      const words = endingToo(this.#seat.endsToo);
      if (words !== "") this.#complain(`This ends p2pchat${words}`);
    }
    this.#seat.command(asked);
  }

  #sink() {
    const face = this.#face;
    const out = this.#out;
    const seat = this.#seat;
    const then = (handle: (now: number) => void): void => {
      handle(systemClock.now());
      // Who reads that a secret is asked for types it at once.
      this.#hideSecret();
      this.#flush();
      this.#advance();
    };
    const isLeaving = (): boolean => this.#exitCode !== undefined;
    return {
      get wantsInput() {
        return face.wantsInput && !out.isBehind && !seat.isBusy && !isLeaving();
      },
      handleLine: (line: string) => then((now) => face.handleLine(now, line)),
      handleWrongLine: (fault: string) => then((now) => face.handleWrongLine(now, fault)),
      handleEnd: () => then((now) => face.handleEnd(now)),
    };
  }

  #handleEvent(event: PeerEvent): void {
    this.#face.handleEvent(systemClock.now(), event);
    if (event.type === "reply" && event.command === "web") void this.#showPage(event.url);
    if (event.type === "bye") this.#finish();
  }

  /** A program that asked for the page's address has its own use for it. */
  async #showPage(url: string): Promise<void> {
    const { face, paths } = this.#options;
    if (face === "json") return;
    const { openPage } = await import("./pageopening.ts");
    try {
      openPage({ dataDirectory: paths.dataDirectory, env: process.env, url });
    } catch (error) {
      this.#complain(wordsOf(error));
    }
  }

  /** After anything that may have changed what the face waits for. */
  #advance(): void {
    const { outcome } = this.#face;
    if (outcome !== undefined) {
      if (outcome.text !== undefined && this.#exitCode === undefined) {
        this.#complain(outcome.text);
      }
      this.#leave(outcome.exitCode);
    }
    this.#hideSecret();
    this.#tellPace();
    this.#input?.wake();
    clearTimeout(this.#timer);
    const dueAt = this.#face.pollTimeout();
    if (dueAt === Infinity) return;
    const waitMs = Math.max(0, Math.ceil(dueAt - systemClock.now()));
    this.#timer = setTimeout(() => {
      this.#face.handleTimeout(systemClock.now());
      this.#flush();
      this.#advance();
    }, waitMs);
  }

  /** Writes what was collected, and marks what that shows. */
  #flush(): void {
    this.#marking.settle();
    this.#out.flush();
  }

  /** A reader that is behind is not given history faster than it takes it. */
  #tellPace(): void {
    const { isBehind, waitingBytes } = this.#out;
    if (this.#isBehind ? isBehind : waitingBytes <= BEHIND_BYTES) return;
    this.#isBehind = !this.#isBehind;
    this.#seat.setBehind(this.#isBehind);
  }

  /** What is typed next may be for nobody else to see. */
  #hideSecret(): void {
    const { wantsSecret } = this.#face;
    if (wantsSecret === this.#isHiding || !isatty(0)) return;
    this.#isHiding = wantsSecret;
    if (!this.#echo.set(!wantsSecret) && wantsSecret) {
      this.#complain("This terminal shows what you type");
    }
  }

  /** Says farewell; what made it leave first decides the exit code. */
  #leave(exitCode: number): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    this.#face.handleLeaving(systemClock.now());
    this.#command({ type: "quit" });
    setTimeout(() => this.#finish(), LEAVING_MS);
  }

  #finish(): void {
    this.#exitCode ??= EXIT.done;
    clearTimeout(this.#timer);
    this.#seat.leave();
    // The turn in which the farewells left is still to be carried to its end.
    setImmediate(() => this.#end.resolve(this.#exitCode ?? EXIT.done));
  }

  /** One line for the person, where nothing but results goes to standard output. */
  #complain(text: string): void {
    if (this.#fullScreen !== null) this.#fullScreen.tell(text);
    else tellHuman(`p2pchat: ${lineSafe(text)}`);
  }
}
