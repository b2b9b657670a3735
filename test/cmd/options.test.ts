import { expect, test } from "bun:test";
import { parseLogLevel } from "../../cmd/options.ts";

test("only the levels there are can be asked for", () => {
  expect(parseLogLevel("trace")).toBe("trace");
  expect(() => parseLogLevel("loud")).toThrow(
    "Cannot use --log-level: it is one of error, warn, info, debug, trace",
  );
});
