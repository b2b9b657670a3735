import { expect, test } from "bun:test";
import { tallyOf } from "./tally.ts";

const passing = '<testcase name="a > b" file="a.test.ts" line="1" />';
const failing =
  '<testcase name="c">\n<failure type="AssertionError">expected &lt;1&gt;</failure></testcase>';
const skipping =
  '<testcase name="lab — skipped: needs root &amp; namespaces">\n<skipped />\n</testcase>';

test("tests are counted by how they ended, and a skip by its reason", () => {
  const junit = passing + failing + passing + skipping;

  const tally = tallyOf(junit, " 2 pass\n 1 skip\n 1 fail\n", 1);

  expect(tally).toEqual({
    passed: 2,
    failed: 1,
    skipped: ["needs root & namespaces"],
    troubles: [],
  });
});

test("a skip or a todo without a reason is a failure", () => {
  const junit = '<testcase name="later"><skipped message="TODO" /></testcase>';

  const tally = tallyOf(junit, " 0 pass\n 1 todo\n 0 fail\n", 0);

  expect(tally.failed).toBe(1);
  expect(tally.troubles).toEqual(["skipped without a reason in its name: later"]);
});

test("a file that could not be loaded is a failure, though the report leaves it out", () => {
  const tally = tallyOf(passing, " 1 pass\n 1 fail\n 1 error\n", 1);

  expect(tally).toMatchObject({ passed: 1, failed: 1 });
});

test("a bad end without a failed test is a failure", () => {
  const tally = tallyOf(passing, "", 139);

  expect(tally).toMatchObject({ passed: 1, failed: 1 });
});
