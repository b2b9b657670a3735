/** What is said otherwise before it goes out, by the compiled program. */
import { expect, test } from "bun:test";
import { connected, messages, Rig } from "./rig.ts";

const LONG = { timeoutMs: 30_000 };

test("who comes sees only the last words of what waited, once, and not as edited", async () => {
  await using rig = await Rig.start();
  const bob = await rig.client("bob");
  const alice = await rig.client("alice");
  await connected(alice, "alice", bob, "bob");
  bob.send({ type: "quit" });
  await bob.exited;
  await alice.line({ type: "peer", state: "gone", who: { name: "bob" } }, LONG);

  alice.send({ req: "r1", type: "send", to: "@bob", text: "meet me at nine" });
  const { id } = await alice.line({ type: "status", req: "r1", state: "queued" });
  alice.send({ req: "r2", type: "send", to: "@bob", text: "bring the map" });
  await alice.line({ type: "status", req: "r2", state: "queued" });
  alice.send({ req: "e1", type: "edit", id, text: "meet me at ten" });
  await alice.line({ type: "status", req: "e1", state: "queued", id, reworded: true });
  alice.send({ req: "o1", type: "outbox" });
  const outbox = await alice.line({ type: "reply", req: "o1" });
  alice.kill("SIGKILL");
  await alice.exited;

  const again = await rig.client("alice");
  again.send({ req: "s1", type: "search", text: "nine" });
  const found = await again.line({ type: "reply", req: "s1" });
  const back = await rig.client("bob");
  await back.line({ type: "message", text: "bring the map" }, LONG);
  await again.line({ type: "status", id, state: "delivered" }, LONG);
  back.send({ req: "h1", type: "history", with: "@alice" });
  const history = await back.line({ type: "reply", req: "h1" });

  expect(outbox["messages"]).toMatchObject([
    { id, text: "meet me at ten" },
    { text: "bring the map" },
  ]);
  expect(found["messages"]).toEqual([]);
  expect(messages(back).map(({ text }) => text)).toEqual(["meet me at ten", "bring the map"]);
  expect(history["messages"]).toMatchObject([{ id, text: "meet me at ten" }, {}]);
  expect(back.stdout).not.toContain("nine");
  expect(back.stdout).not.toContain("edited");
}, 60_000);
