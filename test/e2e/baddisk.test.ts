import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { Rig } from "./rig.ts";

/** What was done to a profile that was used before, and what its next start says. */
const DAMAGES: readonly (readonly [
  what: string,
  damage: (inProfile: (name: string) => string) => void,
  exitCode: number,
  words: string,
])[] = [
  [
    "an identity that is a symbolic link",
    (inProfile) => {
      renameSync(inProfile("identity.key"), inProfile("elsewhere"));
      symlinkSync(inProfile("elsewhere"), inProfile("identity.key"));
    },
    1,
    "symbolic link: put the file itself there",
  ],
  [
    "an identity that is a directory",
    (inProfile) => {
      renameSync(inProfile("identity.key"), inProfile("elsewhere"));
      mkdirSync(inProfile("identity.key"));
    },
    1,
    "it is not a regular file: move it away",
  ],
  [
    "an identity with a wrong digit",
    (inProfile) => {
      const text = readFileSync(inProfile("identity.key"), "utf8");
      const digit = text.at(60) === "a" ? "b" : "a";
      writeFileSync(inProfile("identity.key"), text.slice(0, 60) + digit + text.slice(61));
    },
    1,
    "it is damaged, one of its keys is not what it was: put a copy of identity.key back",
  ],
  [
    "an identity of a newer program",
    (inProfile) => writeFileSync(inProfile("identity.key"), "p2pchat identity 2\nwhatever\n"),
    1,
    "a newer p2pchat has written it: use that one",
  ],
  [
    "a database that is none",
    (inProfile) => writeFileSync(inProfile("p2pchat.db"), "no database".repeat(1000)),
    1,
    "it is damaged or not ours: move it away",
  ],
  [
    "a database of a newer program",
    (inProfile) => {
      const db = new Database(inProfile("p2pchat.db"));
      db.run("PRAGMA user_version = 99");
      db.close();
    },
    1,
    "a newer p2pchat has written it",
  ],
  [
    "a configuration that cannot be read",
    (inProfile) => writeFileSync(inProfile("config.toml"), "server = ["),
    2,
    "config.toml",
  ],
  [
    "a configuration of another form",
    (inProfile) => writeFileSync(inProfile("config.toml"), "server = 3478"),
    2,
    "server must be a string",
  ],
  [
    "a server.txt that is a directory",
    (inProfile) => mkdirSync(inProfile("../server.txt")),
    2,
    "it is not a regular file",
  ],
  [
    "a server.txt that is no text",
    (inProfile) => writeFileSync(inProfile("../server.txt"), Uint8Array.of(0xff, 0xfe, 0x00)),
    2,
    "it is not UTF-8 text",
  ],
  [
    "a server.txt with an escape sequence",
    (inProfile) => writeFileSync(inProfile("../server.txt"), "\u001b[2J:1"),
    2,
    "neither a host name nor an IP address",
  ],
];

test.each(DAMAGES)("%s is refused in one line", async (_what, damage, exitCode, words) => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  alice.send({ type: "quit" });
  await alice.exited;
  const directory = rig.scratch.join("alice");

  damage((name) => rig.scratch.join("alice", name));
  const args = ["client", "--no-lan", "--name", "alice", "--data-dir", directory];
  const ended = await rig.run(args, "");

  expect(ended).toMatchObject({ exitCode, stdout: "" });
  expect(ended.stderr).toMatch(/^p2pchat: [^\n\u001b]+\n$/);
  expect(ended.stderr).toContain(words);
});

test("half a database is refused, and left as it is", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  alice.send({ type: "quit" });
  await alice.exited;
  const file = rig.scratch.join("alice", "p2pchat.db");

  const half = readFileSync(file).subarray(0, 6000);
  writeFileSync(file, half);
  const args = ["client", "--no-lan", "--name", "alice", "--data-dir", rig.scratch.join("alice")];
  const ended = await rig.run([...args, "--server", rig.address], "");

  expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
  expect(ended.stderr).toMatch(/^p2pchat: Cannot use [^\n]*p2pchat\.db: [^\n]+\n$/);
  expect(readFileSync(file).equals(half)).toBe(true);
});
