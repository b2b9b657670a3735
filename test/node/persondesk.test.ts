/** Who somebody is, and looking for them once more. */
import { expect, test } from "bun:test";
import type { PeerEvent } from "../../lib/node/events.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, statesOf } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");

function apart() {
  const net = new Net(1);
  host(net, SERVER, nth(2));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.fate = ({ from, to }) => (from === SERVER || to === SERVER ? [10] : []);
  net.run(60_000);
  return { net, ann };
}

function two() {
  const net = new Net(1);
  host(net, SERVER, nth(2));
  const rooms = ["#lobby", "#dev"];
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, rooms });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  return { net, ann, bob };
}

function ask(asker: Person, type: "whois" | "retry", to: string): PeerEvent | undefined {
  asker.command({ type, req: "w", to });
  return asker.events.findLast((it) => "req" in it && it.req === "w");
}

test("of somebody the whole id is told, the path, and which rooms one shares", () => {
  const { net, ann, bob } = two();

  expect(ask(ann, "whois", "@bob")).toMatchObject({
    command: "whois",
    member: { name: "bob", id: nth(1).peerId, state: "connected", trust: "known" },
    path: { kind: "lan", remote: BOB },
    rooms: ["#lobby"],
  });
  bob.command({ type: "quit" });
  net.run(1_000);
  expect(ask(ann, "whois", "@bob")).toMatchObject({ member: { state: "gone" }, path: null });
  expect(ask(ann, "whois", "@eve")).toMatchObject({ type: "error", code: "NO_PEER" });
});

test("who is there is not looked for", () => {
  const { ann } = two();

  expect(ask(ann, "retry", "@bob")).toMatchObject({ who: { name: "bob" }, isConnected: true });
});

/** Both are cut off from one another, which ends; what Ann knows of Bob half a second after. */
function healed(asks: boolean): string | undefined {
  const { net, ann } = apart();
  net.fate = () => [10];
  if (asks) {
    expect(ask(ann, "retry", "@bob")).toMatchObject({ command: "retry", isConnected: false });
  }
  net.run(500);
  return statesOf(ann, nth(1)).at(-1);
}

test("who is out of reach is called anew at once", () => {
  expect(healed(false)).toBe("unreachable");
  expect(healed(true)).toBe("connected");
});

test("who is blocked is not looked for", () => {
  const { ann } = two();
  ann.command({ type: "block", req: null, to: "@bob" });

  expect(ask(ann, "retry", "@bob")).toMatchObject({ type: "error", code: "REFUSED" });
});
