import { expect, test } from "bun:test";
import type { PeerEvent, Who } from "../../lib/node/events.ts";
import type { KeptMessageEvent } from "../../lib/node/sayings.ts";
import { JsonFace } from "../../lib/ui/json.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import { ALICE, BOB, message, NOW, peerId, ready, status } from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

/** Of Bob's name, and known of from before. */
const OTHER: Who = { name: "bob", id: peerId("0ddb0b") };

const NAMESAKES: readonly PeerEvent[] = [BOB, OTHER].map((who) => ({ type: "namesake", who }));

class Stage {
  readonly door = new Recorder();
  readonly #face: PlainFace;

  constructor(...events: readonly PeerEvent[]) {
    const options = { rooms: ["#lobby"], awaitsServer: true, isWatched: false };
    this.#face = new PlainFace({ ...options, stay: false, isTyped: true }, this.door);
    for (const event of [ready(), ...events]) this.tell(event);
  }

  tell(event: PeerEvent): void {
    this.#face.handleEvent(NOW, event);
  }

  /** What is asked of the node for this line, or what is written instead. */
  type(line: string): unknown {
    this.door.lines.length = 0;
    this.door.commands.length = 0;
    this.#face.handleLine(NOW, line);
    return this.door.commands.at(-1) ?? this.door.lines.join("\n");
  }

  /** Says something, which gets this id. */
  say(line: string, id: string, room = "#lobby"): void {
    const asked = this.type(line) as { readonly req: string };
    this.tell(status("queued", { req: asked.req, id, room }));
  }

  found(...messages: readonly KeptMessageEvent[]): void {
    const [more, text] = [{ hasMore: false, unsearched: 0, damaged: 0 }, "first"];
    this.tell({ type: "reply", req: null, command: "search", text, messages, ...more });
  }
}

function kept(from: Who, text: string, room = "#lobby", seq = 1): KeptMessageEvent {
  const at = { sentAtMs: NOW - 1000, tick: 0, seq };
  return { id: `m-${text}`, room, from, text, ...at, states: null };
}

test("who shares a name with somebody who is away is told apart in every line", () => {
  const { door, tell } = plainOf(...NAMESAKES);

  tell(message(BOB, "#lobby", "hi"));
  tell({ type: "trust", who: OTHER, trust: "changed", isBlocked: false });
  tell({ type: "presence", who: BOB, state: "away" });

  expect(door.lines.slice(-3)).toEqual([
    "14:02 #lobby bob~b0b00000: hi",
    "14:02 ! bob~0ddb0b00 may be somebody else than you think, and is sent nothing by you, " +
      "though others in a room may pass on what you say there: ask in person, " +
      "then /trust bob~0ddb0b00 or /block bob~0ddb0b00",
    "14:02 * bob~b0b00000 is away",
  ]);
});

function plainOf(...events: readonly PeerEvent[]) {
  const stage = new Stage(...events);
  return { door: stage.door, tell: (event: PeerEvent) => stage.tell(event), stage };
}

test.each(["/reply bob yes", "/react bob +1", "/unreact @bob +1", "/delete bob", "/copy bob"])(
  "%j is refused with the list where others have that name",
  (line) => {
    const stage = new Stage(...NAMESAKES, message(BOB, "#lobby", "hi"));

    expect(stage.type(line)).toBe(
      "14:02 ! bob is ambiguous: say one of bob~b0b00000, bob~0ddb0b00",
    );
  },
);

test("the names that are proposed work when they are typed", () => {
  const stage = new Stage(...NAMESAKES, message(BOB, "#lobby", "hi"));

  expect(stage.type("/reply bob~b0b00000 yes")).toMatchObject({ to: "#lobby", replyTo: "m-hi" });
  expect(stage.type("/react @bob~b0b00000 +1")).toMatchObject({ type: "react", id: "m-hi" });
  expect(stage.type("/trust bob~0ddb0b00")).toMatchObject({ type: "trust", to: "@bob~0ddb0b00" });
  expect(stage.type("/block bob~0ddb0b00")).toMatchObject({ type: "block", to: "@bob~0ddb0b00" });
  expect(stage.type("/reply bob~0ddb0b00 no")).toContain("has said nothing in #lobby");
});

