import { expect, test } from "bun:test";
import type { PeerCommand } from "../../lib/node/commands.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const bob = { name: "bob", id: nth(1).peerId };
const carol = { name: "carol", id: nth(2).peerId };

/** Ann and Carol, who holds for others; Bob has been there, and has gone. */
function stage(): { net: Net; ann: Person } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const common = { server: SERVER } as const;
  const places = ["203.0.113.1:4000", "203.0.113.2:4000", "203.0.113.3:4000"].map((it) => at(it));
  const [here = SERVER, there = SERVER, elsewhere = SERVER] = places;
  const ann = person(net, here, { ...common, identity: nth(0), name: "ann", asksHold: true });
  const gone = person(net, there, { ...common, identity: nth(1), name: "bob" });
  person(net, elsewhere, { ...common, identity: nth(2), name: "carol", holds: true });
  net.run(6_000);
  gone.command({ type: "quit" });
  net.run(1_000);
  return { net, ann };
}

/** Says it, and returns its id. */
function say(net: Net, ann: Person, to: string, text: string): string {
  ann.command({ type: "send", req: text, to, text });
  net.run(1_000);
  const told = ann.events.find((event) => event.type === "status" && event.req === text);
  return told?.type === "status" ? told.id : "";
}

function end(net: Net, ann: Person, ...before: readonly PeerCommand[]) {
  for (const command of before) ann.command(command);
  ann.command({ type: "quit" });
  net.run(100);
  const bye = ann.events.at(-1);
  if (bye?.type !== "bye") throw new Error("It says goodbye last");
  return bye.waiting;
}

test("the end counts messages, and not what was said of them since", () => {
  const { net, ann } = stage();
  const id = say(net, ann, "#lobby", "w");

  const waiting = end(
    net,
    ann,
    { type: "edit", req: "1", id, text: "w2" },
    { type: "react", req: "2", id, emoji: "+1", on: true },
  );

  expect(waiting).toMatchObject([{ who: bob, count: 1, held: 0 }]);
});

test("for whom nothing waits but what was taken back, is not told of", () => {
  const { net, ann } = stage();
  const id = say(net, ann, "#lobby", "regretted");

  expect(end(net, ann, { type: "delete", req: "1", id })).toEqual([]);
});

test("what is said last of all is counted, however much it is", () => {
  const { net, ann } = stage();
  for (let i = 0; i < 3_000; i++) {
    const said = { type: "send", req: `${i}`, to: "#lobby", text: `line ${i}` } as const;
    ann.machine.handleCommand(net.now, said);
  }

  const waiting = end(net, ann);

  expect(waiting.find(({ who }) => who.id === bob.id)).toMatchObject({ count: 3_000 });
});

test("the end tells how many of the messages others hold", () => {
  const { net, ann } = stage();
  const id = say(net, ann, "@bob", "one");
  ann.command({ type: "edit", req: "e", id, text: "uno" });
  say(net, ann, "@bob", "two");
  net.run(6_000);
  say(net, ann, "#lobby", "to all");

  expect(end(net, ann)).toMatchObject([{ who: bob, count: 3, held: 2, heldBy: [carol] }]);
});
