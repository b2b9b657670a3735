import { test } from "bun:test";
import { SKIPPED } from "../support/tally.ts";
import { obstacle } from "./obstacle.ts";

const reason = await obstacle();

/** Whether this machine can build a lab; where not, every lab test is skipped and says why. */
export const hasLab: boolean = reason === undefined;

/** A test that needs the lab, and nothing that is `lacking`. */
export function labTest(
  name: string,
  timeoutMs: number,
  body: () => Promise<void>,
  lacking?: string,
): void {
  const why = reason ?? lacking;
  test.skipIf(why !== undefined)(
    why === undefined ? name : `${name}${SKIPPED}${why}`,
    body,
    timeoutMs,
  );
}
