import { lineSafe } from "../lib/base/text.ts";
import { isStopped } from "../lib/io/isstopped.ts";

/** A node that listens and does not answer, as far as it is known from outside. */
export interface Silent {
  readonly kind: "silent";
  readonly profile: string;
  /** Undefined where nothing tells where its data lies. */
  readonly pid: number | undefined;
}

export function silentWords(silent: Silent): string {
  return `${nameOf(silent)} ${stateWords(silent)}`;
}

/** How it is with a node that does not answer, and what to do about it, in words. */
export function stateWords({ pid }: Silent): string {
  if (pid === undefined) return "does not answer: it is busy, or waits for its disk; try again";
  return (
    stoppedWords(pid) ??
    "does not answer: it is busy, or waits for its disk; " +
      `try again, or end it by kill -9 ${pid}, which loses nothing`
  );
}

/** For whoever waits for it. */
export function waitingWords(silent: Silent): string {
  return `${nameOf(silent)} ${stoppedWords(silent.pid) ?? "has not answered yet"}; waiting for it`;
}

function stoppedWords(pid: number | undefined): string | undefined {
  if (pid === undefined || !isStopped(pid)) return undefined;
  return `has been stopped: kill -CONT ${pid} lets it go on`;
}

function nameOf({ profile, pid }: Silent): string {
  const whose = profile === "" ? "A node" : `${lineSafe(profile)}'s node`;
  return pid === undefined ? whose : `${whose} (process ${pid})`;
}
