/** On a page a command can be begun, and nothing that is typed is lost. */
import { expect, test } from "bun:test";
import { BOB, ME, message, peer } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

function talking(): Stage {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "theirs"));
  return stage;
}

/** The answer to `/rooms` has come: a page lies over the conversation. */
function answer(stage: Stage): void {
  const { req } = stage.asked("rooms");
  const room = { room: "#lobby", isPrivate: false, members: 1, connected: 1, topic: null };
  stage.tell({ type: "reply", req, command: "rooms", rooms: [room] });
  expect(stage.text).toContain("you are in these rooms");
}

function onPage(): Stage {
  const stage = talking();
  stage.say("/rooms");
  answer(stage);
  return stage;
}

test("what the page of a comparison asks for can be typed there", () => {
  const stage = talking();
  stage.say("/verify bob");
  const { req } = stage.asked("verify");
  const number = Array.from({ length: 12 }, () => "12345").join(" ");
  const verify = { type: "reply", req, command: "verify", who: BOB, trust: "new" } as const;
  stage.tell({ ...verify, number, code: "p2pchat-verify:x", pictures: null });
  expect(stage.text).toContain("the same on both sides? /verify bob match");
  stage.say("/verify bob match");

  expect(stage.asked("verify")).toMatchObject({ to: "@bob", answer: "match" });
  expect(stage.count("search")).toBe(0);
});

test("who one is can be copied from its page, and help is of what it is asked for", () => {
  const stage = talking();
  stage.say("/id");
  expect(stage.lines[0]).toContain("you are me");
  expect(stage.text).toContain(ME.id.slice(0, 40));
  expect(stage.text).toMatch(/others know you\.\n.*│ \/verify WHO compares/);
  stage.press("c");
  expect(stage.face.takeWishes()).toEqual([{ kind: "copy", text: ME.id }]);

  stage.press("escape");
  stage.say("/help retry");
  expect(stage.lines[0]).toContain("Help on retry");
  expect(stage.text).toContain("/retry WHO");
  expect(stage.text).not.toContain("/msg WHO TEXT");
  stage.press("escape");
  stage.say("/help frobnicate");
  expect(stage.text).toContain("Nothing is said of frobnicate");
});

test("an export from the screen says there what came of it", () => {
  const stage = talking();
  stage.say("/export talk.md");
  expect(stage.door.exported?.asked).toEqual({ place: "#lobby", file: "talk.md" });
  stage.door.exported?.end({ messages: 2, damaged: 0 });

  expect(stage.text).toContain("written to talk.md: 2 messages of #lobby");
});

test("Ctrl+F searches there as everywhere", () => {
  const stage = onPage();
  stage.press("ctrl+f");

  expect(stage.text).toContain("Search ›");
});

test.each(["hello all", "cool", "/why bob", "//slash"])(
  "%j typed on a page is what it is",
  (line) => {
    const stage = onPage();
    stage.say(line);

    expect(stage.text).not.toContain("you are in these rooms");
    if (line === "/why bob") expect(stage.asked("why")).toMatchObject({ to: "@bob" });
    else expect(stage.asked("send")).toMatchObject({ text: line.replace("//", "/") });
  },
);

test("what is pasted on a page is written, and what writes nothing leaves it open", () => {
  const stage = onPage();
  stage.press(" ", "return");
  expect(stage.text).toContain("you are in these rooms");
  stage.face.handlePaste(stage.now, "hello all");
  stage.press("return");

  expect(stage.asked("send")).toMatchObject({ text: "hello all" });
});

test("a page that comes while one writes costs no letter", () => {
  const stage = talking();
  stage.say("/rooms");
  stage.type("hello ");
  answer(stage);
  stage.say("all");

  expect(stage.asked("send")).toMatchObject({ text: "hello all" });
});

test("a command that is begun on a page is one, and what was written before comes back", () => {
  const stage = talking();
  stage.say("/rooms");
  stage.press("alt+m", "r");
  stage.type("half of it");
  answer(stage);
  stage.say("/why bob");
  expect(stage.asked("why")).toMatchObject({ to: "@bob" });
  expect(stage.count("send")).toBe(0);
  stage.press("up", "up");

  expect(stage.lines.at(-2)).toBe(" #lobby › half of it");
});
