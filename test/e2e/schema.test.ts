import { expect, test } from "bun:test";
import { ask, delivered, say } from "../support/chat.ts";
import { lineChecker } from "../support/jsonschema.ts";
import { connected, Rig } from "./rig.ts";

test("every line of client and server is in the JSON Schema that the program prints", async () => {
  await using rig = await Rig.start();
  const printed = await rig.run(["schema"]);
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  await delivered(alice, say(alice, "#lobby", "hello"), "bob");
  for (const type of ["list", "punch"]) await ask(alice, { type });
  await ask(alice, { type: "why", to: "@bob" });
  await ask(alice, { type: "who", room: "#lobby" });
  await ask(alice, { type: "history", room: "#lobby" });
  await ask(alice, { type: "search", text: "hello" });
  await ask(rig.server, { type: "peer", number: 1 });
  alice.send({ type: "nonsense" });
  await alice.line({ type: "error" });

  const isLine = lineChecker(JSON.parse(printed.stdout) as object);
  const lines = [alice, bob, rig.server].flatMap((program) => program.lines);

  expect(printed).toMatchObject({ exitCode: 0, stderr: "" });
  expect(lines.length).toBeGreaterThan(15);
  expect(lines.filter((line) => !isLine("out", line))).toEqual([]);
});
