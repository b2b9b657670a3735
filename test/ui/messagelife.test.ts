import { expect, test } from "bun:test";
import type { PeerEvent } from "../../lib/node/events.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import { ALICE, BOB, ME, message, NOW, ready, status } from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

const OPTIONS = {
  rooms: ["#lobby"],
  awaitsServer: true,
  isWatched: false,
  stay: false,
  isTyped: true,
};
const EVIL = "\u001b[2J\u202e\u0007x\u2028y";

function begin(...events: readonly PeerEvent[]) {
  const door = new Recorder();
  const face = new PlainFace(OPTIONS, door);
  for (const event of [ready(), ...events]) face.handleEvent(NOW, event);
  return { face, door };
}

/** What the face writes when it is told the last of these. */
function told(...events: readonly PeerEvent[]): readonly string[] {
  const { face, door } = begin(...events.slice(0, -1));
  door.lines.length = 0;
  for (const event of events.slice(-1)) face.handleEvent(NOW, event);
  return door.lines;
}

const MORNING = message(BOB, "#lobby", "morning");

test("each line of a text is one, and those after the first begin with a mark", () => {
  expect(told(message(BOB, "#lobby", "one\n  two\n\nfour"))).toEqual([
    "14:02 #lobby bob: one",
    "  |   two",
    "  |",
    "  | four",
  ]);
});

test("a message says what it answers, what it is, and whom it names", () => {
  expect(told({ ...MORNING, action: true })).toEqual(["14:02 #lobby * bob morning"]);
  expect(told({ ...MORNING, replyTo: { id: "m1", from: ME, text: "hello all" } })).toEqual([
    "14:02 #lobby bob (to you: hello all): morning",
  ]);
  expect(
    told({ ...MORNING, mention: true, replyTo: { id: "m1", from: ALICE, text: null } }),
  ).toEqual(["14:02 #lobby bob (to alice; names you): morning"]);
});

test("what is said of a message names it by its words", () => {
  const about = { id: MORNING.id, room: "#lobby", from: BOB };

  expect(told(MORNING, { type: "edited", ...about, text: "good\nmorning" })).toEqual([
    "14:02 #lobby bob (edited): good",
    "  | morning",
  ]);
  expect(told(MORNING, { type: "deleted", ...about })).toEqual(["14:02 * bob took back: morning"]);
  expect(told(MORNING, { type: "reaction", ...about, emoji: "👍", isOn: true })).toEqual([
    "14:02 * bob put 👍 to: morning",
  ]);
  expect(told({ type: "reaction", ...about, emoji: "👍", isOn: false })).toEqual([
    "14:02 * bob took 👍 off: a message from before",
  ]);
  expect(told({ type: "topic", room: "#lobby", from: BOB, topic: "boats" })).toEqual([
    "14:02 * #lobby is about: boats, says bob",
  ]);
  expect(told({ type: "topic", room: "#lobby", from: BOB, topic: "" })).toEqual([
    "14:02 * #lobby is about nothing now, says bob",
  ]);
});

test("whatever strangers write, no control reaches the screen", () => {
  const from = { ...BOB, name: EVIL };
  const about = { id: "m1", room: `#${EVIL}`, from };
  const events: PeerEvent[] = [
    { ...message(from, `#${EVIL}`, EVIL), replyTo: { id: "m0", from, text: EVIL } },
    { type: "edited", ...about, text: EVIL },
    { type: "deleted", ...about, id: `m-${EVIL}` },
    { type: "reaction", ...about, emoji: EVIL, isOn: true },
    { type: "topic", ...about, topic: EVIL },
    { type: "reply", req: null, command: "topic", room: about.room, topic: EVIL, from },
  ];
  const { door } = begin(...events);

  expect(door.lines.length).toBeGreaterThan(6);
  expect(door.lines.join("")).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
});

test("one's own words say what they are, once each", () => {
  const { face, door } = begin(MORNING, status("queued"));
  const say = (line: string, id: string) => {
    door.lines.length = 0;
    face.handleLine(NOW, line);
    const req = String(requests(door).at(-1));
    for (const state of ["queued", "sent"] as const) {
      face.handleEvent(NOW, status(state, { req, id, room: "#lobby" }));
    }
    return [...door.lines];
  };

  expect(say("good morning", "own1")).toEqual([
    "14:02 #lobby you: good morning (queued: nobody is connected)",
    "14:02 * sent: good morning",
  ]);
  expect(say("/me waves", "own2")[0]).toStartWith("14:02 #lobby * me waves (");
  expect(say("/edit waves back", "own3")[0]).toStartWith("14:02 #lobby you (edit): waves back (");
  expect(say("/react bob +1", "own4")[0]).toStartWith("14:02 #lobby you (reaction): 👍 (");
  expect(say("/unreact bob +1", "own6")[0]).toStartWith("14:02 #lobby you (reaction off): 👍 (");
  expect(say("/topic -", "own7")[0]).toStartWith(
    "14:02 #lobby * you say that it is about nothing now (",
  );
  expect(say("/delete", "own5")[0]).toStartWith("14:02 #lobby * you took back: waves back (");
});

test("recent messages are shown with the numbers by which they can be called", () => {
  const { face, door } = begin(MORNING, message(ALICE, "#lobby", "hello"));
  door.lines.length = 0;

  face.handleLine(NOW, "/recent");
  face.handleLine(NOW, "/reply ^1 to you too");

  expect(door.lines).toEqual([
    "14:02 * the last 2 in #lobby:",
    "  ^1 bob: morning",
    "  ^2 alice: hello",
  ]);
  expect(door.commands).toMatchObject([{ type: "send", text: "to you too", replyTo: MORNING.id }]);
});

function requests({ commands }: Recorder): unknown[] {
  return commands.map((command) => ("req" in command ? command.req : null));
}
