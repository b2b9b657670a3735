import { expect, test } from "bun:test";
import { readFlags } from "../../cmd/flags.ts";
import { isOn, parseLogLevel } from "../../cmd/options.ts";

test("only the levels there are can be asked for", () => {
  expect(parseLogLevel("trace")).toBe("trace");
  expect(() => parseLogLevel("loud")).toThrow(
    "Cannot use --log-level: it is one of error, warn, info, debug, trace",
  );
});

test.each(["share-read", "hold", "ask-hold"])("the command line decides --%s", (name) => {
  const given = (...flags: readonly string[]) => readFlags("client", flags);

  for (const inFile of [true, false]) {
    expect(isOn(given(), name, inFile)).toBe(inFile);
    expect(isOn(given(`--${name}`), name, inFile)).toBe(true);
    expect(isOn(given(`--no-${name}`), name, inFile)).toBe(false);
  }
  expect(() => isOn(given(`--${name}`, `--no-${name}`), name, true)).toThrow("exclude each other");
});
