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
