import { lineSafe } from "../../../base/text.ts";
import { interpreter } from "./interpreter.ts";
import type { PageModel } from "./pagemodel.ts";
import { ask } from "./question.ts";

/** Leaves a room, once the person knows what leads back into it. */
export function askToLeave(model: PageModel, room: string): void {
  const name = lineSafe(room);
  const back = model.view.isPrivate(room)
    ? "Only its link or its secret lets you in again."
    : "By its name you come back at any time.";
  ask(model, {
    title: `Leave ${name}?`,
    text: `What was said there stays on this machine. ${back}`,
    deed: "Leave the room",
    run: (here, now) => {
      if (here.panel?.kind === "room" && here.panel.room === room) here.closeAside();
      interpreter.give(here, now, { type: "leave", req: here.nextReq(), room });
    },
  });
}
