import { writeSync } from "node:fs";
import { encodeUtf8 } from "../base/text.ts";
import { roomOf, writeBytesOf } from "./room.ts";

/**
 * One line on standard error. A reader who does not read, or is gone, loses it and does not stop
 * us: a node that waits for its log is lost to its peers.
 */
export function tellHuman(line: string): void {
  const bytes = encodeUtf8(`${line}\n`);
  const step = writeBytesOf(2);
  try {
    for (let at = 0; at < bytes.length && roomOf(2) !== "full";) {
      at += writeSync(2, bytes, at, Math.min(step, bytes.length - at));
    }
  } catch {
    // Closed or full.
  }
}
