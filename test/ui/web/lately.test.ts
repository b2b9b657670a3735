import { expect, test } from "bun:test";
import { HELD_ELSEWHERE_MAX } from "../../../lib/ui/web/model/lately.ts";
import { END } from "../../../lib/ui/web/model/anchor.ts";
import { BOB, message } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";
import { PageStage } from "./pagestage.ts";

test("of rooms that nobody has looked at lately, the last messages alone are held", () => {
  const stage = PageStage.ready();
  for (let n = 0; n < 5000; n += 1) stage.tell(message(BOB, `#room${n % 10}`, `m${n}`));

  const { rooms } = stage.model.conversations;
  expect(rooms).toHaveLength(11);
  const held = rooms.map(({ timeline }) => timeline.items.length);
  expect(Math.max(...held)).toBe(HELD_ELSEWHERE_MAX);
  expect(rooms.at(-1)?.unread.count).toBe(500);
  expect(rooms.at(-1)?.timeline.items.at(-1)).toMatchObject({ text: "m4999" });
});

test("who comes back to what was left long ago is at its end, with all of it to be read", () => {
  const stage = PageStage.ready();
  const { model } = stage;
  const first = model.conversations.room("#first");
  model.reveal(first, "kept 7", stage.now);
  const messages = Array.from({ length: 300 }, (_, n) => kept(n + 1, `m${n}`, { room: "#first" }));
  stage.answerHistory(messages, true);
  model.scrolls.of(first).anchor = { kind: "row", key: "kept 7", px: 0 };
  for (let n = 0; n < 20; n += 1) {
    model.go(model.conversations.room(`#other${n}`), stage.now);
    stage.answerHistory([]);
  }
  expect(first.timeline.items).toHaveLength(0);

  model.go(first, stage.now);
  expect(model.scrolls.of(first).anchor).toEqual(END);
  expect(stage.last("history")).toMatchObject({ room: "#first", before: null, after: null });
  stage.answerHistory([kept(900, "the end", { room: "#first" })]);
  expect(stage.texts.at(-1)).toBe("the end");
});

test("a page of what was left long ago that is late leaves no gap there", () => {
  const stage = PageStage.ready();
  const { model } = stage;
  const lobby = model.current;
  if (lobby === undefined) throw new Error("no room");
  for (let n = 0; n < 300; n += 1) stage.tell(message(BOB, "#lobby", `m${n}`));
  lobby.timeline.hasBefore = true;
  model.pages.older(lobby, stage.now);
  const { req } = stage.last("history");
  for (let n = 0; n < 20; n += 1) model.go(model.conversations.room(`#n${n}`), stage.now);
  const rest = { room: "#lobby", hasBefore: true, hasAfter: false, damaged: 0 };
  const messages = [kept(1, "long before")];
  stage.tell({ type: "reply", req, command: "history", messages, ...rest });

  const [first] = lobby.timeline.items;
  expect(first).toMatchObject({ text: "m200" });
  expect(lobby.timeline.hasBefore).toBe(true);
});

test("of what was looked at just now nothing is left out", () => {
  const stage = PageStage.ready();
  const lobby = stage.model.current;
  for (let n = 0; n < 300; n += 1) stage.tell(message(BOB, "#lobby", `m${n}`));
  stage.model.go(stage.model.conversations.room("#other"), stage.now);
  expect(lobby?.timeline.items).toHaveLength(300);
});

test("who left while the end was on its way finds it in order", () => {
  const stage = PageStage.ready();
  const { model } = stage;
  const lobby = model.current;
  if (lobby === undefined) throw new Error("no room");
  lobby.timeline.replace([], true, false);
  stage.tell(message(BOB, "#lobby", "long before"));
  lobby.timeline.hasAfter = true;
  model.toEnd(stage.now);
  stage.tell(message(BOB, "#lobby", "just now"));
  for (let n = 0; n < 20; n += 1) model.go(model.conversations.room(`#n${n}`), stage.now);
  model.go(lobby, stage.now);
  stage.answerHistory([
    kept(1, "between", { from: BOB }),
    kept(2, "just now", { from: BOB, id: "m-just now" }),
  ]);

  expect(stage.texts).toEqual(["between", "just now"]);
});
