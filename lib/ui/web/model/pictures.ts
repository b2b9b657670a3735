/**
 * At least so long, in ms, is between two pictures of what others do: a screen that shows 60 a
 * second shows every second one. Nobody reads faster, and it leaves time to scroll and to write.
 */
const APART_MS = 25;

/** While nobody sees the page, it is drawn but this often, in ms, for whoever hears it. */
const UNSEEN_MS = 1000;

/** Where pictures are shown. What is waited for there can be taken back by what is returned. */
export interface Screen {
  readonly isHidden: boolean;
  /** In ms, from any moment on. */
  now(): number;
  onFrame(act: () => void): () => void;
  after(ms: number, act: () => void): () => void;
}

type Due = "no" | "later" | "with the next frame" | "unseen";

/** When the page is drawn: once for all that has changed since it was last. */
export class Pictures {
  readonly #screen: Screen;
  readonly #draw: () => void;
  #drawnAtMs = -Infinity;
  #due: Due = "no";
  #takeBack = (): void => undefined;

  constructor(screen: Screen, draw: () => void) {
    this.#screen = screen;
    this.#draw = draw;
  }

  /** Somebody has done something, and waits to see it. */
  next(): void {
    // No frame comes while it is hidden: whoever waits for one by then waits for something else.
    const due = this.#screen.isHidden ? "unseen" : "with the next frame";
    if (this.#due === due) return;
    this.#takeBack();
    this.#due = due;
    const draw = (): void => this.now();
    this.#takeBack =
      due === "unseen" ? this.#screen.after(UNSEEN_MS, draw) : this.#screen.onFrame(draw);
  }

  /** Something has changed that nobody here has done. */
  soon(): void {
    if (this.#due === "later") return;
    // What is waited for may not come any more, as the page is hidden now, or is seen again.
    if (this.#due !== "no") return this.next();
    const waitMs = this.#drawnAtMs + APART_MS - this.#screen.now();
    if (waitMs <= 0) return this.next();
    this.#due = "later";
    this.#takeBack = this.#screen.after(waitMs, () => this.next());
  }

  now(): void {
    this.#takeBack();
    this.#due = "no";
    this.#drawnAtMs = this.#screen.now();
    this.#draw();
  }
}
