/** What one says is told the faces of one's node in which it was not said. */
import { expect, test } from "bun:test";
import { messageId } from "../../lib/chat/messageid.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, person } from "./people.ts";

const SERVER = at("198.51.100.9:3478");
const ANN = { name: "ann", id: nth(0).peerId };

function idOf(seq: number): string {
  return messageId(openRoom("#lobby"), ANN.id, seq);
}

/** Ann, who is in the lobby, with Bob or alone, and whose node echoes what she says. */
function ann({ hasBob = true, echoes = true } = {}) {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const place = at("203.0.113.1:4000");
  const one = person(net, place, { identity: nth(0), name: "ann", server: SERVER, echoes });
  const comes = () =>
    person(net, at("203.0.113.2:4000"), { identity: nth(1), name: "bob", server: SERVER });
  if (hasBob) comes();
  net.run(3_000);
  const say = (...commands: readonly PeerCommand[]): void => {
    for (const command of commands) one.command(command);
    net.run(500);
  };
  const told = (): readonly PeerEvent[] => one.echoes.map(({ event }) => event);
  return { net, one, comes, say, told };
}

test("a message is told as others would be told it, with the mark of who said it", () => {
  const { one, say } = ann();
  const said = { type: "send", to: "#lobby" } as const;
  say(
    { ...said, req: "1 7", text: "I am @ann" },
    { ...said, req: "2", text: "waves", action: true },
  );

  const from = { room: "#lobby", from: ANN, isLate: false } as const;
  expect(one.echoes).toMatchObject([
    { req: "1 7", event: { type: "message", id: idOf(1), ...from, text: "I am @ann", seq: 1 } },
    { req: "2", event: { type: "message", id: idOf(2), ...from, text: "waves", action: true } },
  ]);
  expect(one.echoes.some(({ event }) => "mention" in event)).toBe(false);
  expect(one.events.some(({ type }) => type === "message")).toBe(false);
});

test("where a message stands is told with its echo and, as that it is kept, to who said it", () => {
  const { one, say, told } = ann();
  const said = { type: "send", to: "#lobby", text: "hi" } as const;
  say({ ...said, req: "1" }, { ...said, req: "2" });

  const kept = one.events.flatMap((event) => {
    return event.type === "status" && event.state === "queued" ? [event] : [];
  });
  const places = told().flatMap((event) => {
    if (event.type !== "message") return [];
    const { id, sentAtMs, tick, seq } = event;
    return [{ id, place: { sentAtMs, tick, seq } }];
  });
  expect(places).toHaveLength(2);
  expect(kept).toMatchObject(places);
});

test("an answer is told with what it answers, and what changes a message as just that", () => {
  const { say, told } = ann();
  say({ type: "send", req: "1", to: "#lobby", text: "ten o'clock?" });
  say({ type: "send", req: "2", to: "#lobby", text: "or nine", replyTo: idOf(1) });
  say({ type: "edit", req: "3", id: idOf(1), text: "at ten?" });
  say({ type: "react", req: "4", id: idOf(2), emoji: "👍", on: true });
  say({ type: "delete", req: "5", id: idOf(2) });
  say({ type: "topic", req: "6", room: "#lobby", topic: "time" });

  const where = { room: "#lobby", from: ANN };
  expect(told()).toMatchObject([
    { type: "message", text: "ten o'clock?" },
    { type: "message", replyTo: { id: idOf(1), from: ANN, text: "ten o'clock?" } },
    { type: "edited", id: idOf(1), ...where, text: "at ten?" },
    { type: "reaction", id: idOf(2), ...where, emoji: "👍", isOn: true },
    { type: "deleted", id: idOf(2), ...where },
    { type: "topic", ...where, topic: "time" },
  ]);
});

test("many that are said at once are told one by one, in their order", () => {
  const { one, say } = ann();
  const texts = Array.from({ length: 700 }, (_, i) => `line ${i}`);
  say(...texts.map((text, i) => ({ type: "send", req: `${i}`, to: "#lobby", text }) as const));

  const told = one.echoes.map(({ req, event }) => [req, "text" in event ? event.text : ""]);
  expect(told).toEqual(texts.map((text, i) => [`${i}`, text]));
});

test("what gets other words before it goes out is told so, under the mark of who gave them", () => {
  const { net, one, say, comes } = ann({ hasBob: false });
  const bob = comes();
  net.run(3_000);
  net.detach(bob.address);
  net.run(60_000);
  say({ type: "send", req: "1", to: "@bob", text: "hi al" });
  const [said] = one.echoes;
  const id = said?.event.type === "message" ? said.event.id : "";

  say({ type: "edit", req: "2", id, text: "hi all" });

  const edited = { type: "edited", id, room: "@bob", from: ANN, text: "hi all" } as const;
  expect(one.echoes.slice(1)).toEqual([
    { kind: "echo", req: "2", event: { ...edited, isReworded: true } },
  ]);
});

test("of what is refused nothing is told, nor of anything where nobody asked for it", () => {
  const { one, say } = ann();
  say({ type: "send", req: "1", to: "#nowhere", text: "hi" });
  say({ type: "topic", req: "2", room: "#lobby", topic: null });
  one.store.refusing = true;
  say({ type: "send", req: "3", to: "#lobby", text: "lost" });
  expect(one.echoes).toEqual([]);

  const quiet = ann({ echoes: false });
  quiet.say({ type: "send", req: "1", to: "#lobby", text: "hi" });
  expect(quiet.one.echoes).toEqual([]);
});
