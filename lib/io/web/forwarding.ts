import { rmSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../files.ts";

/** A browser that has not read it by then will not. */
const LIFE_MS = 60_000;

/**
 * A file that leads a browser to a URL whose secret must be in no process list, as what a program
 * is started with is. It is this user's alone; whoever learns that the secret was used removes it,
 * and after a minute whoever made it does. A profile has one, in its data directory.
 */
export class Forwarding {
  readonly path: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(dataDirectory: string) {
    this.path = join(dataDirectory, "open.html");
  }

  /** `url` has no character that HTML reads as its own. Throws a Failure. */
  leadTo(url: string): void {
    replaceFile(this.path, pageTo(url));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.remove(), LIFE_MS);
    this.#timer.unref();
  }

  remove(): void {
    clearTimeout(this.#timer);
    rmSync(this.path, { force: true });
  }
}

function pageTo(url: string): string {
  return [
    "<!doctype html>",
    '<meta charset="utf-8">',
    '<meta name="referrer" content="no-referrer">',
    `<meta http-equiv="refresh" content="0;url=${url}">`,
    "<title>p2pchat</title>",
    "",
  ].join("\n");
}
