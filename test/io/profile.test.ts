import { afterEach, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Profile, profilePaths } from "../../lib/io/profile.ts";
import { HOLDER } from "./support/holder.ts";
import { failureOf } from "./support/thrown.ts";
import { modeOf, scratch, withUmask } from "./support/scratch.ts";

const held: Profile[] = [];
const children: Bun.Subprocess[] = [];

afterEach(() => {
  for (const profile of held.splice(0)) profile.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function hold(dataDirectory: string, profile = "alice"): Profile {
  const opened = Profile.open(profilePaths({ profile, dataDirectory, env: {} }));
  held.push(opened);
  return opened;
}

/** A child that tries to hold the directory's profile, and the first it says. */
async function startHolder(directory: string): Promise<readonly [Bun.Subprocess, string]> {
  const child = Bun.spawn([process.execPath, HOLDER, directory], { stdout: "pipe" });
  children.push(child);
  const { value } = await child.stdout.getReader().read();
  return [child, new TextDecoder().decode(value).trim()];
}

test("a profile lies where XDG says", () => {
  const env = { XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s", XDG_CONFIG_HOME: "/c", HOME: "/h" };

  expect(profilePaths({ profile: "alice", dataDirectory: undefined, env })).toEqual({
    profile: "alice",
    dataDirectory: "/d/p2pchat/alice",
    stateDirectory: "/s/p2pchat/alice",
    configFile: "/c/p2pchat/config.toml",
  });
});

test.each([
  ["not set", {}],
  ["empty", { XDG_DATA_HOME: "", XDG_STATE_HOME: "", XDG_CONFIG_HOME: "" }],
  ["relative", { XDG_DATA_HOME: "d", XDG_STATE_HOME: "./s", XDG_CONFIG_HOME: "../c" }],
])("where XDG's variables are %s, a profile lies in the home directory", (_what, env) => {
  const paths = profilePaths({
    profile: "alice",
    dataDirectory: undefined,
    env: { ...env, HOME: "/h" },
  });

  expect(paths).toMatchObject({
    dataDirectory: "/h/.local/share/p2pchat/alice",
    stateDirectory: "/h/.local/state/p2pchat/alice",
    configFile: "/h/.config/p2pchat/config.toml",
  });
});

test("--data-dir holds everything, and a relative one is taken from here", () => {
  const env = { XDG_DATA_HOME: "/d" };
  const here = process.cwd();

  expect(profilePaths({ profile: "alice", dataDirectory: "x", env })).toEqual({
    profile: "alice",
    dataDirectory: join(here, "x"),
    stateDirectory: join(here, "x"),
    configFile: join(here, "x", "config.toml"),
  });
});

test("bash leaves --data-dir=~/x as it is: it is in the home directory all the same", () => {
  const options = { profile: "alice", dataDirectory: "~/x", env: { HOME: "/h" } };

  expect(profilePaths(options).dataDirectory).toBe("/h/x");
});

test.each(["", ".", "..", "...", "a/b", "../x", "a b", "a\0", "a".repeat(33)])(
  "the profile %j is refused as a wrong use",
  async (profile) => {
    const options = { profile, dataDirectory: undefined, env: {} };

    const refusal = await failureOf(() => profilePaths(options));

    expect(refusal.message).toStartWith(`Cannot use profile ${JSON.stringify(profile)}: `);
    expect(refusal.exitCode).toBe(2);
  },
);

test("an empty --data-dir is refused", () => {
  const options = { profile: "alice", dataDirectory: "", env: {} };

  expect(() => profilePaths(options)).toThrow("Cannot use --data-dir: it needs a directory");
});

test.each([0o000, 0o022])("directories are this user's alone under umask %o", (umask) => {
  const directory = join(scratch(), "new", "data");

  const { paths } = withUmask(umask, () => hold(directory));

  expect(modeOf(paths.dataDirectory)).toBe("700");
  expect(modeOf(dirname(paths.dataDirectory))).toBe("700");
  expect(["lock", "pid"].map((name) => modeOf(join(directory, name)))).toEqual(["600", "600"]);
});

test("a directory that cannot be is refused in words", () => {
  const file = join(scratch(), "file");
  writeFileSync(file, "");

  expect(() => hold(join(file, "data"))).toThrow(
    `Cannot make directory ${file}/data: a part of the path is not a directory`,
  );
});

test("a lock that something is in is not written over, and refused with what to do", () => {
  const directory = scratch();
  const file = join(directory, "lock");
  writeFileSync(file, "something else's ".repeat(100));

  expect(() => hold(directory)).toThrow(`Cannot lock ${file}: what is in it is not ours: move it`);
  expect(readFileSync(file, "utf8")).toStartWith("something else's");
  rmSync(file);
  expect(() => hold(directory)).not.toThrow();
});

test("a lock that is a directory is refused in words", () => {
  const directory = scratch();
  mkdirSync(join(directory, "lock"));

  expect(() => hold(directory)).toThrow(`Cannot open ${directory}/lock: it is a directory`);
});

test("the second process is told who holds the profile, and it is a wrong use", async () => {
  const directory = scratch();
  hold(directory);

  const [, said] = await startHolder(directory);

  expect(said).toBe(`2 Cannot use profile alice: process ${process.pid} holds it`);
});

test("within one process a profile is held once, and can be again when it is closed", () => {
  const directory = scratch();
  const first = hold(directory);

  expect(() => hold(directory)).toThrow("Cannot use profile alice: process");
  first.close();
  held.splice(0);
  hold(directory);

  expect(held).toHaveLength(1);
});

test("a database that is gone beside an identity is missed, and on a first run nothing is", () => {
  const profile = hold(scratch());
  const first = profile.loss;
  writeFileSync(profile.identityFile, "secret");
  const without = profile.loss;
  writeFileSync(profile.databaseFile, "");
  const emptied = profile.loss;
  writeFileSync(profile.databaseFile, "something");

  expect(first).toBeUndefined();
  expect(without).toContain("is not there any more");
  expect(emptied).toContain("was empty");
  expect(profile.loss).toBeUndefined();
});

test("different profiles do not disturb each other", () => {
  const directory = scratch();

  hold(join(directory, "a"));
  hold(join(directory, "b"));

  expect(held).toHaveLength(2);
});

test("a profile whose holder was killed is free at once", async () => {
  const directory = scratch();

  const [first, saidFirst] = await startHolder(directory);
  first.kill("SIGKILL");
  await first.exited;
  const [, saidSecond] = await startHolder(directory);

  expect([saidFirst, saidSecond]).toEqual(["held", "held"]);
});

test("of many that start at once exactly one holds the profile", async () => {
  const directory = scratch();

  const said = await Promise.all(Array.from({ length: 5 }, () => startHolder(directory)));

  const losers = said.map(([, text]) => text).filter((text) => text !== "held");
  expect(losers).toHaveLength(4);
  for (const text of losers) {
    expect(text).toMatch(
      /^2 Cannot use profile alice: (?:process [0-9]+|another process) holds it$/,
    );
  }
});

test("a stale or damaged pid is not believed", async () => {
  const directory = scratch();
  hold(directory);

  for (const pid of ["", "rubbish\n", "-1\n", "4194399\n"]) {
    writeFileSync(join(directory, "pid"), pid);
    const [, said] = await startHolder(directory);
    expect(said).toBe("2 Cannot use profile alice: another process holds it");
  }
});
