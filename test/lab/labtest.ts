import { test } from "bun:test";
import { SKIPPED } from "../support/tally.ts";
import { obstacle } from "./obstacle.ts";

const reason = await obstacle();

/** Whether this machine can build a lab; where not, every lab test is skipped and says why. */
export const hasLab: boolean = reason === undefined;

/** A test that needs the lab. */
export function labTest(name: string, timeoutMs: number, body: () => Promise<void>): void {
  const fullName = reason === undefined ? name : `${name}${SKIPPED}${reason}`;
  test.skipIf(!hasLab)(fullName, body, timeoutMs);
}
