/** What a part of the test run came to. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** The reason of every skipped test, in order. */
  readonly skipped: readonly string[];
  /** Why something failed that no test's own output tells. */
  readonly troubles: readonly string[];
}

/** A test that must be skipped says why in its name, after this. */
export const SKIPPED = " — skipped: ";

/**
 * Counts a run of `bun test` from its JUnit report and its console output. The report knows every
 * test by name but leaves out files that could not be loaded; the output counts those as failures.
 * A skip without a reason is a failure: nobody would ever learn of it.
 */
export function tallyOf(junit: string, output: string, exitCode: number): Tally {
  const troubles: string[] = [];
  const skipped: string[] = [];
  let passed = 0;
  let failed = 0;

  for (const [, attributes = "", body = ""] of junit.matchAll(TESTCASE)) {
    const name = unescape(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? "");
    if (/<(?:failure|error)\b/.test(body)) failed += 1;
    else if (!/<skipped\b/.test(body)) passed += 1;
    else {
      const at = name.lastIndexOf(SKIPPED);
      if (at >= 0) skipped.push(name.slice(at + SKIPPED.length));
      else {
        failed += 1;
        troubles.push(`skipped without a reason in its name: ${name}`);
      }
    }
  }

  const unreported = lastCount(output, "fail") - (failed - troubles.length);
  if (unreported > 0) {
    failed += unreported;
    troubles.push(`${unreported} failed outside of any test`);
  }
  if (exitCode !== 0 && failed === 0) {
    failed = 1;
    troubles.push(`ended with exit code ${exitCode}, though no test failed`);
  }
  return { passed, failed, skipped, troubles };
}

const TESTCASE = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;

/** The number before a word in the summary at the end of `bun test`, such as " 3 fail". */
function lastCount(output: string, word: string): number {
  const counts = [...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))];
  return Number(counts.at(-1)?.[1] ?? 0);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescape(text: string): string {
  return text.replace(/&(\w+);/g, (whole, name: string) => ENTITIES.get(name) ?? whole);
}
