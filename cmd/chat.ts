import { isatty } from "node:tty";
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Doorkeeper } from "../lib/io/doorkeeper.ts";
import { Echo } from "../lib/io/echo.ts";
import { tellHuman } from "../lib/io/human.ts";
import { systemRandom } from "../lib/io/random.ts";
import { type InputLine, Lines } from "../lib/io/stdio.ts";
import type { PeerEvent } from "../lib/node/events.ts";
import type { Door, Face } from "../lib/ui/face.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { examiner } from "./examiner.ts";
import { exporter } from "./exporter.ts";
import { faceOf } from "./faces.ts";
import { FullScreen } from "./fullscreen.ts";
import { Input } from "./input.ts";
import { Marking } from "./marking.ts";
import { closeNode, NodeHost, type NodeParts, openNode } from "./nodehost.ts";
import { onSignals } from "./signals.ts";

/** How long the farewells may take. */
const LEAVING_MS = 2000;

/** What waits for a reader while history is fetched: a tenth of what it may be behind at all. */
const BEHIND_BYTES = 2 ** 20;

/** How long after a signal a reader that has stopped can hold up the end. */
const HELD_UP_MS = 2500;

/** Opens all that a client needs, chats, and returns the exit code. Throws a Failure. */
export async function runChat(
  asked: ChatOptions,
  input: AsyncIterable<InputLine>,
): Promise<number> {
  const parts = await openNode(asked);
  const options = { ...asked, rooms: parts.rooms };
  const fullScreen =
    options.face === "full-screen" ? await FullScreen.load(options, parts.identity.peerId) : null;
  const exitCode = await new Chat(options, parts, fullScreen).run(input);
  closeNode(parts);
  return exitCode;
}

/** A node's face and the input, and what passes between them. */
class Chat {
  readonly #options: ChatOptions;
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
  readonly #node: NodeHost;
  readonly #doorkeeper: Doorkeeper;
  readonly #echo = new Echo();
  readonly #face: Face;
  readonly #end = Promise.withResolvers<number>();
  #input: Input | undefined;
  #timer: NodeJS.Timeout | undefined;
  #exitCode: number | undefined;
  #isBehind = false;
  #isHiding = false;

  constructor(options: ChatOptions, parts: NodeParts, fullScreen: FullScreen | null) {
    this.#options = options;
    this.#fullScreen = fullScreen;
    this.#remarks = parts.remarks;
    this.#node = new NodeHost(options, parts, {
      onEvent: (event) => this.#handleEvent(event),
      onShown: (shown) => this.#marking.onTold(shown),
      onTended: (isMore) => this.#fullScreen?.onTended(isMore),
      onTurnEnd: () => {
        this.#flush();
        this.#advance();
      },
      complain: (text) => this.#complain(text),
    });
    this.#doorkeeper = this.#makeDoorkeeper();
    this.#face = this.#makeFace();
  }

  async run(input: AsyncIterable<InputLine>): Promise<number> {
    const forget = onSignals(
      (exitCode) => {
        setTimeout(() => this.#out.drop(), HELD_UP_MS);
        this.#leave(exitCode);
      },
      this.#fullScreen === null && isatty(0) && isatty(2),
    );
    await this.#fullScreen?.open(() => this.#advance());
    for (const remark of this.#remarks) this.#complain(remark);
    this.#node.start();
    this.#input = new Input(input, this.#sink());
    void this.#input.run();
    this.#advance();

    const exitCode = await this.#end.promise;
    await this.#node.withdraw();
    for (const line of this.#fullScreen?.close() ?? []) this.#out.write(line);
    this.#flush();
    await this.#out.idle();
    this.#echo.set(true);
    forget();
    return exitCode;
  }

  #makeFace(): Face {
    const onTold = (): void => this.#flush();
    const door: Door = {
      write: (line) => this.#out.write(line),
      command: (asked) => this.#doorkeeper.handle(asked),
      examine: examiner(this.#options, onTold),
      exportTo: exporter(this.#options, onTold),
    };
    const complain = (text: string): void => this.#complain(text);
    return faceOf(this.#options, { door, fullScreen: this.#fullScreen, complain });
  }

  #makeDoorkeeper(): Doorkeeper {
    return new Doorkeeper({
      random: systemRandom,
      command: (command) => this.#node.command(command),
      refuse: (req, text) => {
        this.#handleEvent({ type: "error", req, code: "USAGE", text });
        this.#flush();
      },
      onFree: () => this.#advance(),
    });
  }

  #sink() {
    const face = this.#face;
    const out = this.#out;
    const doorkeeper = this.#doorkeeper;
    const then = (handle: (now: number) => void): void => {
      handle(systemClock.now());
      // Who reads that a secret is asked for types it at once.
      this.#hideSecret();
      this.#flush();
      this.#advance();
    };
    return {
      get wantsInput() {
        return face.wantsInput && !out.isBehind && !doorkeeper.isBusy;
      },
      handleLine: (line: string) => then((now) => face.handleLine(now, line)),
      handleWrongLine: (fault: string) => then((now) => face.handleWrongLine(now, fault)),
      handleEnd: () => then((now) => face.handleEnd(now)),
    };
  }

  #handleEvent(event: PeerEvent): void {
    this.#face.handleEvent(systemClock.now(), event);
    if (event.type === "bye") this.#finish();
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
    this.#node.command({ type: "pace", isBehind: this.#isBehind });
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

  /** Says farewell to everybody; what made it leave first decides the exit code. */
  #leave(exitCode: number): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    this.#face.handleLeaving(systemClock.now());
    void this.#node.withdraw();
    this.#node.command({ type: "quit" });
    setTimeout(() => this.#finish(), LEAVING_MS);
  }

  #finish(): void {
    this.#exitCode ??= EXIT.done;
    clearTimeout(this.#timer);
    this.#node.close();
    // The turn in which the farewells left is still to be carried to its end.
    setImmediate(() => this.#end.resolve(this.#exitCode ?? EXIT.done));
  }

  /** One line for the person, where nothing but results goes to standard output. */
  #complain(text: string): void {
    if (this.#fullScreen !== null) this.#fullScreen.tell(text);
    else tellHuman(`p2pchat: ${lineSafe(text)}`);
  }
}
