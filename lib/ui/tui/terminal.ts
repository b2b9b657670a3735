import {
  type CliRenderer,
  createCliRenderer,
  createTextAttributes,
  resolveRenderLib,
  RGBA,
} from "@opentui/core";
import type { KeyEvent } from "@opentui/core";
import { edenGC, fullGC } from "bun:jsc";
import { writeSync } from "node:fs";
import { decodeUtf8 } from "../../base/text.ts";
import { Canvas, type Inks, type Pointer } from "./canvas.ts";
import { Collecting } from "./collecting.ts";
import { editElsewhere } from "./editor.ts";
import type { Key } from "./keymap.ts";
import type { Wish } from "./model.ts";
import type { Style } from "./rows.ts";
import { onStops } from "./stopping.ts";
import { type Theme, themeFor } from "./themes.ts";
import type { TuiFace } from "./tuiface.ts";

/** A screen is drawn at most so often, in ms: what happens meanwhile is in the next one. */
const FRAME_MS = 16;

/** What the renderer changes and does not set back: the title, and how wide characters are. */
const SAVE = "\u001b[22;0t\u001b[?2027s";
const RESTORE = "\u001b[?2027r\u001b[23;0t";

/** How long the first frame is waited for. */
const FIRST_FRAME_MS = 200;

/** How long a terminal is waited for that may say whether its ground is dark. */
const THEME_MS = 1000;

export interface ScreenOptions {
  readonly face: TuiFace;
  readonly now: () => number;
  /** After everything that came from the terminal. */
  readonly onTurn: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The terminal, taken over. */
export interface Screen {
  /** A step of what is done when nothing happens is over; `isMore`: others are to come. */
  onTended(isMore: boolean): void;
  /** Gives it back as it was; any number of times. */
  close(): void;
}

/** Whether what draws could be loaded: it is no part of the program's own code. */
export function canDraw(): boolean {
  try {
    resolveRenderLib();
    return true;
  } catch {
    return false;
  }
}

/** Takes the terminal over: from here on nothing else may write to it. */
export async function openScreen(options: ScreenOptions): Promise<Screen> {
  // Without it, widths would depend on what is known of the terminal, and rows would not fit.
  process.env["OPENTUI_FORCE_UNICODE"] = "1";
  writeSync(1, SAVE);
  const renderer = await createCliRenderer({
    exitOnCtrlC: false,
    exitSignals: [],
    useMouse: true,
    enableMouseMovement: false,
    // Keys as every terminal tells them: bindings that only some know are worth nothing.
    useKittyKeyboard: null,
    consoleMode: "disabled",
    openConsoleOnError: false,
    debounceDelay: 20,
    // When to draw is decided here: its own limit would come on top.
    maxFps: 1000,
    forwardEnvKeys: ["OPENTUI_FORCE_UNICODE"],
  });
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    renderer.destroy();
    giveBack();
  };
  const onCrash = (error: unknown): void => {
    close();
    writeSync(2, `${Bun.inspect(error)}\n`);
    process.exit(1);
  };
  // It ends the program at once, by the signal: other signals let it take its leave.
  const onQuit = (): void => {
    close();
    process.off("SIGQUIT", onQuit);
    process.kill(process.pid, "SIGQUIT");
  };
  // The renderer swallows errors, and leaves the terminal as it is where the process just ends.
  process.on("exit", close);
  process.on("uncaughtException", onCrash);
  process.on("unhandledRejection", onCrash);
  process.on("SIGQUIT", onQuit);
  const screen = new TerminalScreen(renderer, options, onCrash);
  const drawn = new Promise<void>((resolve) => renderer.once("frame", () => resolve()));
  void renderer.waitForThemeMode(THEME_MS).then((ground) => screen.paint(ground ?? undefined));
  // What a client does at its start would hold the first frame up.
  await Promise.race([drawn, Bun.sleep(FIRST_FRAME_MS)]);
  return {
    onTended: (isMore) => screen.onTended(isMore),
    close: () => {
      screen.stop();
      close();
      process.off("exit", close);
      process.off("uncaughtException", onCrash);
      process.off("unhandledRejection", onCrash);
      process.off("SIGQUIT", onQuit);
    },
  };
}

/** A terminal that is gone needs nothing. */
function giveBack(): void {
  try {
    writeSync(1, RESTORE);
  } catch {
    return;
  }
}

