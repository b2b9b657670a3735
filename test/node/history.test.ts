import { expect, test } from "bun:test";
import { MemoryStore } from "../support/memorystore.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const [ANN, BOB, CAROL] = [1, 2, 3].map((i) => at(`203.0.113.${i}:4000`));
if (ANN === undefined || BOB === undefined || CAROL === undefined) throw new Error("Three are");

function begin() {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const come = (address: typeof ANN, place: number, store = new MemoryStore()): Person => {
    const name = ["ann", "bob", "carol"][place] ?? "";
    return person(net, address ?? SERVER, { identity: nth(place), name, server: SERVER, store });
  };
  return { net, come };
}

function leave(net: Net, who: Person): void {
  who.command({ type: "quit" });
  net.run(1_000);
}

function say(who: Person, ...texts: readonly string[]): void {
  for (const text of texts) who.command({ type: "send", req: text, to: "#lobby", text });
}

test("what is said in the last moment is signed in time for others to pass it on", () => {
  const { net, come } = begin();
  const [ann, bob] = [come(ANN, 0), come(BOB, 1)];
  net.run(3_000);

  say(ann, "bye all");
  leave(net, ann);
  const carol = come(CAROL, 2);
  net.run(10_000);

  expect(shownTo(bob)).toEqual(["bye all"]);
  expect(shownTo(carol)).toEqual(["bye all"]);
});

test("who returns gets what was missed, though everybody who said it is away", () => {
  const { net, come } = begin();
  const store = new MemoryStore();
  const [ann, bob, carol] = [come(ANN, 0), come(BOB, 1), come(CAROL, 2, store)];
  net.run(3_000);
  say(ann, "all here");
  net.run(2_000);
  leave(net, carol);
  say(ann, ...Array.from({ length: 300 }, (_, i) => `meanwhile ${i}`));
  net.run(2_000);
  leave(net, ann);

  const again = come(CAROL, 2, store);
  net.run(10_000);

  expect(shownTo(carol)).toEqual(["all here"]);
  // No face has marked the first as shown.
  const [first, ...rest] = shownTo(again);
  expect(first).toBe("all here");
  expect(rest).toEqual(Array.from({ length: 300 }, (_, i) => `meanwhile ${i}`));
  expect(shownTo(bob)).toHaveLength(301);
});
