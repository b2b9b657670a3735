/** What is typed where a secret is asked for is a secret, whatever happens meanwhile. */
import { expect, test } from "bun:test";
import { BOB, message, peer } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

const SECRET = "correct horse battery";
const PROMPT = " the secret of #den ›";

function asking(): Stage {
  const stage = Stage.ready({ columns: 120, lines: 40, rooms: ["#dev", "#lobby"] });
  stage.tell(peer(BOB, "connected"));
  stage.say("/join --private #den");
  return stage;
}

/** Types the secret and gives it: it enters the room, and is neither shown nor said. */
function expectEntered(stage: Stage): void {
  expect(stage.text).toContain(PROMPT);
  stage.say(SECRET);
  expect(stage.asked("join")).toMatchObject({ room: "#den", secret: SECRET });
  expect(stage.count("send")).toBe(0);
  expect(stage.text).not.toContain(SECRET);
}

test("after one that cannot be it, another is asked for", () => {
  const stage = asking();
  stage.say("abc");
  expect(stage.text).toContain("A room's secret is 8 to 256 bytes");
  expect(stage.lines.at(-2)).toBe(PROMPT);

  expectEntered(stage);
});

test("it is said that nothing is shown, and how it ends", () => {
  expect(asking().text).toContain("what you type is not shown: Enter enter  Esc leave");
});

test.each(["return", "escape"])("%s ends the question, and that is told", (key) => {
  const stage = asking();
  if (key === "escape") stage.type("half of it");
  stage.press(key);

  expect(stage.text).toContain("no secret, no room");
  expect(stage.text).toContain(" #lobby ›");
  expect(stage.text).not.toContain("half of it");
  expect(stage.count("join")).toBe(0);
});

test.each(["ctrl+k", "ctrl+p", "ctrl+f", "ctrl+b", "alt+m", "f1"])(
  "%s opens nothing over it, and ends nothing",
  (key) => {
    const stage = asking();
    stage.press(key);
    expect(stage.text).toContain("first the secret of #den, or leave it");

    expectEntered(stage);
  },
);

test.each(["alt+up", "alt+1", "pageup", "f2", "ctrl+l", "tab", "up", "down", "ctrl+u"])(
  "%s ends nothing",
  (key) => {
    const stage = asking();
    stage.press(key);

    expectEntered(stage);
  },
);

test("what is cleared is typed again, and not said", () => {
  const stage = asking();
  stage.type("corect hor");
  stage.press("ctrl+c");
  expect(stage.lines.at(-2)).toBe(PROMPT);

  expectEntered(stage);
});

test("a click elsewhere shows what is there, and ends nothing", () => {
  const stage = asking();
  stage.click(" #dev");
  stage.click("* bob");
  stage.click("* bob");

  expectEntered(stage);
});

test("an answer that comes meanwhile waits until it is over", () => {
  const stage = Stage.ready({ columns: 120, lines: 40 });
  stage.say("/rooms");
  const { req } = stage.asked("rooms");
  stage.say("/join --private #den");
  stage.type("correct ");
  const room = { room: "#lobby", isPrivate: false, members: 0, connected: 0, topic: null };
  stage.tell({ type: "reply", req, command: "rooms", rooms: [room] });
  stage.tell(message(BOB, "#lobby", "morning"));
  stage.say("horse battery");

  expect(stage.asked("join")).toMatchObject({ room: "#den", secret: SECRET });
  expect(stage.text).toContain("you are in these rooms");
});

test("who asks to be asked once more is, for the room named last", () => {
  const stage = asking();
  stage.say("/join --private #den");
  stage.say("/join --private #den and more");
  expect(stage.text).toContain("A secret is never typed in this line");

  expectEntered(stage);
});

test("a secret is pasted without the end of its line", () => {
  const stage = asking();
  stage.face.handlePaste(stage.now, `${SECRET}\n`);
  stage.press("return");

  expect(stage.asked("join")).toMatchObject({ room: "#den", secret: SECRET });
});

test("a secret that is pasted with its command is not said", () => {
  const stage = Stage.ready();
  stage.face.handlePaste(stage.now, `/join --private #den\n${SECRET}`);
  stage.press("return");

  expect(stage.count("send")).toBe(0);
  expect(stage.text).toContain("Nothing is said of this");
});
