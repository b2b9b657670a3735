import { expect, test } from "bun:test";
import { BOB, ME, message, peer } from "../../contract/events.ts";
import { Stage } from "../tui/stage.ts";

test("what one has said in another face stands here as one's own, and is not unread", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"));
  stage.tell(message(ME, "@bob", "from the other window"));

  expect(stage.text).toMatch(/@bob +│/);
  expect(stage.text).not.toContain("@me");

  stage.press("alt+down");
  expect(stage.text).toContain("from the other window");
  stage.tell({
    type: "status",
    req: null,
    id: "m-from the other window",
    room: "@bob",
    state: "delivered",
    by: BOB,
    reason: null,
  });
  expect(stage.text).toContain("✓✓");
});

test("what was deleted is quoted no more, also where another face has changed it since", () => {
  const stage = Stage.ready();
  const deleted = { type: "deleted", id: "m-secret", room: "#lobby", from: ME } as const;
  const replyTo = { id: "m-secret", from: ME, text: "secret" };
  stage.tell(message(ME, "#lobby", "secret"), { ...message(BOB, "#lobby", "an answer"), replyTo });
  expect(stage.text).toContain("secret");

  stage.tell(deleted, { ...deleted, type: "edited", text: "changed" });

  expect(stage.text).toContain("an answer");
  expect(stage.text).not.toMatch(/secret|changed/);
});
