import { expect, test } from "bun:test";
import { messageId } from "../../lib/chat/messageid.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { HeardEvent } from "../../lib/node/sayings.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const NAMES = ["ann", "bob", "cem"];
const LOBBY = openRoom("#lobby");

const who = (index: number) => ({ name: NAMES[index], id: nth(index).peerId });
const idOf = (index: number, seq: number) => messageId(LOBBY, nth(index).peerId, seq);

test("an answer tells what it answers, an action that it is one, and one's name is noticed", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "where, @bob?" });
  const [first] = heardBy(bob);
  bob.command({ type: "send", req: "1", to: "#lobby", text: "here", replyTo: idOf(0, 1) });
  bob.command({ type: "send", req: "2", to: "#lobby", text: "waves", action: true });

  expect(first).toMatchObject({ type: "message", text: "where, @bob?", mention: true });
  expect(heardBy(ann)).toMatchObject([
    { text: "here", replyTo: { id: idOf(0, 1), from: who(0), text: "where, @bob?" } },
    { text: "waves", action: true },
  ]);
  expect(heardBy(ann).some((event) => "mention" in event)).toBe(false);
});

test("an answer to what is not of the conversation goes nowhere", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "@bob", text: "between us" });
  const [message] = heardBy(bob);
  const replyTo = message?.type === "message" ? message.id : "";

  bob.command({ type: "send", req: "1", to: "#lobby", text: "all hear", replyTo });
  bob.command({ type: "send", req: "2", to: "@ann", text: "so be it", replyTo });

  expect(errorsOf(bob)).toMatchObject([{ req: "1", code: "NO_PEER" }]);
  expect(heardBy(ann)).toMatchObject([{ text: "so be it", replyTo: { text: "between us" } }]);
});

test("what one does answers nothing: who asks for both is told, and nothing goes", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "hello?" });
  const both = { text: "waves", action: true, replyTo: idOf(0, 1) };
  bob.command({ type: "send", req: "1", to: "#lobby", ...both });
  bob.command({ type: "send", req: "2", to: "@ann", ...both });
  bob.command({ type: "send", req: "3", to: "#lobby", ...both, action: false });

  expect(errorsOf(bob)).toMatchObject([
    { req: "1", code: "USAGE" },
    { req: "2", code: "USAGE" },
  ]);
  expect(heardBy(ann)).toMatchObject([{ text: "waves", replyTo: { id: idOf(0, 1) } }]);
});

test("an edit, a deletion and reactions are told with the message they are about", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "nine o'clock" });
  ann.command({ type: "edit", req: "2", id: idOf(0, 1), text: "ten o'clock" });
  bob.command({ type: "react", req: "1", id: idOf(0, 1), emoji: "👍", on: true });
  bob.command({ type: "react", req: "2", id: idOf(0, 1), emoji: "👍", on: false });
  ann.command({ type: "delete", req: "3", id: idOf(0, 1) });

  const about = { id: idOf(0, 1), room: "#lobby" };
  expect(heardBy(bob).slice(1)).toEqual([
    { type: "edited", ...about, from: who(0), text: "ten o'clock" },
    { type: "deleted", ...about, from: who(0) },
  ] as PeerEvent[]);
  expect(heardBy(ann)).toEqual([
    { type: "reaction", ...about, from: who(1), emoji: "👍", isOn: true },
    { type: "reaction", ...about, from: who(1), emoji: "👍", isOn: false },
  ] as PeerEvent[]);
  for (const req of ["2", "3"]) {
    const states = ann.events.filter((event) => event.type === "status" && event.req === req);
    expect(states).toMatchObject([{ state: "queued" }, { state: "sent" }, { state: "delivered" }]);
  }
});

test("what is no message is neither changed nor reacted to", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "nine o'clock" });
  ann.command({ type: "react", req: "2", id: idOf(0, 1), emoji: "👍", on: true });
  ann.command({ type: "topic", req: "3", room: "#lobby", topic: "time" });
  const before = heardBy(bob).length;

  ann.command({ type: "edit", req: "4", id: idOf(0, 2), text: "👎" });
  ann.command({ type: "delete", req: "5", id: idOf(0, 3) });
  bob.command({ type: "react", req: "1", id: idOf(0, 3), emoji: "👍", on: true });

  const refused = { code: "NO_PEER", text: "What has this id is no message" };
  expect(errorsOf(ann)).toMatchObject([
    { req: "4", ...refused },
    { req: "5", ...refused },
  ]);
  expect(errorsOf(bob)).toMatchObject([{ req: "1", ...refused }]);
  expect([heardBy(ann).length, heardBy(bob).length]).toEqual([0, before]);
});

test("after a deletion nothing brings a message back", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "regretted" });
  ann.command({ type: "delete", req: "2", id: idOf(0, 1) });

  ann.command({ type: "edit", req: "3", id: idOf(0, 1), text: "regretted again" });
  bob.command({ type: "react", req: "1", id: idOf(0, 1), emoji: "👎", on: true });

  ann.command({ type: "delete", req: "4", id: idOf(0, 1) });

  expect(heardBy(bob).map(({ type }) => type)).toEqual(["message", "deleted"]);
  expect(heardBy(ann)).toEqual([]);
  const refused = { code: "REFUSED", text: "This message is deleted" };
  expect(errorsOf(ann)).toMatchObject([
    { req: "3", ...refused },
    { req: "4", ...refused },
  ]);
  expect(errorsOf(bob)).toMatchObject([{ req: "1", ...refused }]);
});

