import { expect, test } from "bun:test";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import type { Conversation } from "../../../lib/ui/talk/conversation.ts";
import { type Anchor, END } from "../../../lib/ui/web/model/anchor.ts";
import { BOB, message, ready } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";
import { PageStage } from "./pagestage.ts";

function lines(from: number, to: number): readonly KeptMessageEvent[] {
  return Array.from({ length: to - from }, (_, i) => kept(from + i, `line ${from + i}`));
}

function rowOf(id: string): Anchor {
  return { kind: "row", key: id, px: 12 };
}

/** Somebody reads message 130 of those up to 200, as the node is killed and another comes. */
function comeBack(before: (stage: PageStage, lobby: Conversation) => void = () => undefined) {
  const stage = new PageStage();
  stage.tell(ready());
  stage.answerHistory(lines(100, 200));
  const lobby = stage.model.current;
  if (lobby === undefined) throw new Error("no room");
  const scroll = stage.model.scrolls.of(lobby);
  scroll.anchor = rowOf("kept 130");
  before(stage, lobby);
  stage.tell(ready());
  return { stage, lobby, scroll };
}

test("whoever reads further up is there still, and what was missed is counted as below", () => {
  const { stage, lobby, scroll } = comeBack();
  expect(stage.last("history")).toMatchObject({ around: "kept 130" });
  stage.answerHistory(lines(80, 180), true);
  stage.pass(1000);
  const { req } = stage.last("unread");
  const room = { room: "#lobby", unread: 7, upTo: "kept 199" };
  stage.tell({ type: "reply", req, command: "unread", rooms: [room] });

  expect(scroll.anchor).toEqual(rowOf("kept 130"));
  expect([lobby.timeline.has("kept 80"), lobby.unread.count]).toEqual([true, 7]);
  stage.model.toEnd(stage.now);
  expect(stage.last("history")).toMatchObject({ around: null });
  stage.answerHistory(lines(107, 207));
  expect([stage.texts.at(-1), scroll.anchor, lobby.unread.count]).toEqual(["line 206", END, 0]);
});

test("of a note that is looked at the message above it says where one is", () => {
  const { stage, scroll } = comeBack(({ model, now }, lobby) => {
    model.note(now, "a note");
    const id = lobby.timeline.items.at(-1)?.id ?? "";
    model.scrolls.of(lobby).anchor = rowOf(id);
  });
  expect(stage.last("history")).toMatchObject({ around: "kept 199" });
  const { anchor } = scroll;
  stage.answerHistory(lines(150, 220));

  expect(scroll.anchor).toEqual(anchor);
  expect(stage.texts[50]).toBe("a note");
});

test("who goes on while the page is on its way stays where they have gone", () => {
  const { stage, scroll } = comeBack();
  scroll.anchor = rowOf("kept 199");
  stage.answerHistory(lines(80, 180), true);
  expect(stage.last("history")).toMatchObject({ around: "kept 199" });
  stage.tell(message(BOB, "#lobby", "meanwhile"));
  stage.answerHistory(lines(150, 220));

  expect(scroll.anchor).toEqual(rowOf("kept 199"));
  expect(stage.texts.slice(-2)).toEqual(["line 219", "meanwhile"]);
});

test("who goes to the end while the page is on its way is there, with all of it", () => {
  const { stage, scroll } = comeBack();
  stage.model.toEnd(stage.now);
  stage.answerHistory(lines(80, 180), true);
  expect(stage.last("history")).toMatchObject({ around: null, before: null });
  stage.answerHistory(lines(120, 220));

  expect(scroll.anchor).toEqual(END);
  expect(stage.texts.at(-1)).toBe("line 219");
});

test("who looked at what is not kept any more is at the end", () => {
  const { stage, scroll } = comeBack();
  const { req } = stage.last("history");
  stage.tell({ type: "error", req, code: "NO_PEER", text: "No message with this id is kept" });
  expect(stage.last("history")).toMatchObject({ around: null, before: null });
  stage.answerHistory(lines(150, 200));

  expect(scroll.anchor).toEqual(END);
  expect(stage.texts).toHaveLength(50);
});

test("who finds something as a node comes is shown that, and not the end", () => {
  const { stage, lobby, scroll } = comeBack(({ model }, where) => {
    model.scrolls.of(where).anchor = END;
  });
  expect(stage.last("history")).toMatchObject({ around: null });
  stage.model.reveal(lobby, "kept 150", stage.now);
  stage.answerHistory(lines(160, 260));
  expect(stage.last("history")).toMatchObject({ around: "kept 150" });
  stage.answerHistory(lines(100, 200), true);

  expect(scroll.anchor).toMatchObject({ kind: "row", key: "kept 150" });
});
