import { topicFault } from "../../../contract/topictext.ts";
import { interpreter } from "./interpreter.ts";
import type { PageModel } from "./pagemodel.ts";

/** Says to all who are in a room what it is about; nothing, where the text is empty. */
export function setTopic(model: PageModel, now: number, room: string, typed: string): void {
  const topic = typed.trim();
  if (topicFault(topic) !== undefined) return;
  interpreter.give(model, now, { type: "topic", req: model.nextReq(), room, topic });
}
