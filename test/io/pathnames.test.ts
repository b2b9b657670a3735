import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { pathsLike } from "../../lib/io/pathnames.ts";
import { Scratch } from "../support/scratch.ts";

test("a path goes on as the files that are there, a directory with a slash", () => {
  using scratch = new Scratch();
  mkdirSync(scratch.join("secrets"));
  for (const name of ["secret.txt", "other", ".hidden", "two words", "esc\u001b[2J"]) {
    writeFileSync(scratch.join(name), "");
  }
  const at = (typed: string): readonly string[] => {
    return pathsLike(`${scratch.path}/${typed}`).map((path) => path.slice(scratch.path.length + 1));
  };

  expect(at("sec")).toEqual(["secret.txt", "secrets/"]);
  expect(at("")).toEqual(["other", "secret.txt", "secrets/"]);
  expect(at(".h")).toEqual([".hidden"]);
  expect(at("secrets/")).toEqual([]);
  expect(at("missing/x")).toEqual([]);
});
