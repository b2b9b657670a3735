/**
 * The first minute of three people who have never used the program: how long the machine takes for
 * it, and every line that they see. `bun run build && bun test/bench/firstminute.ts`
 */
import { firstMinute } from "../support/firstminute.ts";
import { Scratch } from "../support/scratch.ts";

using scratch = new Scratch();
const screens: string[] = [];
const { steps, server } = await firstMinute(scratch, async (what, terminal) => {
  screens.push(`--- ${what} ---\n${(await terminal.settled()).trimEnd()}`);
});
for (const [what, ms] of steps) console.log(`${ms.toFixed(0).padStart(6)} ms  ${what}`);
const sum = steps.reduce((total, [, ms]) => total + ms, 0);
console.log(`${sum.toFixed(0).padStart(6)} ms  in all`);
for (const screen of [`--- server ---\n${server.trimEnd()}`, ...screens])
  console.log(`\n${screen}`);
