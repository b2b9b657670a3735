import {
  BoxRenderable,
  type CliRenderer,
  type MouseEvent,
  type OptimizedBuffer,
  type RGBA,
} from "@opentui/core";
import { cellWidth, isCellEach } from "./cells.ts";
import type { Frame } from "./frame.ts";
import type { Style } from "./rows.ts";

/** Where what the mouse does goes, by cells. */
export interface Pointer {
  /** The first button. */
  readonly press: (x: number, y: number) => void;
  readonly drag: () => void;
  readonly wheel: (x: number, y: number, isUp: boolean) => void;
}

interface Ink {
  readonly fg: RGBA;
  readonly bg: RGBA;
  /** Bits, as the renderer numbers them. */
  readonly attributes: number;
}

export type Inks = Readonly<Record<Style, Ink>>;

/** As terminals number them. */
const LEFT_BUTTON = 0;

/** All that there is on the screen: its parts are laid out by cells already, and only put there. */
export class Canvas {
  readonly #box: BoxRenderable;
  #inks: Inks;
  #frame: Frame | undefined;

  constructor(renderer: CliRenderer, inks: Inks, pointer: Pointer) {
    this.#inks = inks;
    this.#box = new BoxRenderable(renderer, {
      width: "100%",
      height: "100%",
      renderAfter: (buffer) => this.#render(buffer),
      onMouseDown: ({ button, x, y }: MouseEvent) => {
        if (button === LEFT_BUTTON) pointer.press(x, y);
      },
      onMouseDrag: () => pointer.drag(),
      onMouseScroll: ({ scroll, x, y }: MouseEvent) => {
        const way = scroll?.direction;
        if (way === "up" || way === "down") pointer.wheel(x, y, way === "up");
      },
    });
    renderer.root.add(this.#box);
  }

  ink(inks: Inks): void {
    this.#inks = inks;
    this.#box.requestRender();
  }

  show(frame: Frame): void {
    this.#frame = frame;
    this.#box.requestRender();
  }

  #render(buffer: OptimizedBuffer): void {
    for (const { x, y, rows } of this.#frame?.panes ?? []) {
      for (const [i, row] of rows.entries()) {
        let column = x;
        for (const { text, style } of row) {
          put(buffer, text, column, y + i, this.#inks[style]);
          column += cellWidth(text);
        }
      }
    }
  }
}

/**
 * The renderer asks the system for memory, and gives it back, for each text that is not ASCII: ten
 * to a hundred times as long as all the rest takes. A character that is one cell needs none.
 */
function put(
  buffer: OptimizedBuffer,
  text: string,
  x: number,
  y: number,
  { fg, bg, attributes }: Ink,
): void {
  if (!isCellEach(text)) {
    buffer.drawText(text, x, y, fg, bg, attributes);
    return;
  }
  for (let i = 0; i < text.length; i++)
    buffer.setCell(x + i, y, text.charAt(i), fg, bg, attributes);
}
