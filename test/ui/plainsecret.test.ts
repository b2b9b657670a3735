/** What is typed where a secret is asked for is a secret, and is said to nobody. */
import { expect, test } from "bun:test";
import { BOB, message, NOW } from "../contract/events.ts";
import { plainly } from "./plainly.ts";

test("a secret is the next line, is not shown, and is no message", () => {
  const { face, door } = plainly();

  face.handleLine(NOW, "/join --private #dev");
  expect(face.wantsSecret).toBe(true);
  face.handleLine(NOW, "/quit the day");
  expect(face.wantsSecret).toBe(false);

  expect(door.commands).toEqual([
    { type: "join", req: "2", room: "#dev", secret: "/quit the day" },
  ]);
  expect(door.lines).toEqual(["14:02 * type the secret of #dev: it is not shown"]);
});

test("who types no secret enters no room, and is told", () => {
  const { face, door } = plainly();

  face.handleLine(NOW, "/join --private #dev");
  face.handleLine(NOW, "");

  expect(door.commands).toEqual([]);
  expect(door.lines.at(-1)).toBe("14:02 * no secret, no room");
  expect(face.wantsSecret).toBe(false);
});

const SECRET = "correct horse battery";
const AGAIN = "14:02 * type the secret of #dev again: it is not shown; an empty line ends this";

test.each([
  ["short", "14:02 ! A room's secret is 8 to 256 bytes of text without control characters"],
  ["/who", "14:02 ! A room's secret is 8 to 256 bytes of text without control characters"],
  ["x".repeat(257), "14:02 ! A room's secret is 8 to 256 bytes of text without control characters"],
  [
    `/join --private #dev ${SECRET}`,
    "14:02 ! A secret is never typed in this line: give nothing more, or @FILE",
  ],
])("after %j a secret is still asked for, and said to nobody", (line, said) => {
  const { face, door } = plainly();

  face.handleLine(NOW, "/join --private #dev");
  face.handleLine(NOW, line);
  expect(door.lines.slice(-2)).toEqual([said, AGAIN]);
  expect(face.wantsSecret).toBe(true);
  face.handleLine(NOW, SECRET);

  expect(face.wantsSecret).toBe(false);
  expect(door.commands).toMatchObject([{ type: "join", room: "#dev", secret: SECRET }]);
});

test("a line that is none, and what happens meanwhile, end no question", () => {
  const { face, door } = plainly();

  face.handleLine(NOW, "/join --private #dev");
  face.handleWrongLine(NOW, "is not UTF-8 text");
  expect(door.lines.at(-1)).toBe(AGAIN);
  face.handleEvent(NOW, message(BOB, "#lobby", "morning"));
  face.handleEvent(NOW, { type: "error", req: null, code: "USAGE", text: "of something else" });
  expect(face.wantsSecret).toBe(true);
  face.handleLine(NOW, SECRET);

  expect(door.commands).toMatchObject([{ type: "join", room: "#dev", secret: SECRET }]);
});

test("who asks to be asked once more is, for the room named last", () => {
  const { face, door } = plainly();

  face.handleLine(NOW, "/join --private #dev");
  face.handleLine(NOW, "/join --private #den");
  expect(face.wantsSecret).toBe(true);
  expect(door.lines.at(-1)).toBe("14:02 * type the secret of #den: it is not shown");
  face.handleLine(NOW, SECRET);

  expect(door.commands).toMatchObject([{ type: "join", room: "#den", secret: SECRET }]);
});

test("where a secret is awaited, the command may name its file", () => {
  const { face, door } = plainly();

  face.handleLine(NOW, "/join --private #dev");
  face.handleLine(NOW, "/join --private #dev @/run/secret");

  expect(face.wantsSecret).toBe(false);
  expect(door.commands).toMatchObject([{ type: "join", room: "#dev", secretFile: "/run/secret" }]);
});
