import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { profilePaths } from "../../lib/io/profile.ts";
import { ownSocket, runtimeDirectories, socketsOf, socketsThere } from "../../lib/io/runtime.ts";
import { SKIPPED } from "../support/tally.ts";
import { scratch, withUmask } from "./support/scratch.ts";
import { failureOf } from "./support/thrown.ts";

const paths = (profile: string, dataDirectory: string) =>
  profilePaths({ profile, dataDirectory, env: {} });

/** The one of the temporary directory, which is there for who has no other. */
const SHARED = runtimeDirectories({}).join();

test("the user's own runtime directory goes before the shared place", () => {
  expect(runtimeDirectories({ XDG_RUNTIME_DIR: "/run/user/7" })).toEqual([
    "/run/user/7/p2pchat",
    SHARED,
  ]);
  expect(runtimeDirectories({ XDG_RUNTIME_DIR: "not/absolute" })).toEqual([SHARED]);
  expect(SHARED).toMatch(/\/p2pchat-\d+$/);
});

test("a socket is called after the profile and where its data directory really is", () => {
  const env = { XDG_RUNTIME_DIR: scratch(), TMPDIR: scratch() };
  const there = scratch();
  const link = join(scratch(), "link");
  symlinkSync(there, link);

  const socket = ownSocket(paths("alice", there), env);

  expect(socket).toMatch(/\/p2pchat\/alice-[0-9a-f]{8}\.sock$/);
  expect(ownSocket(paths("alice", link), env)).toBe(socket);
  expect(ownSocket(paths("alice", join(there, "other")), env)).not.toBe(socket);
});

test.each(["a".repeat(32), "ж".repeat(32), "漢".repeat(32)])(
  "a socket's path has room in the system's structure, however long the rest is: %s",
  (profile) => {
    const top = scratch();
    for (let length = 1; top.length + length < 80; length++) {
      const directory = join(top, "d".repeat(length));
      mkdirSync(directory);

      const socket = ownSocket(paths(profile, "/data"), { XDG_RUNTIME_DIR: directory });

      expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(103);
      expect(basename(socket)).toMatch(/^(?:[aж漢]+-)?[0-9a-f]{8}\.sock$/u);
    }
  },
);

test("where the path would be too long all the same, the next directory is taken", () => {
  const directory = join(scratch(), "d".repeat(90));
  mkdirSync(directory);
  const env = { XDG_RUNTIME_DIR: directory, TMPDIR: scratch() };

  const socket = ownSocket(paths("alice", "/data"), env);

  expect(dirname(socket)).toBe(runtimeDirectories(env)[1] ?? "");
});

test("the directory is made for this user alone, whatever the umask", () => {
  for (const umask of [0o000, 0o022, 0o777]) {
    const own = scratch();
    const env = { XDG_RUNTIME_DIR: own };

    const socket = withUmask(umask, () => ownSocket(paths("alice", "/data"), env));

    expect(socket).toStartWith(`${own}/p2pchat/alice-`);
    expect(statSync(join(own, "p2pchat")).mode & 0o7777).toBe(0o700);
  }
});

type Making = readonly [fault: string, make: (directory: string) => void];

const UNSAFE: readonly Making[] = [
  [
    "others can look into it",
    (directory) => {
      mkdirSync(directory);
      chmodSync(directory, 0o710);
    },
  ],
  ["it is a symbolic link", (directory) => symlinkSync(scratch(), directory)],
  ["it is not a directory", (directory) => writeFileSync(directory, "")],
];

test.each(UNSAFE)("where %s, no socket is made or looked for", async (fault, make) => {
  const own = scratch();
  const shared = scratch();
  const env = { XDG_RUNTIME_DIR: own, TMPDIR: shared };
  const [first = "", second = ""] = runtimeDirectories(env);
  const alice = paths("alice", "/data");
  make(first);

  const socket = ownSocket(alice, env);
  expect(dirname(socket)).toBe(second);
  writeFileSync(socket, "");
  expect(socketsOf("/data", env)).toEqual([socket]);

  rmSync(second, { recursive: true });
  make(second);
  const failure = await failureOf(() => ownSocket(alice, env));
  expect(failure.message).toStartWith(`Cannot use the runtime directory ${second}: ${fault}`);
  expect(failure.exitCode).toBe(1);
  expect(socketsThere(env)).toEqual([]);
});

const notRoot = process.getuid?.() === 0 ? "" : `${SKIPPED}only root gives directories away`;

test.skipIf(notRoot !== "")(
  `a directory that another user has made is not used${notRoot}`,
  async () => {
    const env = { TMPDIR: scratch() };
    const directory = runtimeDirectories(env).join();
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, 12_345, 12_345);

    const failure = await failureOf(() => ownSocket(paths("alice", "/data"), env));

    expect(failure.message).toBe(
      `Cannot use the runtime directory ${directory}: it belongs to another user`,
    );
  },
);

test("all sockets there are found, and nothing else", () => {
  const own = scratch();
  const env = { XDG_RUNTIME_DIR: own, TMPDIR: scratch() };
  const alice = ownSocket(paths("alice", "/a"), env);
  const bob = ownSocket(paths("bob", "/b"), env);
  for (const file of [bob, alice, join(own, "p2pchat", "notes.txt")]) writeFileSync(file, "");

  expect(socketsThere(env)).toEqual([alice, bob]);
  expect(socketsOf("/b", env)).toEqual([bob]);
});
