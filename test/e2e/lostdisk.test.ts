import { expect, test } from "bun:test";
import { rmSync, truncateSync } from "node:fs";
import { delivered, say } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { connected, Rig } from "./rig.ts";

/** What became of what Bob had, and what his next start says of it. */
const LOSSES: readonly (readonly [
  what: string,
  lose: (inProfile: (name: string) => string) => void,
  words: RegExp,
])[] = [
  [
    "a database that is gone",
    (inProfile) => {
      for (const end of ["", "-wal", "-shm"]) rmSync(inProfile(`p2pchat.db${end}`));
    },
    /^p2pchat: p2pchat\.db is not there any more: whatever it held is lost\n$/,
  ],
  [
    "a database whose log is cut off",
    (inProfile) => truncateSync(inProfile("p2pchat.db-wal"), 100),
    /^p2pchat: p2pchat\.db has lost what came last: it ends before what was shown from it\n$/,
  ],
  [
    "an identity that is gone",
    (inProfile) => rmSync(inProfile("identity.key")),
    /^p2pchat: identity\.key is not the one of before: who knows bob~[0-9a-f]{8} [^\n]+\n$/,
  ],
];

test.each(LOSSES)(
  "%s is told of at the next start, and at no other",
  async (_what, lose, words) => {
    await using rig = await Rig.start();
    const alice = await rig.client("alice");
    const first = await rig.client("bob");
    await connected(alice, "alice", first, "bob");
    await delivered(alice, say(alice, "@bob", "before"), "bob");
    await quit(first);
    const second = await rig.client("bob");
    await delivered(alice, say(alice, "@bob", "after"), "bob");
    await second.line({ type: "message", text: "after" });
    second.kill("SIGKILL");
    await second.exited;

    lose((name) => rig.scratch.join("bob", name));
    const third = await rig.client("bob");
    await quit(third);
    const fourth = await rig.client("bob");
    await quit(fourth);

    expect(second.stderr).toBe("");
    expect(third.stderr).toMatch(words);
    expect(fourth.stderr).toBe("");
  },
);

async function quit(program: Program): Promise<void> {
  program.send({ type: "quit" });
  await program.exited;
}
