import type { Reader, Writer } from "../base/bytes.ts";

/**
 * What one side of a meeting counts of it: handshakes and punches that it sent to the other, and
 * those of the other that arrived. The word of a stranger, for people to read. PROTOCOL.md §7.
 */
export interface ProbeCounts {
  readonly calls: number;
  readonly punches: number;
  readonly callsSeen: number;
  readonly punchesSeen: number;
}

export const PROBES_BYTES = 8;

/** Stands for all that is beyond it. */
const COUNT_MAX = 0xffff;

export function writeProbes(writer: Writer, counts: ProbeCounts): void {
  const { calls, punches, callsSeen, punchesSeen } = counts;
  for (const count of [calls, punches, callsSeen, punchesSeen]) {
    writer.u16(Math.min(count, COUNT_MAX));
  }
}

/** Perhaps not there. */
export function readProbes(reader: Reader): { probes?: ProbeCounts } {
  if (reader.remaining < PROBES_BYTES) return {};
  const [calls, punches] = [reader.u16(), reader.u16()];
  const [callsSeen, punchesSeen] = [reader.u16(), reader.u16()];
  return { probes: { calls, punches, callsSeen, punchesSeen } };
}
