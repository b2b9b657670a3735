import type { PeerEvent } from "../../node/events.ts";
import { foldTalk } from "../talk/foldtalk.ts";
import type { Model } from "./model.ts";

/** What an event of the node changes of the screen. */
export function fold(model: Model, now: number, event: PeerEvent): void {
  model.steps.handleEvent(event);
  foldTalk(model, now, event);
}
