import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import type { RoomKey } from "../../lib/chat/membership.ts";
import { openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { topicOf } from "../../lib/rendezvous/topic.ts";
import { decodeChat } from "../../lib/wire/chat.ts";
import { decodeRequest } from "../../lib/wire/rendezvous.ts";
import { REKEY_MS } from "../../lib/wire/limits.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, shownTo } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = at("203.0.113.1:4000");
const BOB = at("203.0.113.2:4000");
const EVE = at("203.0.113.3:4000");

const SECRET = "a secret that nobody guesses";
const KEY: RoomKey = {
  ...privateRoom(sha256(encodeUtf8(SECRET))),
  invitation: "AAECAwQFBgcICQoLDA0ODw",
};

/** Ann and Bob are in the private room alone, Eve is where its name leads. */
function party(): { net: Net; ann: Person; bob: Person; eve: Person } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const [ann, bob, eve] = ([ANN, BOB, EVE] as const).map((address, i) => {
    const name = ["ann", "bob", "eve"][i] ?? "";
    return person(net, address, { identity: nth(i), name, server: SERVER, rooms: [] });
  });
  if (ann === undefined || bob === undefined || eve === undefined) throw new Error("three");
  net.run(1_000);
  for (const one of [ann, bob]) one.command({ type: "join", req: "j", room: "#dev", key: KEY });
  eve.command({ type: "join", req: "j", room: "#dev" });
  net.run(3_000);
  return { net, ann, bob, eve };
}

test("members of a private room find one another by its topic, and nobody else", () => {
  const { net, ann, bob, eve } = party();

  ann.command({ type: "send", req: "1", to: "#dev", text: "hello" });
  eve.command({ type: "send", req: "1", to: "#dev", text: "hello?" });
  net.run(1_000);
  ann.command({ type: "rooms", req: "2" });

  expect([ann, bob, eve].map(shownTo)).toEqual([[], ["hello"], []]);
  expect(ann.events.filter(({ type }) => type === "peer")).toHaveLength(2);
  expect(eve.events.filter(({ type }) => type === "peer")).toEqual([]);
  expect(ann.events.at(-1)).toMatchObject({
    rooms: [{ room: "#dev", isPrivate: true, members: 1, connected: 1 }],
  });
});

test("who enters a room whose name reads as that of another is told of that one", () => {
  const { net, ann } = party();
  for (const room of ["#Dev", "#DEV", "#devs", "#dev"]) {
    ann.command({ type: "join", req: room, room });
  }
  net.run(1_000);

  const replies = ann.events.flatMap((event) =>
    event.type === "reply" && event.command === "join" ? [[event.req, event.alike]] : [],
  );
  expect(replies).toEqual([
    ["j", undefined],
    ["#Dev", ["#dev"]],
    ["#DEV", ["#dev", "#Dev"]],
    ["#devs", undefined],
    ["#dev", ["#Dev", "#DEV"]],
  ]);
});

test("a proof holds while a session's keys are renewed, and a new session needs another", () => {
  const { net, ann, bob } = party();

  net.run(3 * REKEY_MS);
  ann.command({ type: "send", req: "1", to: "#dev", text: "under other keys" });
  net.run(1_000);
  net.detach(BOB);
  net.run(60_000);
  ann.command({ type: "send", req: "2", to: "#dev", text: "in another session" });
  net.run(1_000);
  net.attach(BOB, bob);
  net.run(60_000);

  expect(shownTo(bob)).toEqual(["under other keys", "in another session"]);
  const sessions = ann.events.filter((event) => event.type === "log");
  const met = sessions.filter(({ message }) => message === "connected");
  expect(new Set(met.map(({ fields }) => fields["session"])).size).toBe(2);
});

test("a server is told the topic of a private room, and nothing that it follows from", () => {
  const net = new Net(1);
  const server = new End(net, SERVER, { identity: nth(7), purpose: "server", isKeeping: true });
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  ann.command({ type: "join", req: "1", room: "#dev", key: KEY });
  net.run(5_000);
  ann.command({ type: "invite", req: "2", room: "#dev" });
  net.run(1_000);

  const serverKey = nth(7).noise.publicKey;
  const requests = server.received.map(decodeRequest);
  const topics = requests.flatMap((it) => (it?.kind === "register" ? it.topics : [])).map(toHex);
  expect(new Set(topics)).toEqual(
    new Set([openRoom("#lobby"), KEY.room].map((room) => toHex(topicOf(room, serverKey)))),
  );
  const said = server.received.map((message) => Buffer.from(message).toString("latin1")).join();
  for (const part of [KEY.room, toHex(KEY.proofKey)]) {
    expect(said).not.toContain(Buffer.from(part, "hex").toString("latin1"));
  }
  for (const word of ["dev", SECRET, KEY.invitation ?? ""]) expect(said).not.toContain(word);
  expect(ann.events.at(-1)).toMatchObject({
    type: "reply",
    command: "invite",
    secret: KEY.invitation,
    server: { name: "srv", noiseKey: serverKey },
  });
});

test("whoever is met is told as many proofs as there are private rooms, and no room", () => {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: undefined });
  ann.command({ type: "join", req: "1", room: "#dev", key: KEY });
  const eve = new End(net, EVE, { identity: nth(1), isKeeping: true });
  ann.machine.handleFound(net.now, { kind: "peer", card: eve.endpoint.card, address: EVE });
  net.run(2_000);
  ann.command({ type: "leave", req: "2", room: "#dev" });
  net.run(1_000);

  const heard = eve.received.map((bytes) => decodeChat(bytes));
  const [rooms, withdraw] = heard.filter((it) => it?.kind === "rooms" || it?.kind === "withdraw");
  expect(rooms).toMatchObject({ kind: "rooms", rooms: [openRoom("#lobby")] });
  const [proof, ...more] = rooms?.kind === "rooms" ? rooms.proofs : [];
  expect(more).toEqual([]);
  expect(withdraw).toEqual({ kind: "withdraw", proof: proof ?? new Uint8Array(0) });
  const said = eve.received.map(toHex).join(" ");
  expect(said).not.toContain(KEY.room);
});

test("an invitation is followed at the server that it names, and refused at any other", () => {
  const { net, ann, eve } = party();
  eve.command({ type: "leave", req: "l", room: "#dev" });
  const there = { name: "srv", noiseKey: nth(7).noise.publicKey };
  const elsewhere = { name: "other:3478", noiseKey: nth(6).noise.publicKey };
  const join = { type: "join", room: "#dev", key: KEY } as const;

  eve.command({ ...join, req: "1", server: elsewhere });
  const before = eve.events.at(-1);
  eve.command({ ...join, req: "2", server: there });
  net.run(3_000);
  ann.command({ type: "send", req: "3", to: "#dev", text: "welcome" });
  net.run(1_000);

  expect(before).toMatchObject({ type: "error", req: "1", code: "USAGE" });
  expect(JSON.stringify(before)).toContain("#dev meets at the server other:3478");
  expect(shownTo(eve)).toEqual(["welcome"]);
});