/** Between the face and the renderer: keys in, frames out. */
class TerminalScreen {
  readonly #renderer: CliRenderer;
  readonly #options: ScreenOptions;
  readonly #canvas: Canvas;
  readonly #onCrash: (error: unknown) => void;
  readonly #stops = onStops(
    () => this.#give(),
    () => this.#take(),
  );
  // `Bun.gc(true)` would throw code away that is in use, and `Bun.gc(false)` does not wait for it.
  readonly #collecting = new Collecting({ young: edenGC, all: fullGC });
  #timer: NodeJS.Timeout | undefined;
  #drawnAtMs = -Infinity;
  /** Ends the editor that has the terminal meanwhile. */
  #editing: AbortController | undefined;
  /** The terminal is somebody else's: nothing is drawn, and no key is heard. */
  #isGiven = false;

  constructor(renderer: CliRenderer, options: ScreenOptions, onCrash: (error: unknown) => void) {
    const { face } = options;
    this.#onCrash = onCrash;
    this.#renderer = renderer;
    this.#options = options;
    face.handleSize({ columns: renderer.width, lines: renderer.height });
    this.#canvas = new Canvas(renderer, inksOf(themeFor(undefined, options.env)), this.#pointer);
    face.onChange = () => {
      this.#collecting.onChange();
      this.#schedule();
    };
    renderer.on("frame", () => this.#collecting.onDrawn());
    this.#listen();
    this.#draw();
  }

  onTended(isMore: boolean): void {
    this.#collecting.onTended(isMore);
  }

  /** By what the terminal says of its ground, once it does. */
  paint(ground: "dark" | "light" | undefined): void {
    this.#canvas.ink(inksOf(themeFor(ground, this.#options.env)));
  }

  readonly #pointer: Pointer = {
    press: (x, y) => this.#turn((face, now) => face.handlePress(now, { x, y })),
    drag: () => this.#turn((face) => face.handleDrag()),
    wheel: (x, y, isUp) => this.#turn((face, now) => face.handleWheel(now, { x, y }, isUp)),
  };

  /** Nothing is drawn any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#options.face.onChange = () => undefined;
    this.#stops.forget();
    this.#editing?.abort();
  }

  /** Gives the terminal back for a while. */
  #give(): void {
    if (this.#isGiven || this.#renderer.isDestroyed) return;
    this.#isGiven = true;
    this.#renderer.suspend();
    writeSync(1, RESTORE);
  }

  /** Takes it again, and draws all of it; from an editor only when that has ended. */
  #take(): void {
    if (this.#editing !== undefined || this.#renderer.isDestroyed) return;
    this.#give();
    this.#isGiven = false;
    writeSync(1, SAVE);
    this.#renderer.resume();
    this.#schedule();
  }

  async #edit(text: string): Promise<void> {
    this.#give();
    this.#editing = new AbortController();
    const edited = await editElsewhere(text, this.#options.env, this.#editing.signal);
    this.#editing = undefined;
    if (this.#renderer.isDestroyed) return;
    this.#take();
    this.#turn((face) => face.handleEdited(edited));
  }

  #listen(): void {
    const renderer = this.#renderer;
    renderer.keyInput.on("keypress", (key) => {
      this.#turn((face, now) => face.handleKey(now, keyOf(key)));
    });
    renderer.keyInput.on("paste", ({ bytes }) => {
      this.#turn((face, now) => face.handlePaste(now, decodeUtf8(bytes) ?? ""));
    });
    renderer.on("resize", (columns: number, lines: number) => {
      this.#turn((face) => face.handleSize({ columns, lines }));
    });
    renderer.on("focus", () => this.#turn((face, now) => face.handleLook(now, true)));
    renderer.on("blur", () => this.#turn((face, now) => face.handleLook(now, false)));
  }

  /** Something came from the terminal. */
  #turn(handle: (face: TuiFace, now: number) => void): void {
    const { face, now, onTurn } = this.#options;
    try {
      handle(face, now());
      for (const wish of face.takeWishes()) this.#grant(wish);
      onTurn();
    } catch (error) {
      // Of what its listeners throw the renderer says nothing.
      this.#onCrash(error);
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, FRAME_MS - (performance.now() - this.#drawnAtMs));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, waitMs);
  }

  #draw(): void {
    const { face, now } = this.#options;
    if (this.#renderer.isDestroyed || this.#isGiven) return;
    this.#drawnAtMs = performance.now();
    for (const wish of face.takeWishes()) this.#grant(wish);
    const frame = face.frame(now());
    const { cursor } = frame;
    if (cursor === undefined) this.#renderer.setCursorPosition(0, 0, false);
    else this.#renderer.setCursorPosition(cursor.x + 1, cursor.y + 1, true);
    this.#canvas.show(frame);
  }

  #grant(wish: Wish): void {
    const renderer = this.#renderer;
    switch (wish.kind) {
      case "copy":
        renderer.copyToClipboardOSC52(wish.text);
        break;
      case "ring":
        if (!renderer.triggerNotification(wish.text, "p2pchat")) process.stdout.write("\u0007");
        break;
      case "edit":
        void this.#edit(wish.text);
        break;
      case "stop":
        this.#stops.all();
        break;
      case "mouse":
        renderer.useMouse = wish.isTaken;
        break;
      case "redraw":
        this.#take();
        break;
      default:
        wish satisfies never;
    }
  }
}

/** What the renderer makes of a key, as the table of keys calls it. */
function keyOf({ name, ctrl, meta, shift, sequence }: KeyEvent): Key {
  if (name === "linefeed") return { name: "j", ctrl: true, alt: meta, shift, text: undefined };
  const isText =
    !ctrl && !meta && sequence !== "" && !/[\u0000-\u001f\u007f-\u009f]/.test(sequence);
  const small = name === "enter" ? "return" : name.toLowerCase();
  return { name: small, ctrl, alt: meta, shift, text: isText ? sequence : undefined };
}

function inksOf(theme: Theme): Inks {
  const entries = Object.entries(theme).map(([style, look]) => {
    const { ink, ground, bold = false, dim = false, reverse = false } = look;
    const fg = ink === undefined ? RGBA.defaultForeground() : RGBA.fromIndex(ink);
    const bg = ground === undefined ? RGBA.defaultBackground() : RGBA.fromIndex(ground);
    const attributes = createTextAttributes({ bold, dim, inverse: reverse });
    return [style, { fg, bg, attributes }];
  });
  return Object.fromEntries(entries) as Record<Style, Inks[Style]>;
}
