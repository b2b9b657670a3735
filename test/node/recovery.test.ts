import { expect, test } from "bun:test";
import { MemoryStore } from "../support/memorystore.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");
const CAROL = at("203.0.113.3:4000");

function say(net: Net, from: Person, to: string, text: string): void {
  from.command({ type: "send", req: text, to, text });
  net.run(3_000);
}

/** What became of the message that was said with this mark. */
function fateOf({ events }: Person, req: string): string[] {
  return events.flatMap((event) => {
    return event.type === "status" && event.req === req ? [event.state] : [];
  });
}

test.each(["lost", "an older copy"])("whole nodes heal a disk that is %s", (what) => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const come = (disk: MemoryStore): Person => {
    return person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store: disk });
  };
  const ann = come(store);
  const [bob, carol] = [
    person(net, BOB, { identity: nth(1), name: "bob", server: SERVER }),
    person(net, CAROL, { identity: nth(2), name: "carol", server: SERVER }),
  ];
  net.run(3_000);
  say(net, ann, "#lobby", "one");
  say(net, ann, "@bob", "between us");
  const copy = store.copy();
  say(net, ann, "#lobby", "two");
  say(net, ann, "@bob", "between us, too");
  ann.command({ type: "quit" });
  net.run(1_000);

  const again = come(what === "lost" ? new MemoryStore() : copy);
  again.command({ type: "send", req: "early", to: "#lobby", text: "early" });
  net.run(10_000);
  say(net, again, "#lobby", "three");
  say(net, again, "@bob", "between us again");
  net.run(30_000);

  expect(shownTo(bob).toSorted()).toEqual(
    [
      "between us",
      "between us again",
      "between us, too",
      "early",
      "one",
      "three",
      "two",
    ].toSorted(),
  );
  expect(shownTo(carol).toSorted()).toEqual(["early", "one", "three", "two"]);
  for (const req of ["three", "between us again"]) {
    expect(fateOf(again, req)).toContain("delivered");
    expect(fateOf(again, req)).not.toContain("failed");
  }
  const accused = [bob, carol, again].flatMap(({ events }) => {
    return events.filter(({ type }) => type === "equivocation");
  });
  expect(accused).toEqual([]);
});
