import { lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import type { Outcome } from "./face.ts";

/** A one-shot that is given up, as far as it came. */
export interface Undelivered {
  /** `#room`, `@name` or `@name~id`. */
  readonly to: string;
  readonly timeoutMs: number;
  /** Messages that somebody has not got. */
  readonly open: number;
  /** What they are called who hold some of it for whom it was said to. */
  readonly holders: readonly string[];
  /** What a recipient has said of what it did not take. */
  readonly refusal: string | undefined;
  /** Why the server that answered is not the one that is trusted. */
  readonly distrust: string | undefined;
  /** A server, or somebody whom it is for, is there. */
  readonly hasWay: boolean;
  /** Nothing goes to any of those whom it is for before a person decides. */
  readonly isDistrusted: boolean;
  /** Somebody whom it is for, and no path leads to. */
  readonly cut: { readonly name: string; readonly why: string | null } | undefined;
}

/** What is said of it at its end, and the exit code. */
export function undelivered(about: Undelivered): Outcome {
  const { refusal, distrust, hasWay, isDistrusted, cut, open } = about;
  const name = lineSafe(about.to);
  const isToRoom = about.to.startsWith("#");
  const within = `within ${about.timeoutMs / 1000} s`;
  const kept = keptWords(about);
  if (refusal !== undefined) return refused(refusal);
  if (!hasWay) {
    if (distrust !== undefined) {
      return { exitCode: EXIT.untrusted, text: `${lineSafe(distrust)}: ${kept}` };
    }
    const text = `No server answered ${within}, and there is no other way to ${name}`;
    return { exitCode: EXIT.noServer, text: `${text}: ${kept}` };
  }
  if (isDistrusted) {
    const text = `${name} is not who is known here by that name: ${kept}`;
    return { exitCode: EXIT.untrusted, text };
  }
  if (cut !== undefined) {
    const why = lineSafe(cut.why ?? "no path could be opened");
    return { exitCode: EXIT.noPath, text: `No path to ${lineSafe(cut.name)}: ${why}: ${kept}` };
  }
  if (open === 0) {
    const exitCode = isToRoom ? EXIT.queued : EXIT.noPeer;
    const fate = isToRoom ? `Nobody was in ${name}` : `${name} was not found`;
    return { exitCode, text: `${fate} ${within}: nothing was sent` };
  }
  return { exitCode: EXIT.queued, text: `Not delivered to ${name} ${within}: ${kept}` };
}

export function refused(why: string): Outcome {
  return { exitCode: EXIT.refused, text: `Not delivered: ${lineSafe(why)}` };
}

function keptWords({ open, holders }: Undelivered): string {
  if (open === 0) return "nothing was sent";
  const kept = open === 1 ? "kept in the outbox" : `${open} messages are kept in the outbox`;
  return holders.length === 0
    ? kept
    : `${kept}, and held by ${holders.map(lineSafe).join(" and ")}`;
}
