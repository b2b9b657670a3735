import { expect, test } from "bun:test";
import { BOB, message, peer, ready } from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

const ROBERT = { name: "robert", id: BOB.id };

test("what is written where one talks with somebody goes to them, whatever their name", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"), message(BOB, "@bob", "hi"));
  stage.say("/msg bob hello");
  stage.answerHistory([]);
  stage.tell(peer(BOB, "gone"), { type: "renamed", who: ROBERT, was: "bob" });
  stage.tell(peer(ROBERT, "connected"));

  stage.say("only for you");

  expect(stage.asked("send")).toMatchObject({ to: "@robert", text: "only for you" });
  expect(stage.lines[0]).toContain("@robert");
  expect(stage.text).toContain("* bob is called robert now, under the same key");
  expect(stage.text).toMatch(/robert +hi/);
  expect(stage.text).not.toContain("@bob");
});

test("so does what is written where nobody was met yet in this run", () => {
  const stage = new Stage();
  stage.tell(ready());
  stage.pass(1000);
  const { req } = stage.asked("unread");
  const rooms = [{ room: "@bob", unread: 1, upTo: null }];
  stage.tell({ type: "reply", req, command: "unread", rooms });
  stage.press("alt+down");
  stage.answerHistory([kept(1, "from an earlier run")]);
  stage.tell({ type: "renamed", who: ROBERT, was: "bob" }, peer(ROBERT, "connected"));

  stage.say("only for you");

  expect(stage.asked("send")).toMatchObject({ to: "@robert", text: "only for you" });
});

test("whoever takes the name that was left has a talk of their own", () => {
  const stage = Stage.ready();
  const stranger = { name: "bob", id: `${"5".repeat(63)}1` as typeof BOB.id };
  stage.tell(peer(BOB, "connected"), message(BOB, "@bob", "hi"));
  stage.tell({ type: "renamed", who: ROBERT, was: "bob" });
  stage.tell(peer(stranger, "connected"), message(stranger, "@bob", "I am new"));

  stage.say("/msg robert hello");
  stage.answerHistory([]);

  expect(stage.text).toMatch(/^ @robert +│/m);
  expect(stage.text).toMatch(/^ @bob +1 │/m);
  expect(stage.text).not.toContain("I am new");
});

test("whoever wants another name is told how, with the data of this run", () => {
  const stage = Stage.ready({ columns: 160 });
  stage.say("/nick zed");

  expect(stage.text).toMatch(/p2pchat client --name zed\s+--profile me/);
});
