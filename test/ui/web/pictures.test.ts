import { expect, test } from "bun:test";
import { Pictures, type Screen } from "../../../lib/ui/web/model/pictures.ts";

const FRAME_MS = 16;

/** A screen that shows a picture every 16 ms, and its clock. */
class FakeScreen implements Screen {
  isHidden = false;
  #nowMs = 0;
  #waiting: { readonly atMs: number; readonly act: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  onFrame(act: () => void): () => void {
    // One that is hidden shows no frames: what waits for them waits for ever.
    const next = (Math.floor(this.#nowMs / FRAME_MS) + 1) * FRAME_MS;
    return this.#at(next, () => {
      if (!this.isHidden) act();
    });
  }

  after(ms: number, act: () => void): () => void {
    return this.#at(this.#nowMs + ms, act);
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      this.#waiting.sort((a, b) => a.atMs - b.atMs);
      const [first] = this.#waiting;
      if (first === undefined || first.atMs > endMs) break;
      this.#waiting.shift();
      this.#nowMs = first.atMs;
      first.act();
    }
    this.#nowMs = endMs;
  }

  #at(atMs: number, act: () => void): () => void {
    const entry = { atMs, act };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== entry);
    };
  }
}

function begin() {
  const screen = new FakeScreen();
  const drawnAtMs: number[] = [];
  const pictures = new Pictures(screen, () => drawnAtMs.push(screen.now()));
  screen.pass(500);
  return { screen, pictures, drawnAtMs };
}

test("what happens by itself is drawn with the next frame, however often it changes", () => {
  const { screen, pictures, drawnAtMs } = begin();
  for (let i = 0; i < 10; i++) pictures.soon();
  screen.pass(FRAME_MS);
  expect(drawnAtMs).toHaveLength(1);
  screen.pass(1000);
  expect(drawnAtMs).toHaveLength(1);
});

test("what goes on by itself takes every second frame", () => {
  const { screen, pictures, drawnAtMs } = begin();
  for (let i = 0; i < 500; i++) {
    pictures.soon();
    screen.pass(2);
  }
  expect(drawnAtMs.length).toBeGreaterThanOrEqual(30);
  expect(drawnAtMs.length).toBeLessThanOrEqual(32);
});

test("what somebody does is drawn with the next frame, whatever else goes on", () => {
  const { screen, pictures, drawnAtMs } = begin();
  pictures.soon();
  screen.pass(FRAME_MS);
  pictures.soon();
  pictures.next();
  screen.pass(FRAME_MS);
  expect(drawnAtMs).toHaveLength(2);
  screen.pass(1000);
  expect(drawnAtMs).toHaveLength(2);
});

test("what is drawn at once is not drawn again", () => {
  const { screen, pictures, drawnAtMs } = begin();
  pictures.soon();
  pictures.next();
  pictures.now();
  screen.pass(1000);
  expect(drawnAtMs).toEqual([500]);
});

test("a hidden page is drawn once a second", () => {
  const { screen, pictures, drawnAtMs } = begin();
  screen.isHidden = true;
  for (let i = 0; i < 500; i++) {
    pictures.soon();
    screen.pass(10);
  }
  expect(drawnAtMs).toHaveLength(4);
});

test("a page that was hidden while it waited for a frame is drawn all the same", () => {
  const { screen, pictures, drawnAtMs } = begin();
  pictures.soon();
  screen.isHidden = true;
  pictures.next();
  screen.pass(1100);
  expect(drawnAtMs).toHaveLength(1);
});

test("nor does what happens by itself wait for a frame of a page that is hidden by then", () => {
  const { screen, pictures, drawnAtMs } = begin();
  pictures.soon();
  screen.isHidden = true;
  pictures.soon();
  screen.pass(1100);
  expect(drawnAtMs).toHaveLength(1);
});

test("a page that is seen again is drawn with the next frame", () => {
  const { screen, pictures, drawnAtMs } = begin();
  screen.isHidden = true;
  pictures.soon();
  screen.pass(100);
  screen.isHidden = false;
  pictures.next();
  screen.pass(FRAME_MS);
  expect(drawnAtMs).toHaveLength(1);
  screen.pass(2000);
  expect(drawnAtMs).toHaveLength(1);
});
