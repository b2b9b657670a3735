import { expect, test } from "bun:test";
import { BINARY, Program } from "../support/program.ts";
import { delivered, say } from "../support/chat.ts";
import { connected, Rig } from "./rig.ts";

/** A busy machine takes its time. */
const SOON = { timeoutMs: 40_000 };

/** Alice's screen, line by line. */
async function plain(rig: Rig): Promise<Program> {
  const args = ["client", "--no-lan", "--no-portmap", "--name", "alice"];
  const where = ["--data-dir", rig.scratch.join("alice"), "--server", rig.address, "--plain"];
  const program = rig.track(new Program([BINARY, ...args, ...where], { cwd: rig.scratch.path }));
  await program.text(/you talk in #lobby/, SOON);
  return program;
}

async function labelOf(program: Program): Promise<string> {
  const { me } = await program.line({ type: "ready" });
  const { name, id } = me as { readonly name: string; readonly id: string };
  return `${name}~${id.slice(0, 8)}`;
}

/** Alice has met Bob in her first run; then somebody else comes under his name, and he is away. */
async function impostor(rig: Rig) {
  const alice = await plain(rig);
  const bob = await rig.client("bob");
  const real = await labelOf(bob);
  await alice.text(/\* bob connected/, SOON);
  alice.write("/msg bob hi\n");
  await alice.text(/\* delivered to bob: hi/, SOON);
  bob.send({ type: "quit" });
  await alice.text(/\* bob gone/, SOON);
  const eve = await rig.client("bob", "--data-dir", rig.scratch.join("eve"));
  return { alice, eve, real, label: await labelOf(eve) };
}

test("who comes under the name of somebody met a moment ago is barred, run after run", async () => {
  await using rig = await Rig.start();
  const { alice, eve, label } = await impostor(rig);
  await alice.text(
    new RegExp(`! ${label} may be somebody else than you think, and is sent nothing`),
    SOON,
  );
  alice.write("/msg bob secret\n");
  await alice.text(
    new RegExp(`! bob is ambiguous: [^\\n]*; ${label} is not the bob you know`),
    SOON,
  );
  alice.write("secret to all\n/quit\n");
  await alice.exited;

  const again = await rig.client("alice");
  const warned = await again.line({ type: "trust", who: { name: "bob" } });
  await connected(again, "alice", eve, "bob");
  const req = say(again, "@bob", "secret");

  expect(warned).toMatchObject({ trust: "changed", blocked: false });
  expect(await again.line({ type: "error", req })).toMatchObject({ code: "UNTRUSTED" });
  await delivered(eve, say(eve, "#lobby", "hello"), "alice");
  expect(eve.lines.filter(({ type }) => type === "message")).toEqual([]);
  expect(again.lines.filter(({ type }) => type === "namesake")).toHaveLength(2);
}, 120_000);

test("after a restart each of one name is called by name and digits, and only so", async () => {
  await using rig = await Rig.start();
  const first = await impostor(rig);
  first.alice.write("/quit\n");
  await first.alice.exited;
  const { eve, real, label } = first;

  const alice = await plain(rig);
  await alice.text(
    new RegExp(`! ${label} may be somebody else [^\\n]*/trust ${label} or /block`),
    SOON,
  );
  await alice.text(new RegExp(`\\* ${label} connected`), SOON);
  await delivered(eve, say(eve, "#lobby", "it is me"), "alice");
  await alice.text(new RegExp(`#lobby ${label}: it is me`), SOON);
  alice.write("/reply bob no\n/react bob +1\n");
  const [refused] = await alice.text(/(?:! bob is ambiguous: say one of [^\n]*\n[^]*){2}/, SOON);
  for (const one of [real, label]) expect(refused.split(one)).toHaveLength(3);
  alice.write(`/reply ${label} who are you?\n/trust ${label}\n`);
  await alice.text(/#lobby you: who are you\?/, SOON);
  await alice.text(new RegExp(`\\* ${label} is known`), SOON);
  alice.write(`/msg ${label} hello namesake\n`);
  await alice.text(new RegExp(`\\* delivered to ${label}: hello namesake`), SOON);
}, 120_000);
