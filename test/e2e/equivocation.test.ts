/** Who has told different people different things bears that mark after a restart too. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { parsePeerId } from "../../lib/base/ids.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { Store } from "../../lib/io/store.ts";
import { delivered, say } from "../support/chat.ts";
import { connected, Rig } from "./rig.ts";

const SAID = "has told different people different things";

test("a client that starts anew shows who has told two histories, in every face", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  const bob = await rig.client("bob");
  await connected(alice, "alice", bob, "bob");
  await delivered(bob, say(bob, "#lobby", "one of two stories"), "alice");
  alice.send({ type: "quit" });
  await alice.exited;
  const [me, author] = [await idOf(alice), await idOf(bob)];
  const store = Store.open(join(rig.scratch.join("alice"), "p2pchat.db"), me);
  store.commit([{ kind: "fork", room: openRoom("#lobby"), author }]);
  store.close();

  const again = await rig.client("alice");
  const marked = { equivocated: ["#lobby"] };
  await again.line({ type: "peer", who: { name: "bob" }, ...marked });
  again.send({ req: "w", type: "who", room: "#lobby" });
  again.send({ req: "l", type: "list" });
  const who = await again.line({ type: "reply", req: "w" });
  const list = await again.line({ type: "reply", req: "l" });
  again.send({ type: "quit" });
  await again.exited;
  const dataDir = ["--data-dir", rig.scratch.join("alice")];
  const run = async (...args: string[]): Promise<string> => {
    return (await rig.run([...args, ...dataDir])).stdout;
  };

  for (const people of [who["members"], list["clients"]]) {
    expect(people).toContainEqual(expect.objectContaining({ name: "bob", ...marked }));
  }
  expect(await run("history")).toContain(`! bob ${SAID} in #lobby`);
  expect(await run("history", "--json")).toContain('"equivocated":true');
  expect(await run("export", "--format", "md")).toContain(`bob ${SAID}`);
  expect(await run("export", "--format", "jsonl")).toContain('"equivocated":true');
}, 60_000);

async function idOf(program: Awaited<ReturnType<Rig["client"]>>) {
  const { me } = await program.line({ type: "ready" });
  const text = typeof me === "object" && me !== null && "id" in me ? String(me.id) : "";
  const id = parsePeerId(text);
  if (id === undefined) throw new Error("It has no id");
  return id;
}
