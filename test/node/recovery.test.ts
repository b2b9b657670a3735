import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { SIGN_WITHIN_MS } from "../../lib/chat/signer.ts";
import type { Asked } from "../../lib/contract/asked.ts";
import { parseIntent } from "../../lib/contract/intent.ts";
import { View } from "../../lib/contract/view.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, ofType, type Person, person, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");
const CAROL = at("203.0.113.3:4000");
const ELSEWHERE = at("203.0.113.4:4000");

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

/** What a face knows by all that this person was told, and was asked. */
function faceOf({ events }: Person, ...asked: readonly Asked[]): View {
  const view = new View(["#lobby"]);
  for (const command of asked) view.handleCommand(command);
  for (const event of events) view.handleEvent(event);
  return view;
}

test("who said something alone, after a loss, edits that, and so it is edited for all", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const come = (): Person => person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const ann = come();
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  for (const text of ["one", "two"]) say(net, ann, "#lobby", text);
  ann.command({ type: "quit" });
  net.run(1_000);

  const again = come();
  const sends = ["alone", "stil alone"].map((text) => {
    return { type: "send", req: text, to: "#lobby", text } as const;
  });
  for (const send of sends) again.command(send);
  net.run(30_000);
  const { recent } = faceOf(again, ...sends);
  const edit = "/edit still alone";
  const intent = parseIntent(edit, { req: "e", room: "#lobby", recent });
  const command = intent.kind === "command" ? intent.command : undefined;
  if (command?.type !== "edit") throw new Error("This is an edit");
  again.command(command);
  net.run(3_000);

  const queued = ofType(again, "status").filter(({ state, req }) => {
    return state === "queued" && req === "stil alone";
  });
  expect(queued).toMatchObject([{}, { was: queued[0]?.id, id: command.id }]);
  const said = ofType(bob, "message");
  expect(said.map(({ text }) => text)).toEqual(["one", "two", "alone", "stil alone"]);
  const [one = "", two = "", alone = "", last = ""] = said.map(({ id }) => id);
  expect(ofType(bob, "edited")).toMatchObject([{ id: last, text: "still alone" }]);
  const known = (view: View) => view.recent.last("#lobby", 9).map(({ id, text }) => [id, text]);
  const since = [
    [alone, "alone"],
    [last, "still alone"],
  ];
  expect(known(faceOf(again, ...sends, command))).toEqual(since);
  const before = [
    [one, "one"],
    [two, "two"],
  ];
  expect(known(faceOf(bob))).toEqual([...before, ...since]);
});

test("what is said of a message meanwhile, and waits, is said of the same message", () => {
  let moved = 0;
  for (let ms = 60; ms <= 110; ms += 10) {
    const net = new Net(1);
    host(net, SERVER, nth(7));
    const come = (): Person => person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
    const ann = come();
    const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
    // Words wait for who is introduced, and cannot be met.
    person(net, CAROL, { identity: nth(2), name: "carol", server: SERVER });
    net.run(3_000);
    net.detach(CAROL);
    say(net, ann, "#lobby", "one");
    ann.command({ type: "quit" });
    net.run(1_000);
    const again = come();
    again.command({ type: "send", req: "alone", to: "#lobby", text: "alon" });
    net.run(ms);

    const { id, was } = ofType(again, "status").findLast(({ req }) => req === "alone") ?? {};
    if (id === undefined) continue;
    if (was === undefined) moved += 1;
    again.command({ type: "edit", req: "e", id, text: "alone" });
    again.command({ type: "send", req: "a", to: "#lobby", text: "so", replyTo: id });
    again.command({ type: "react", req: "r", id, emoji: "🎉", on: true });
    net.run(10_000);

    const said = ofType(bob, "message");
    const alone = said.find(({ text }) => text === "alon" || text === "alone");
    expect(said.map(({ text }) => text)).toContain("one");
    expect(said.find(({ text }) => text === "so")?.replyTo?.id).toBe(alone?.id ?? "");
    for (const event of [...ofType(bob, "edited"), ...ofType(bob, "reaction")]) {
      expect(event.id).toBe(alone?.id ?? "");
    }
  }
  // Else nothing was said before it had another number.
  expect(moved).toBeGreaterThan(0);
});

test("a copy that takes over from a program that was killed a moment ago goes on behind it", () => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const store = new MemoryStore();
  const come = (address: Address, disk: MemoryStore): Person => {
    return person(net, address, { identity: nth(0), name: "ann", server: SERVER, store: disk });
  };
  const ann = come(ANN, store);
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  say(net, ann, "#lobby", "before the copy");
  const copy = store.copy();
  ann.command({ type: "send", req: "last", to: "#lobby", text: "last" });
  net.run(SIGN_WITHIN_MS / 2);
  net.detach(ANN);

  const again = come(ELSEWHERE, copy);
  net.run(2_000);
  say(net, again, "#lobby", "from the copy");

  expect(shownTo(bob)).toEqual(["before the copy", "last", "from the copy"]);
  expect(fateOf(again, "from the copy")).toEqual(["queued", "sent", "delivered"]);
  net.run(30_000);
  const held = [bob, again].map(({ store: disk }) => {
    const all = disk.entries().filter(({ author }) => author === nth(0).peerId);
    return new Map(all.map((entry) => [entry.seq, disk.hashOf(entry)]));
  });
  expect(held[0]?.size).toBe(3);
  expect(held[1]).toEqual(held[0]);
  expect(
    [bob, again].flatMap(({ events }) => events.filter(({ type }) => type === "equivocation")),
  ).toEqual([]);
});
