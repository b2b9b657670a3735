import { expect, test } from "bun:test";
import { ALICE, BOB, ME, message, status } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

test("reactions are shown, and put to a message", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "#lobby", "one"));
  stage.press("alt+m", "+");
  stage.type("+1");
  stage.press("return");
  const { req, ...asked } = stage.asked("react");
  expect(asked).toMatchObject({ id: "m-one", emoji: "👍", on: true });
  stage.tell(status("queued", { req, id: "x", room: "#lobby" }));

  const about = { id: "m-one", room: "#lobby", from: ALICE, emoji: "👍" };
  stage.tell({ type: "reaction", ...about, isOn: true });
  expect(stage.text).toContain("👍 2");
  stage.tell({ type: "reaction", ...about, isOn: false });
  expect(stage.text).toContain("👍 1");
});

test("a change of a message that is refused is not shown as made", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "#lobby", "one"));
  stage.say("two");
  const { req } = stage.asked("send");
  stage.tell(status("queued", { req, id: "x", room: "#lobby" }));
  const refused = { type: "error", code: "REFUSED", text: "You have blocked them" } as const;

  stage.say("/edit three");
  stage.tell({ ...refused, req: stage.asked("edit").req });
  stage.say("/delete");
  stage.tell({ ...refused, req: stage.asked("delete").req });
  stage.say("/react bob +1");
  stage.tell({ ...refused, req: stage.asked("react").req });
  stage.say("/topic of nothing");
  stage.tell({ ...refused, req: stage.asked("topic").req });

  expect(stage.text).toMatch(/me +two/);
  expect(stage.text).not.toMatch(/edited|taken back|👍|of nothing/);
  expect(stage.text).toContain("! You have blocked them");
});

test("what was said otherwise before it went out is shown so, and not as edited", () => {
  const stage = Stage.ready({ columns: 59 });
  stage.say("/msg bob tow");
  const { req } = stage.asked("send");
  stage.tell(status("queued", { req, id: "a", room: "@bob" }));
  stage.say("/edit two");
  const { req: edit } = stage.asked("edit");

  for (const state of ["queued", "sent"] as const) {
    stage.tell(status(state, { req: edit, id: "a", room: "@bob", isReworded: true }));
  }

  expect(stage.lines.find((line) => line.includes("two"))).toBeDefined();
  expect(stage.text).not.toContain("tow");
  expect(stage.text).not.toContain("edited");
});

test("what answers a message has none of its words that were changed or taken back", () => {
  const stage = Stage.ready();
  const about = { room: "#lobby", from: BOB } as const;
  const replyTo = { id: "m-secret", from: BOB, text: "secret" };
  stage.tell(message(BOB, "#lobby", "secret"), { ...message(ALICE, "#lobby", "yes"), replyTo });
  // The message that this one answers is not held here.
  const other = { id: "m-far", from: BOB, text: "far away" };
  stage.tell({ ...message(ALICE, "#lobby", "no"), replyTo: other });
  expect(stage.text).toMatch(/↳ bob: secret\n[^]*↳ bob: far away\n/);

  stage.tell({ type: "edited", ...about, id: "m-secret", text: "changed" });
  expect(stage.text).toMatch(/↳ bob: changed\n/);
  expect(stage.text).not.toContain("secret");
  stage.tell({ type: "deleted", ...about, id: "m-secret" });
  stage.tell({ type: "deleted", ...about, id: "m-far" });
  expect(stage.text).not.toMatch(/changed|far away/);
  expect(stage.text.match(/↳ bob: taken back, or not here/g)).toHaveLength(2);
});

test("what answers one's own message has no words that one has taken back oneself", () => {
  const stage = Stage.ready();
  stage.say("mine");
  stage.tell(status("queued", { req: stage.asked("send").req, id: "x", room: "#lobby" }));
  const replyTo = { id: "x", from: ME, text: "mine" };
  stage.tell({ ...message(BOB, "#lobby", "yes"), replyTo });
  expect(stage.text).toContain("↳ me: mine");
  stage.say("/delete");
  stage.tell(status("queued", { req: stage.asked("delete").req, id: "y", room: "#lobby" }));

  expect(stage.text).toContain("taken back");
  expect(stage.text).not.toContain("mine");
});
