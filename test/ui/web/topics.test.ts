import { expect, test } from "bun:test";
import { topicFault } from "../../../lib/contract/topictext.ts";
import { setTopic } from "../../../lib/ui/web/model/topics.ts";
import { status } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

test("what a room is said to be about stands there once it is kept", () => {
  const stage = PageStage.ready();
  setTopic(stage.model, stage.now, "#lobby", "  up to the hut ");
  const { req, ...told } = stage.last("topic");
  expect(told).toEqual({ type: "topic", room: "#lobby", topic: "up to the hut" });
  expect(stage.model.current?.topic).toBeUndefined();

  stage.tell(status("queued", { req, id: "t1", room: "#lobby" }));
  expect(stage.model.current?.topic).toBe("up to the hut");

  setTopic(stage.model, stage.now, "#lobby", " ");
  expect(stage.last("topic").topic).toBe("");
});

test("what is too long is told to nobody", () => {
  expect(topicFault("é".repeat(512))).toBeUndefined();
  expect(topicFault("é".repeat(513))).toBe("A topic holds at most 1024 bytes");

  const stage = PageStage.ready();
  const before = stage.count("topic");
  setTopic(stage.model, stage.now, "#lobby", "x".repeat(1025));
  expect(stage.count("topic")).toBe(before);
});
