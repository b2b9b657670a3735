/** What calls somebody who looks elsewhere, and what it tells. */
import { expect, test } from "bun:test";
import { ALICE, BOB, message } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

test("who looks elsewhere is called by a mention or a direct message, and told what", () => {
  const stage = Stage.ready();
  stage.face.handleLook(stage.now, false);
  const evil = `one\u001b]0;x\u0007\ntwo\u202e ${"x".repeat(500)}`;
  stage.tell({ ...message(BOB, "#lobby", "@me see"), mention: true });
  stage.tell({ ...message(ALICE, "@alice", "waves"), action: true });
  stage.tell({ ...message(ALICE, "@alice", evil), id: "evil" });

  const texts = stage.face.takeWishes().map((wish) => (wish.kind === "ring" ? wish.text : ""));
  expect(texts.slice(0, 2)).toEqual(["bob in #lobby: @me see", "alice waves"]);
  expect(texts[2]).toMatch(/^alice: one\]0;x two x{50,}…$/);
});

test("without its content where nobody beside is to see that", () => {
  const stage = Stage.ready({ hidesNotices: true });
  stage.face.handleLook(stage.now, false);
  stage.tell(message(BOB, "#lobby", "nothing of yours"));
  expect(stage.face.takeWishes()).toEqual([]);
  stage.tell({ ...message(BOB, "#lobby", "@me see"), mention: true });
  stage.tell(message(ALICE, "@alice", "psst"));

  expect(stage.face.takeWishes()).toEqual([
    { kind: "ring", text: "bob wrote to you in #lobby" },
    { kind: "ring", text: "alice wrote to you" },
  ]);
  expect(stage.text).toMatch(/─ new ─+\n.*nothing of yours/);
});

test("what is muted calls nobody and is passed over, until it names one", () => {
  const stage = Stage.ready({ rooms: ["#dev", "#lobby"] });
  stage.say("/mute #dev");
  expect(stage.text).toContain("#dev: nothing said there calls you");
  expect(stage.notices).toEqual(new Map([["#dev", "none"]]));
  stage.say("/notify all");
  stage.face.handleLook(stage.now, false);
  stage.tell({ ...message(BOB, "#dev", "@me see"), mention: true });
  expect(stage.face.takeWishes()).toEqual([]);
  stage.tell(message(BOB, "#lobby", "no name"));
  expect(stage.face.takeWishes()).toEqual([{ kind: "ring", text: "bob in #lobby: no name" }]);

  stage.say("/mute");
  stage.press("alt+a");
  expect(stage.text).toMatch(/^ #dev ›/m);
  stage.tell(message(BOB, "#lobby", "more"));
  stage.press("alt+a");
  expect(stage.text).toContain("nothing is unread elsewhere");
});
