import { expect, test } from "bun:test";
import { parseName, parseRoomName } from "../../../lib/base/text.ts";
import { normalTarget } from "../../../lib/contract/target.ts";
import { BUILT_IN } from "../../../lib/ui/talk/conversation.ts";
import { ALICE, BOB, ME, message, NOW, peer, ready, status } from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

/** Lets everything that is due within this time happen when it is. */
function passAll(stage: Stage, ms: number): void {
  const end = stage.now + ms;
  while (stage.face.pollTimeout() <= end) stage.pass(stage.face.pollTimeout() - stage.now);
  stage.pass(end - stage.now);
}

function ticked(stage: Stage): readonly string[] {
  return stage.lines.flatMap((line) => /\[x\] ([a-z ]+[a-z])/.exec(line)?.[1] ?? []);
}

test("who is new has a list of what to try, which ticks itself off and then is gone", () => {
  const stage = Stage.ready({ columns: 80, lines: 30 });
  expect(ticked(stage)).toEqual(["reach the server"]);
  expect(stage.text).toMatch(/\[ \] meet somebody +\/invite/);
  expect(stage.text).toMatch(/\[ \] see a message arrive +\/echo hi/);

  stage.tell(peer(BOB, "connected"));
  expect(ticked(stage)).toEqual(["reach the server", "meet somebody"]);
  stage.say("hello");
  const { req } = stage.asked("send");
  stage.tell(status("delivered", { req, id: "x", room: "#lobby", by: BOB }));
  expect(ticked(stage)).toContain("see a message arrive");
  stage.tell({ ...peer(BOB, "connected"), trust: "verified" });
  expect(ticked(stage)).toHaveLength(4);
  stage.say("/doctor");
  stage.press("escape");

  expect(stage.text).not.toMatch(/\[[x ]\]/);
  expect(stage.text).toContain("hello");
});

test("the list gives way to what is said, and is none for who has spoken in an earlier run", () => {
  const small = Stage.ready({ columns: 50, lines: 10 });
  small.tell(message(BOB, "#lobby", "one"), message(BOB, "#lobby", "two"));
  expect(small.text).not.toContain("[ ]");

  const old = new Stage();
  old.tell(peer(BOB, "connected"));
  old.answerHistory([kept(1, "from before", { from: ME, sentAtMs: NOW - 86_400_000 })]);
  expect(old.text).not.toContain("[ ]");
});

test("an empty room says who is there and hears what is said, and names nobody else", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"), peer(ALICE, "connected"));
  expect(stage.text).toContain("Nobody else is here yet.");

  const { req, room } = stage.asked("who");
  const rest = { presence: null, lastSeenMs: null, isBlocked: false } as const;
  const bob = { ...BOB, ...rest, state: "connected", trust: "known" } as const;
  const alice = { ...ALICE, ...rest, state: "connected", trust: "changed" } as const;
  stage.tell({ type: "reply", req, command: "who", room, members: [bob, alice] });
  expect(stage.text).toContain(" bob is here. What you write goes to everybody in this room.");
});

test("the built-in echo shows what every mark means, and nothing of it leaves the screen", () => {
  const stage = Stage.ready();
  stage.pass(1000);
  const before = stage.door.commands.length;
  stage.say("/echo hi there");
  expect(stage.text).toContain("echo is a part of this program");
  expect(stage.text).toMatch(/hi there +…/);
  passAll(stage, 500);
  expect(stage.text).toMatch(/hi there +✓$/m);
  passAll(stage, 500);
  expect(stage.text).toMatch(/hi there +✓✓/);
  expect(ticked(stage)).toContain("see a message arrive");
  passAll(stage, 1000);
  expect(stage.text).toMatch(/hi there +✓✓r/);
  expect(stage.text).toMatch(/echo +hi there/);

  stage.say("again");
  stage.say("/me waves");
  stage.say("/topic of nothing");
  stage.say("/history");
  stage.press("alt+m", "e");
  stage.say("!");
  stage.press("alt+m", "d");
  passAll(stage, 5000);
  expect(stage.door.commands.slice(before)).toEqual([]);
});

test("somebody who is called echo is another, and hears what is said to them", () => {
  const echo = { ...BOB, name: "echo" };
  const stage = Stage.ready();
  stage.tell(peer(echo, "connected"));
  stage.say("/msg echo to the person");
  expect(stage.asked("send")).toMatchObject({ to: "@echo", text: "to the person" });

  stage.say("/echo to the program");
  expect(stage.count("send")).toBe(1);
  expect(stage.text).toContain(` ${BUILT_IN} ›`);
});

test("no name that the built-in echo goes by can be a person's or a room's", () => {
  expect(parseName(BUILT_IN.slice(1))).toBeUndefined();
  expect(parseRoomName(BUILT_IN)).toBeUndefined();
  expect(normalTarget(BUILT_IN)).toBeUndefined();
});

test("where no server is heard, the status line and a sentence say so", () => {
  const stage = new Stage();
  const text = "Nothing comes back from the server at 192.0.2.1:3478: it seems to be down.";
  stage.tell(ready(false), { type: "nat", nat: null, text });

  expect(stage.lines.at(-1)).toMatch(/^ me {2}no server answers, still trying · 0 direct/);
  expect(stage.text).toMatch(/! Nothing comes back from the server at 192\.0\.2\.1:3478: it/);

  const connected = Stage.ready();
  connected.tell({ type: "nat", nat: "easy", text: "Every way is open." });
  expect(connected.text).not.toContain("Every way is open.");
});
