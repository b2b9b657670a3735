import { jsonSafe } from "../base/text.ts";
import { parsePeerLine } from "../contract/incoming.ts";
import { outgoingOf } from "../contract/outgoing.ts";
import type { PeerEvent, Req } from "../node/events.ts";
import { Ending, type EndingOptions } from "./ending.ts";
import type { Door, Face } from "./face.ts";
import { skippedWords } from "./words.ts";

/** For programs: one JSON object per line, both ways. */
export class JsonFace implements Face {
  readonly #door: Door;
  readonly #ending: Ending;
  readonly outcome = undefined;
  readonly wantsSecret = false;
  #isReady = false;

  constructor(options: EndingOptions, door: Door) {
    this.#door = door;
    this.#ending = new Ending(options, door.command);
  }

  /** What was asked is answered after `ready`, which comes first. */
  get wantsInput(): boolean {
    return this.#isReady && !this.#ending.isBusy;
  }

  handleEvent(now: number, event: PeerEvent): void {
    if (event.type === "ready") this.#isReady = true;
    const isOwn = this.#ending.handleEvent(event);
    if (event.type !== "log" && !isOwn) this.#door.write(jsonSafe(outgoingOf(event, now)));
  }

  handleLine(now: number, line: string): void {
    this.#ending.handleInput();
    if (line.trim() === "") return;
    const incoming = parsePeerLine(line);
    if ("error" in incoming) return this.#complain(now, incoming.error);
    this.#ending.handleCommand(incoming.command);
    this.#door.command(incoming.command);
  }

  handleWrongLine(now: number, fault: string): void {
    this.#ending.handleInput();
    this.#complain(now, { req: null, text: skippedWords(fault) });
  }

  handleEnd(now: number): void {
    this.#ending.handleEnd(now);
  }

  /** What is read is told by who reads the lines. */
  handleLeaving(): void {}

  handleTimeout(now: number): void {
    this.#ending.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.#ending.pollTimeout();
  }

  #complain(now: number, error: { readonly req: Req; readonly text: string }): void {
    this.#door.write(jsonSafe(outgoingOf({ type: "error", code: "USAGE", ...error }, now)));
  }
}
