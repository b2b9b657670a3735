import { readFileSync } from "node:fs";

/**
 * Whether a process was told to stop (SIGSTOP, or ctrl+Z at its terminal) and has not been told to
 * go on; false as well where the system does not say so in a file, as only Linux does.
 */
export function isStopped(pid: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return false;
  }
  // Its name stands before that, and may have anything in it.
  return stat.slice(stat.lastIndexOf(")")).startsWith(") T ");
}