test("nobody edits or deletes what another has said", () => {
  const { ann, bob } = friends();
  ann.command({ type: "send", req: "1", to: "#lobby", text: "mine" });

  bob.command({ type: "edit", req: "1", id: idOf(0, 1), text: "yours" });
  bob.command({ type: "delete", req: "2", id: idOf(0, 1) });
  bob.command({ type: "delete", req: "3", id: "0".repeat(32) });

  expect(errorsOf(bob)).toMatchObject([
    { req: "1", code: "REFUSED" },
    { req: "2", code: "REFUSED" },
    { req: "3", code: "NO_PEER" },
  ]);
  expect(heardBy(ann)).toEqual([]);
});

test("a room's topic is what was last said of it, and whoever asks is told", () => {
  const { ann, bob } = friends();
  bob.command({ type: "topic", req: "1", room: "#lobby", topic: null });
  ann.command({ type: "topic", req: "1", room: "#lobby", topic: "boats" });
  bob.command({ type: "topic", req: "2", room: "#lobby", topic: null });
  ann.command({ type: "topic", req: "2", room: "#lobby", topic: "" });
  bob.command({ type: "topic", req: "3", room: "#lobby", topic: null });
  bob.command({ type: "topic", req: "4", room: "#dev", topic: null });

  const about = { room: "#lobby", from: who(0) };
  expect(heardBy(bob)).toEqual([
    { type: "topic", ...about, topic: "boats" },
    { type: "topic", ...about, topic: "" },
  ] as PeerEvent[]);
  const replies = bob.events.filter((event) => "req" in event && "command" in event);
  expect(replies).toMatchObject([
    { req: "1", command: "topic", topic: null, from: null },
    { req: "2", topic: "boats", from: who(0) },
    { req: "3", topic: null, from: who(0) },
  ]);
  expect(errorsOf(bob)).toMatchObject([{ req: "4", code: "NO_PEER" }]);
});

test("who comes later is told what counts by then, and nothing that was taken back", () => {
  const { net, ann, bob } = friends();
  for (const text of ["one", "two", "three"]) {
    ann.command({ type: "send", req: text, to: "#lobby", text });
  }
  bob.command({ type: "send", req: "1", to: "#lobby", text: "to three", replyTo: idOf(0, 3) });
  ann.command({ type: "edit", req: "4", id: idOf(0, 1), text: "1" });
  ann.command({ type: "delete", req: "5", id: idOf(0, 2) });
  ann.command({ type: "edit", req: "6", id: idOf(0, 1), text: "uno" });
  ann.command({ type: "edit", req: "7", id: idOf(0, 3), text: "tre" });
  net.run(5_000);
  const cem = join(net, 2);

  net.run(20_000);

  const messages = heardBy(cem).toSorted((a, b) => orderOf(a) - orderOf(b));
  expect(messages).toMatchObject([
    { type: "message", text: "uno", edited: true },
    { type: "message", text: "tre", edited: true },
    { type: "message", text: "to three" },
  ]);
  const reply = messages.at(-1);
  expect([null, "tre"]).toContain(reply?.type === "message" ? (reply.replyTo?.text ?? null) : "");
});

test("what is edited before it was delivered comes as it was, and then as it is", () => {
  const { net, ann, bob } = friends();
  net.fate = () => [];
  ann.command({ type: "send", req: "1", to: "@bob", text: "at nine" });
  const sent = ann.events.findLast((event) => event.type === "status");
  ann.command({ type: "edit", req: "2", id: sent?.id ?? "", text: "at ten" });
  net.run(5_000);

  net.fate = () => [10];
  net.run(60_000);

  expect(heardBy(bob)).toMatchObject([
    { type: "message", text: "at nine" },
    { type: "edited", id: sent?.id ?? "", text: "at ten" },
  ]);
});

function friends() {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const [ann, bob] = [join(net, 0), join(net, 1)];
  net.run(5_000);
  return { net, ann: acting(net, ann), bob: acting(net, bob) };
}

function join(net: Net, index: number): Person {
  const address = at(`203.0.113.${index + 1}:4000`);
  const name = NAMES[index] ?? "";
  return person(net, address, { identity: nth(index), name, server: SERVER });
}

/** Whatever is commanded has its time. */
function acting(net: Net, one: Person): Person {
  const command = one.command.bind(one);
  one.command = (asked) => {
    command(asked);
    net.run(500);
  };
  return one;
}

const HEARD: ReadonlySet<string> = new Set<HeardEvent["type"]>([
  "message",
  "edited",
  "deleted",
  "reaction",
  "topic",
]);

function heardBy({ events }: Person) {
  return events.filter(({ type }) => HEARD.has(type));
}

function errorsOf({ events }: Person) {
  return events.filter((event) => event.type === "error");
}

function orderOf(event: PeerEvent): number {
  return event.type === "message" ? event.sentAtMs * 1000 + event.tick : Infinity;
}
