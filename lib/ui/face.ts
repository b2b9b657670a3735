import type { Asked } from "../contract/asked.ts";
import type { PeerEvent } from "../node/events.ts";

/** What a person or a program has before them: events in, lines and commands out. `now` in ms. */
export interface Face {
  /** False while what was read is not yet worked off: further input waits where it is. */
  readonly wantsInput: boolean;
  /** The next line of input is a secret: nobody is to see it. */
  readonly wantsSecret: boolean;
  /** Something was not shown that is to be in a later run: from then on nothing counts as shown. */
  readonly isWithholding?: boolean;
  /** Some of what it was told is not written yet: it counts as shown once all of it is. */
  readonly isGathering?: boolean;
  /** Set where the face itself has come to an end. */
  readonly outcome: Outcome | undefined;
  handleEvent(now: number, event: PeerEvent): void;
  /** A line of input without its line feed. */
  handleLine(now: number, line: string): void;
  /** A line of input that is none, and what is wrong with it: `fault` goes on after "This line". */
  handleWrongLine(now: number, fault: string): void;
  /** There will be no more input. */
  handleEnd(now: number): void;
  /** The program is about to end: what is being gathered is told now. */
  handleLeaving(now: number): void;
  handleTimeout(now: number): void;
  /** When `handleTimeout` is due, Infinity for never. */
  pollTimeout(): number;
}

/** How it ended: the program's exit code, and words for stderr. */
export interface Outcome {
  readonly exitCode: number;
  readonly text: string | undefined;
}

/** What came of writing down what was said: how many messages, of which how many are lost. */
export type Exported =
  { readonly messages: number; readonly damaged: number } | { readonly fault: string };

/** Writes what was said in a place, `#room` or `@name`, to a new file. */
export type Exporting = (
  asked: { readonly place: string; readonly file: string },
  end: (result: Exported) => void,
) => void;

/** Where a face's output goes. */
export interface Door<Command = Asked> {
  /** One line of results, without its line feed. */
  readonly write: (line: string) => void;
  readonly command: (command: Command) => void;
  /** Undefined where nobody can. */
  readonly exportTo?: Exporting;
  /** How many other faces end with this one; undefined where none ever does. */
  readonly endsToo?: () => number;
}
