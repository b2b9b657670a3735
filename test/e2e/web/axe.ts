import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import type { Browser } from "../../support/browser.ts";

/** Every rule it has, but those that its makers still try out or that only other standards ask. */
const SOURCE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** What it found, by rule: where, and what is wrong there. */
const RUN = `axe.run(document, OPTIONS).then(({ violations }) => {
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => {
    return id + ": " + node.html + " " + node.failureSummary;
  }));
  return JSON.stringify(found);
})`;

/** `colours`: those rules alone that what the page wears makes a difference to. */
export type Rules = "all" | "colours";

const OPTIONS: Readonly<Record<Rules, string>> = {
  all: `{ resultTypes: ["violations"] }`,
  colours: `{ resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"] }`,
};

const answerSchema = v.object({ result: v.object({ value: v.string() }) });
const foundSchema = v.array(v.string());

/**
 * What axe-core finds wrong in the page as it is now. It is put into the page by Chromium's own
 * tools, past the rules that the page has for scripts.
 */
export async function violationsIn(browser: Browser, rules: Rules): Promise<readonly string[]> {
  const isThere = await browser.evaluate(`"axe" in window`);
  if (isThere !== true) await evaluate(browser, `${SOURCE};"there"`);
  const found = await evaluate(browser, RUN.replace("OPTIONS", OPTIONS[rules]));
  return v.parse(foundSchema, JSON.parse(found));
}

async function evaluate(browser: Browser, expression: string): Promise<string> {
  const params = { expression, awaitPromise: true, returnByValue: true };
  return v.parse(answerSchema, await browser.devtools("Runtime.evaluate", params)).result.value;
}
