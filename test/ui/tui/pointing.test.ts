import { expect, test } from "bun:test";
import { ALICE, BOB, message, peer } from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

/** With people and rooms to point at. */
function stage(columns = 120): Stage {
  const made = Stage.ready({ columns, lines: 40, rooms: ["#dev", "#lobby"] });
  made.tell(peer(BOB, "connected"), peer(ALICE, "connected"), message(BOB, "@bob", "psst"));
  return made;
}

test("a click on a room or a conversation goes there", () => {
  const clicked = stage();
  clicked.click(" #dev");
  expect(clicked.text).toMatch(/^ #dev ›/m);
  clicked.click(" @bob");
  expect(clicked.text).toMatch(/^ @bob ›/m);
  clicked.click(" Rooms");
  expect(clicked.text).toMatch(/^ @bob ›/m);
});

test("a click on a person chooses them, another talks with them", () => {
  const clicked = stage();
  clicked.click("* alice");
  expect(clicked.text).toContain("Enter talk");
  clicked.click("* bob");
  clicked.press("w");
  expect(clicked.asked("why")).toMatchObject({ to: "@bob" });
  clicked.click("* alice");
  clicked.click("* alice");

  expect(clicked.text).toMatch(/^ @alice ›/m);
});

test("a click on the conversation leaves the people, and one beside a person does nothing", () => {
  const clicked = stage();
  clicked.click("* bob");
  clicked.click("This room is fine");
  expect(clicked.text).not.toContain("Enter talk");
  clicked.click(" People");

  expect(clicked.text).not.toContain("Enter talk");
});

test("a click on a choice takes it, and the wheel goes through them", () => {
  const clicked = stage(50);
  clicked.press("ctrl+k");
  clicked.click(" #dev");
  expect(clicked.text).toMatch(/^ #dev ›/m);

  clicked.press("ctrl+k");
  clicked.face.handleWheel(clicked.now, { x: 1, y: 1 }, false);
  clicked.press("return");
  expect(clicked.text).toMatch(/^ #lobby ›/m);
});

test("the wheel scrolls what was said, and a page", () => {
  const scrolled = new Stage({ columns: 80, lines: 24 });
  scrolled.answerHistory(Array.from({ length: 90 }, (_, i) => kept(i, `line ${i}.`)));
  const before = scrolled.lines;
  const turn = (isUp: boolean): void => {
    scrolled.face.handleWheel(scrolled.now, { x: 40, y: 10 }, isUp);
  };
  turn(true);
  expect(scrolled.text).toContain("more below");
  expect(scrolled.lines[10]).toBe(before[7] ?? "");
  turn(false);
  expect(scrolled.lines).toEqual([...before]);

  scrolled.press("f1");
  turn(false);
  expect(scrolled.text).not.toContain("Anywhere");
});

test("who draws with the mouse is told how to select text", () => {
  const drawn = stage();
  drawn.face.handleDrag();

  expect(drawn.text).toContain("F2 lets the mouse select text");
});
