import { expect, test } from "bun:test";
import type { Equivocation } from "../../lib/node/equivocations.ts";
import type { Who } from "../../lib/node/events.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, type PersonOptions, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");

const options = (index: number, name: string): PersonOptions => {
  return { identity: nth(index), name, server: SERVER };
};
const ANN = options(0, "ann");
const BOB = options(1, "bob");
const CEM = options(2, "cem");

function stop(net: Net, who: Person): void {
  who.command({ type: "quit" });
  net.run(100);
  net.detach(who.address);
}

function say(net: Net, who: Person, text: string): void {
  who.command({ type: "send", req: text, to: "#lobby", text });
  net.run(3_000);
}

/** What became of a message for each who was to get it. */
function endsOf({ events }: Person, req: string): string[] {
  const told = events.filter((event) => event.type === "status");
  const ends = told.filter((event) => event.req === req && event.by !== null);
  return ends.map(({ state, by }) => `${state} ${by?.name}`).toSorted();
}

test.each([
  ["at once", 100],
  ["once it was signed", 30_000],
])("what is said after two histories is delivered to who holds either: killed %s", (_, ms) => {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const first = person(net, at("203.0.113.1:4000"), ANN);
  const bob = person(net, at("203.0.113.2:4000"), BOB);
  const cem = person(net, at("203.0.113.3:4000"), CEM);
  net.run(6_000);
  say(net, first, "l1");
  const store = first.store.copy();
  stop(net, cem);
  first.command({ type: "send", req: "l2", to: "#lobby", text: "l2" });
  net.run(ms);
  net.detach(first.address);
  stop(net, bob);
  const again = person(net, cem.address, { ...CEM, store: cem.store });
  const copy = person(net, first.address, { ...ANN, store });
  net.run(30_000);
  say(net, copy, "l2b");
  const late = person(net, bob.address, { ...BOB, store: bob.store });
  net.run(30_000);

  say(net, copy, "l3");
  say(net, copy, "l4");

  const forked = late.events.filter(({ type }) => type === "equivocation");
  expect(forked).toHaveLength(1);
  expect(endsOf(copy, "l2b")).toEqual(["delivered cem", "failed bob"]);
  const both = ["delivered bob", "delivered cem"];
  expect(["l3", "l4"].map((req) => endsOf(copy, req))).toEqual([both, both]);
  expect(shownTo(late).slice(-2)).toEqual(["l3", "l4"]);
  expect(shownTo(again).slice(-3)).toEqual(["l2b", "l3", "l4"]);

  // It is a mark for good: whoever begins anew is told wherever the author is listed.
  stop(net, late);
  const anew = person(net, late.address, { ...BOB, store: late.store });
  net.run(30_000);
  const ask = [
    { type: "who", req: "w", room: "#lobby" },
    { type: "whois", req: "i", to: "@ann" },
    { type: "list", req: "l" },
  ] as const;
  for (const command of ask) anew.command(command);
  net.run(1_000);
  expect(anew.events.filter(({ type }) => type === "equivocation")).toEqual([]);
  const marked = { name: "ann", equivocated: ["#lobby"] };
  const replies = anew.events.filter((event) => event.type === "reply");
  const listed = replies.flatMap((reply): readonly (Who & Equivocation)[] => {
    if (reply.command === "who") return reply.members;
    if (reply.command === "whois") return [reply.member];
    return reply.command === "list" ? reply.clients : [];
  });
  expect(listed.filter(({ equivocated }) => equivocated !== undefined)).toMatchObject([
    marked,
    marked,
    marked,
  ]);
  expect(listed.length).toBeGreaterThan(3);
  const met = anew.events.filter((event) => event.type === "peer");
  expect(met.find(({ who, state }) => state === "connected" && who.name === "ann")).toMatchObject({
    equivocated: ["#lobby"],
  });
});
