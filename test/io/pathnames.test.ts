import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { homeDirectory, pathsLike, pathTyped } from "../../lib/io/pathnames.ts";
import { readSecretLine } from "../../lib/io/secretfile.ts";
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

test("what begins with ~/ is in the home directory, and nothing else is", async () => {
  using scratch = new Scratch();
  const home = process.env["HOME"];
  process.env["HOME"] = scratch.path;
  try {
    writeFileSync(scratch.join("secret.txt"), "kept at home\n");

    expect(pathTyped("~/notes/lobby.md")).toBe(scratch.join("notes", "lobby.md"));
    expect(pathsLike("~/sec")).toEqual(["~/secret.txt"]);
    expect(await readSecretLine("~/secret.txt")).toBe("kept at home");
    for (const typed of ["~", "~alice/x", "./~/x", "/a/~/x"]) expect(pathTyped(typed)).toBe(typed);
  } finally {
    if (home === undefined) delete process.env["HOME"];
    else process.env["HOME"] = home;
  }
});

test("where nothing says which it is, the system knows the home directory", () => {
  expect(homeDirectory({ HOME: "/home/alice" })).toBe("/home/alice");
  for (const env of [{}, { HOME: "" }]) expect(homeDirectory(env)).toStartWith("/");
});
