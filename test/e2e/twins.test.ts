import { expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { ask, say } from "../support/chat.ts";
import { BINARY, Program } from "../support/program.ts";
import { connected, Rig } from "./rig.ts";

/** Longer than a lost server is missed before it is asked for again. */
const SETTLED_MS = 15_000;

test("of two clients with one data directory the older is told, and may come back", async () => {
  await using rig = await Rig.start();
  const bob = await rig.client("bob");
  const first = await rig.client("ann");
  await connected(first, "ann", bob, "bob");
  first.send({ type: "quit" });
  await first.exited;
  cpSync(rig.scratch.join("ann"), rig.scratch.join("copy"), { recursive: true });

  const ann = await rig.client("ann");
  const flags = ["--no-lan", "--no-portmap", "--plain", "--data-dir", rig.scratch.join("copy")];
  const command = [BINARY, "client", "--name", "ann", "--server", rig.address, ...flags];
  const copy = rig.track(new Program(command, { cwd: rig.scratch.path }));
  await copy.text(/you talk in #lobby/);
  const told = await ann.line({ type: "server", state: "lost" });
  await Bun.sleep(SETTLED_MS);

  expect(JSON.stringify(told)).toMatch(/"by":"127\.0\.0\.1:\d+"/);
  expect(JSON.stringify(told)).toContain("another client with your identity");
  expect(ann.lines.filter(({ type }) => type === "server")).toHaveLength(1);
  expect(copy.stdout).not.toMatch(/^\d\d:\d\d !/m);

  expect(await ask(ann, { type: "register" })).toMatchObject({ registered: false });
  await ann.line({ type: "server", state: "connected" });
  await copy.text(/^\d\d:\d\d ! another client with your identity has registered from 127/m);
  say(bob, "@ann", "here?");
  await ann.line({ type: "message", text: "here?" });
});