test("an answer to what was said to one alone goes to the same person, whoever came since", () => {
  const stage = new Stage(message(BOB, "@bob", "psst"), ...NAMESAKES);

  expect(stage.type("/reply ^1 yes")).toMatchObject({ to: "@bob~b0b00000", replyTo: "m-psst" });
});

test("a name means their last message where one talks, whatever they said elsewhere", () => {
  const stage = new Stage(
    message(ALICE, "#lobby", "one"),
    { ...message(ALICE, "#lobby", "three"), seq: 3 },
    { ...message(ALICE, "#lobby", "two"), seq: 2, isLate: true },
    message(ALICE, "@alice", "aside"),
    message(BOB, "@bob", "psst"),
  );
  stage.found(kept(ALICE, "old", "#lobby", 9));

  expect(stage.type("/reply alice yes")).toMatchObject({ to: "#lobby", replyTo: "m-three" });
  expect(stage.type("/react bob +1")).toBe(
    "14:02 ! bob has said nothing in #lobby since you began: say ^N as /recent shows",
  );
});

test("without a number, what one said last is meant, if it was here", () => {
  const stage = new Stage();
  stage.say("hello everyone", "first");
  expect(stage.type("/edit hello all")).toMatchObject({ type: "edit", id: "first" });

  stage.say("/msg bob my password is hunter3", "second", "@bob");

  const words = "14:02 ! What you said last was for @bob: if you mean it, say ^2";
  expect(stage.type("/edit my password is hunter2")).toBe(words);
  expect(stage.type("/delete")).toBe(words);
  expect(stage.type("/delete ^2")).toMatchObject({ type: "delete", id: "second" });
});

test("what was looked up is not what one said last", () => {
  const fresh = new Stage();
  fresh.found(kept({ name: "me", id: peerId("4f2a91c0") }, "first"));
  const refused = fresh.type("/delete");
  const named = fresh.type("/delete ^1");

  fresh.say("the latest thing", "latest");
  fresh.found(kept({ name: "me", id: peerId("4f2a91c0") }, "older"));

  expect(refused).toBe("14:02 ! You have said nothing here since you began: see /recent");
  expect(named).toMatchObject({ type: "delete", id: "m-first" });
  expect(fresh.type("/delete")).toMatchObject({ type: "delete", id: "latest" });
});

test("what one has just said and is not kept yet is waited for, unless it failed", () => {
  const stage = new Stage();
  stage.say("before", "before");
  const asked = stage.type("/msg nobody hi") as { readonly req: string };

  const meanwhile = stage.type("/edit after");
  stage.tell({ type: "error", req: asked.req, code: "NO_PEER", text: "nobody" });

  expect(meanwhile).toBe("14:02 ! What you said last is not kept yet: try again in a moment");
  expect(stage.type("/edit after")).toMatchObject({ type: "edit", id: "before" });
});

test("programs are told who has one name", () => {
  const door = new Recorder();
  const face = new JsonFace({ stay: false, isTyped: false }, door);

  for (const event of [ready(), ...NAMESAKES]) face.handleEvent(NOW, event);

  expect(JSON.parse(door.lines.at(-1) ?? "")).toEqual({
    v: 1,
    type: "namesake",
    at: "2026-11-22T14:02:07.113Z",
    who: OTHER,
  });
});

test("who takes another name is told of by both, and what was said to them stays theirs", () => {
  const robert = { name: "robert", id: BOB.id };
  const stage = new Stage(...NAMESAKES, message(BOB, "@bob", "hi"));

  stage.tell({ type: "renamed", who: robert, was: "bob" });
  const [told] = stage.door.lines.slice(-1);

  expect(told).toBe("14:02 * bob~b0b00000 is called robert now, under the same key");
  expect(stage.type("/reply ^1 yes")).toMatchObject({ to: "@robert", replyTo: "m-hi" });
});
