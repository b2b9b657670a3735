import type { DiskEvent } from "../node/diskevents.ts";
import type { ReplyEvent } from "../node/events.ts";

/** That the disk here refuses, and what that means; or that it does so no more. */
export function diskWords({ state }: DiskEvent): string {
  switch (state) {
    case "refusing":
      return (
        "! your disk refuses: it is full, cannot be written to, or another program holds the " +
        "history. What you say is not sent, what others say waits with them, and what you " +
        "decide is kept when there is room"
      );
    case "working":
      return "* your disk takes everything again, and has kept what you decided meanwhile";
    default:
      return state satisfies never;
  }
}

/** After the answer to a decision: undefined where the disk has it. */
export function unkeptWords(event: ReplyEvent): string | undefined {
  if (!("isKept" in event)) return undefined;
  return "! your disk refuses this: it holds until you end, and is kept when there is room";
}
