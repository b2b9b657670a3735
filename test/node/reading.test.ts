import { expect, test } from "bun:test";
import { messageId } from "../../lib/chat/messageid.ts";
import { directRoom, openRoom } from "../../lib/chat/rooms.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, ofType, type Person, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const LOBBY = openRoom("#lobby");
const DIRECT = directRoom(nth(0).peerId, nth(1).peerId);
const anns = (seq: number, room = LOBBY) => messageId(room, nth(0).peerId, seq);

/** Ann and Bob, who shares what he reads, have met. */
function friends(): { net: Net; ann: Person; bob: Person } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const [ann, bob] = ["ann", "bob"].map((name, i) => {
    const address = at(`198.51.100.${i + 1}:40000`);
    const options = { identity: nth(i), name, server: SERVER, sharesRead: i === 1 };
    return person(net, address, options);
  });
  net.run(5_000);
  if (ann === undefined || bob === undefined) throw new Error("Nobody is there");
  return { net, ann, bob };
}

test("who reads is answered, all faces are told what is unread now, and so is the author", () => {
  const { net, ann, bob } = friends();
  for (const text of ["one", "two"]) ann.command({ type: "send", req: text, to: "#lobby", text });
  net.run(1_000);

  bob.command({ type: "unread", req: "u1" });
  bob.command({ type: "read", req: "r1", id: anns(1) });
  net.run(1_000);

  const rooms = [{ room: "#lobby", unread: 2, upTo: null }];
  expect(ofType(bob, "reply")).toMatchObject([
    { req: "u1", command: "unread", rooms },
    { req: "r1", command: "read", id: anns(1) },
  ]);
  expect(ofType(bob, "unread")).toEqual([
    { type: "unread", room: "#lobby", unread: 1, upTo: anns(1) },
  ]);
  const read = ofType(ann, "status").filter(({ state }) => state === "read");
  expect(read).toMatchObject([{ req: "one", room: "#lobby", by: { name: "bob" } }]);
});

test("what is between two has the other's name, and nothing is told of a left room", () => {
  const { net, ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "@bob", text: "between us" });
  ann.command({ type: "send", req: "2", to: "#lobby", text: "to all" });
  net.run(1_000);
  bob.command({ type: "leave", req: "l", room: "#lobby" });

  bob.command({ type: "unread", req: "u1" });
  bob.command({ type: "read", req: "r1", id: anns(1, DIRECT) });
  net.run(1_000);

  const told = ofType(bob, "reply").filter(({ command }) => command === "unread");
  expect(told).toMatchObject([{ rooms: [{ room: "@ann", unread: 1, upTo: null }] }]);
  expect(ofType(bob, "unread")).toMatchObject([{ room: "@ann", unread: 0 }]);
  const read = ofType(ann, "status").filter(({ state }) => state === "read");
  expect(read).toMatchObject([{ req: "1", room: "@bob", by: { name: "bob" } }]);
});

test("an id that nobody knows is refused, and a disk that refuses is told", () => {
  const { net, ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "one" });
  net.run(1_000);

  bob.command({ type: "read", req: "r1", id: anns(7) });
  bob.command({ type: "read", req: "r2", id: "nothing" });
  bob.store.refusing = true;
  bob.command({ type: "read", req: "r3", id: anns(1) });
  net.run(1_000);

  expect(ofType(bob, "error")).toMatchObject([
    { req: "r1", code: "NO_PEER" },
    { req: "r2", code: "NO_PEER" },
    { req: "r3", code: "INTERNAL" },
  ]);
});

test("who has not said that they share it tells nothing", () => {
  const { net, ann, bob } = friends();
  bob.command({ type: "send", req: "1", to: "#lobby", text: "hello" });
  net.run(1_000);

  ann.command({ type: "read", req: "r1", id: messageId(LOBBY, nth(1).peerId, 1) });
  net.run(2_000);

  expect(ofType(ann, "reply")).toMatchObject([{ command: "read" }]);
  expect(ofType(bob, "status").some(({ state }) => state === "read")).toBe(false);
});
