import { type CliRenderer, createCliRenderer, createTextAttributes, RGBA } from "@opentui/core";
import type { KeyEvent } from "@opentui/core";
import { createRoot } from "@opentui/react";
import { decodeUtf8 } from "../../base/text.ts";
import { App, type FrameSource, type Inks } from "./app.tsx";
import { editElsewhere } from "./editor.ts";
import type { Frame } from "./frame.ts";
import type { Key } from "./keymap.ts";
import type { Wish } from "./model.ts";
import type { Style } from "./rows.ts";
import { type Theme, themeFor } from "./themes.ts";
import type { TuiFace } from "./tuiface.ts";

/** A screen is drawn at most so often, in ms: what happens meanwhile is in the next one. */
const FRAME_MS = 16;

/** How long a terminal is waited for that may say whether its ground is dark. */
const THEME_MS = 60;

export interface ScreenOptions {
  readonly face: TuiFace;
  readonly now: () => number;
  /** After everything that came from the terminal. */
  readonly onTurn: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The terminal, taken over. */
export interface Screen {
  /** Gives it back as it was; any number of times. */
  close(): void;
}

/** Takes the terminal over: from here on nothing else may write to it. */
export async function openScreen(options: ScreenOptions): Promise<Screen> {
  // Without it, widths would depend on what is known of the terminal, and rows would not fit.
  process.env["OPENTUI_FORCE_UNICODE"] = "1";
  const renderer = await createCliRenderer({
    exitOnCtrlC: false,
    exitSignals: [],
    useMouse: false,
    // Keys as every terminal tells them: bindings that only some know are worth nothing.
    useKittyKeyboard: null,
    consoleMode: "disabled",
    openConsoleOnError: false,
    debounceDelay: 20,
    forwardEnvKeys: ["OPENTUI_FORCE_UNICODE"],
  });
  const close = (): void => renderer.destroy();
  const onCrash = (error: unknown): void => {
    close();
    console.error(error);
    process.exit(1);
  };
  // The renderer swallows errors, and leaves the terminal as it is where the process just ends.
  process.on("exit", close);
  process.on("uncaughtException", onCrash);
  process.on("unhandledRejection", onCrash);
  const ground = await renderer.waitForThemeMode(THEME_MS);
  const inks = inksOf(themeFor(ground ?? undefined, options.env));
  const screen = new TerminalScreen(renderer, options, inks);
  return {
    close: () => {
      screen.close();
      process.off("exit", close);
      process.off("uncaughtException", onCrash);
      process.off("unhandledRejection", onCrash);
    },
  };
}

/** Between the face and the renderer: keys in, frames out. */
class TerminalScreen implements FrameSource {
  readonly #renderer: CliRenderer;
  readonly #options: ScreenOptions;
  #frame: Frame;
  #onFrame: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawnAtMs = -Infinity;

  constructor(renderer: CliRenderer, options: ScreenOptions, inks: Inks) {
    const { face, now } = options;
    this.#renderer = renderer;
    this.#options = options;
    face.handleSize({ columns: renderer.width, lines: renderer.height });
    this.#frame = face.frame(now());
    face.onChange = () => this.#schedule();
    this.#listen();
    createRoot(renderer).render(<App source={this} inks={inks} />);
    this.#schedule();
  }

  readonly subscribe = (onFrame: () => void): (() => void) => {
    this.#onFrame = onFrame;
    return () => (this.#onFrame = () => undefined);
  };

  readonly frame = (): Frame => this.#frame;

  close(): void {
    clearTimeout(this.#timer);
    this.#options.face.onChange = () => undefined;
    this.#renderer.destroy();
  }

  #listen(): void {
    const { face, now, onTurn } = this.#options;
    const turn = (handle: () => void): void => {
      handle();
      for (const wish of face.takeWishes()) this.#grant(wish);
      onTurn();
    };
    const renderer = this.#renderer;
    renderer.keyInput.on("keypress", (key) => {
      turn(() => face.handleKey(now(), keyOf(key)));
    });
    renderer.keyInput.on("paste", ({ bytes }) => {
      turn(() => face.handlePaste(now(), decodeUtf8(bytes) ?? ""));
    });
    renderer.on("resize", (columns: number, lines: number) => {
      turn(() => face.handleSize({ columns, lines }));
    });
    renderer.on("focus", () => turn(() => face.handleLook(true)));
    renderer.on("blur", () => turn(() => face.handleLook(false)));
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
    if (this.#renderer.isDestroyed) return;
    this.#drawnAtMs = performance.now();
    for (const wish of face.takeWishes()) this.#grant(wish);
    this.#frame = face.frame(now());
    const { cursor } = this.#frame;
    if (cursor === undefined) this.#renderer.setCursorPosition(0, 0, false);
    else this.#renderer.setCursorPosition(cursor.x + 1, cursor.y + 1, true);
    this.#onFrame();
  }

  #grant(wish: Wish): void {
    const renderer = this.#renderer;
    switch (wish.kind) {
      case "copy":
        renderer.copyToClipboardOSC52(wish.text);
        break;
      case "ring":
        process.stdout.write("\u0007");
        break;
      case "edit": {
        renderer.suspend();
        const text = editElsewhere(wish.text, this.#options.env);
        renderer.resume();
        if (text !== undefined) this.#options.face.handleEdited(text);
        break;
      }
      case "redraw":
        renderer.suspend();
        renderer.resume();
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
    const bg = ground === undefined ? undefined : { bg: RGBA.fromIndex(ground) };
    return [
      style,
      { fg, ...bg, attributes: createTextAttributes({ bold, dim, inverse: reverse }) },
    ];
  });
  return Object.fromEntries(entries) as Record<Style, Inks[Style]>;
}
