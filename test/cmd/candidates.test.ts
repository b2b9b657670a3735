import { expect, test } from "bun:test";
import { candidatesFor, type Known } from "../../cmd/candidates.ts";
import type { Command } from "../../cmd/command.ts";
import { COMMANDS } from "../../cmd/table.ts";

const KNOWN: Known = {
  people: ["bob", "bea", "alice~91c0aa17"],
  rooms: ["#lobby", "#dev"],
  servers: ["192.0.2.1:3478"],
  profiles: ["ann", "me"],
};

function wordsFor(...words: readonly string[]): unknown {
  const found = candidatesFor(words, () => KNOWN);
  return typeof found === "string" ? found : found.map(({ word }) => word);
}

test("first come the commands that people are told of", () => {
  const all: readonly (readonly [string, Command])[] = Object.entries(COMMANDS);
  const listed = all.filter(([, { isUnlisted }]) => isUnlisted !== true).map(([name]) => name);

  expect(wordsFor("")).toEqual(listed);
  expect(wordsFor("")).not.toContain("complete");
  expect(wordsFor("he")).toEqual(["help"]);
  expect(wordsFor("--v")).toEqual(["--version"]);
});

test("every flag of every command is a candidate, unless it is given or not told of", () => {
  const all: readonly (readonly [string, Command])[] = Object.entries(COMMANDS);
  for (const [name, { flags, isUnlisted }] of all) {
    if (isUnlisted === true) continue;
    const listed = flags.filter((flag) => flag.isUnlisted !== true);
    expect(wordsFor(name, "--")).toEqual([...listed.map((flag) => `--${flag.name}`), "--help"]);
  }
  expect(wordsFor("client", "--no-l")).toEqual(["--no-lobby", "--no-lan"]);
  expect(wordsFor("client", "--no-lan", "--no-l")).toEqual(["--no-lobby"]);
  expect(wordsFor("client", "--room", "#dev", "--roo")).toEqual(["--room", "--room-secret-file"]);
  expect(wordsFor("client", "--name", "me", "")).not.toContain("--name");
});

test("values are completed by what they are", () => {
  expect(wordsFor("client", "--log-level", "")).toEqual([
    "error",
    "warn",
    "info",
    "debug",
    "trace",
  ]);
  expect(wordsFor("export", "--format", "m")).toEqual(["md"]);
  expect(wordsFor("client", "--to", "b")).toEqual(["bob", "bea"]);
  expect(wordsFor("client", "--to", "@b")).toEqual(["@bob", "@bea"]);
  expect(wordsFor("client", "--to", "#")).toEqual(["#lobby", "#dev"]);
  expect(wordsFor("client", "--to", "")).toEqual([...KNOWN.people, ...KNOWN.rooms]);
  expect(wordsFor("client", "--to=#l")).toEqual(["--to=#lobby"]);
  expect(wordsFor("history", "--room", "lo")).toEqual(["lobby"]);
  expect(wordsFor("history", "--room", "")).toEqual(["#lobby", "#dev"]);
  expect(wordsFor("history", "--with", "al")).toEqual(["alice~91c0aa17"]);
  expect(wordsFor("doctor", "--server", "1")).toEqual(["192.0.2.1:3478"]);
  expect(wordsFor("client", "--name", "")).toEqual(["ann", "me"]);
  expect(wordsFor("client", "--data-dir", "x")).toBe("folders");
  expect(wordsFor("client", "--data-dir=x")).toBe("folders");
  expect(wordsFor("export", "--out", "")).toBe("files");
  expect(wordsFor("client", "--join", "")).toEqual(["-"]);
  expect(wordsFor("client", "--listen", "")).toEqual([]);
});

test("words of a command are completed once", () => {
  expect(wordsFor("completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(wordsFor("man", "")).toEqual(["1", "5", "7"]);
  expect(wordsFor("man", "1", "")).toEqual(["--out", "--help"]);
  expect(wordsFor("help", "cl")).toEqual(["client"]);
  expect(wordsFor("frob", "")).toEqual([]);
  expect(wordsFor("client", "x")).toEqual([]);
});

test("names are those of the profile that the line is about, and asked for only then", () => {
  const asked: unknown[] = [];
  const known = (flags: ReadonlyMap<string, string>): Known => {
    asked.push(Object.fromEntries(flags));
    return KNOWN;
  };

  candidatesFor(["client", "--name", "me", "--data-dir=/tmp/x", "--plain", "--to", "b"], known);
  candidatesFor(["client", "--name", "me", "--pl"], known);

  expect(asked).toEqual([{ name: "me", "data-dir": "/tmp/x", plain: "" }]);
});
