import { expect, test } from "bun:test";
import * as v from "valibot";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import { startServer } from "../support/chat.ts";
import { BINARY, Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { connected, Rig } from "./rig.ts";

async function doctor(...args: readonly string[]): Promise<Program> {
  const program = new Program([BINARY, "doctor", "--no-portmap", ...args]);
  await program.exited;
  return program;
}

function typesOf(program: Program): readonly unknown[] {
  return [...new Set(program.lines.map((line) => line["type"]))];
}

test("a doctor beside a running client predicts how its people will be met", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");

  const about = ["--data-dir", rig.scratch.join("alice"), "--server", rig.address];
  await using visit = await doctor("--json", ...about);

  expect(await visit.exited).toBe(0);
  expect(visit.strays).toEqual([]);
  for (const line of visit.lines) expect(v.parse(outgoingSchema, line)).toEqual(line as never);
  expect(typesOf(visit)).toEqual(["check", "prediction", "bye"]);
  const udp = await visit.line({ type: "check", name: "udp" });
  expect(udp).toMatchObject({ state: "ok", fix: null });
  await visit.line({ type: "prediction", who: { name: "bob" }, expected: "unknown" });
  // The client is none the wiser.
  alice.send({ req: "p", type: "punch", to: "@bob" });
  await alice.line({ type: "reply", req: "p", text: "punched" });
});

test("what came of a meeting is in the history, and whom one never met is nobody", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  const about = ["--data-dir", rig.scratch.join("alice")];

  await using past = await doctor("--json", "--history", ...about);
  await using nobody = await doctor("--peer", "carol", ...about);

  expect(await past.exited).toBe(0);
  await past.line({ type: "meeting", who: { name: "bob" }, outcome: "lan" });
  expect(typesOf(past)).toEqual(["meeting", "bye"]);
  expect(await nobody.exited).toBe(4);
  expect(nobody.stderr).toContain("has met nobody called carol");
});

test("a server that is not there fails the check, in words for a person", async () => {
  using scratch = new Scratch();
  const dataDir = scratch.join("server");
  const gone = startServer({ dataDir, listen: "127.0.0.1:0" });
  const address = String((await gone.line({ type: "ready" }))["address"]);
  await gone[Symbol.asyncDispose]();

  await using visit = await doctor("--data-dir", scratch.join("nobody"), "--server", address);

  expect(await visit.exited).toBe(9);
  expect(visit.stdout).toContain(`This network, as ${address} sees it`);
  expect(visit.stdout).toMatch(/^fail {2}UDP {9}nothing/m);
  expect(visit.stdout).toMatch(/\d failed/);
  expect(visit.stdout).not.toContain("\u001b");
  for (const line of visit.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test.each([
  [["--server", "nowhere"], "it has no port"],
  [["--peers", "bob"], "did you mean --peer?"],
  [["bob"], "Unexpected word"],
])("what a doctor does not understand it says, and looks at nothing: %p", async (args, words) => {
  await using visit = await doctor(...args);

  expect(await visit.exited).toBe(2);
  expect(visit.stderr).toContain(words);
  expect(visit.stdout).toBe("");
});
