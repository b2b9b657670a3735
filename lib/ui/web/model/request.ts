import type { Asked } from "../../../contract/asked.ts";
import type { ReplyEvent } from "../../../node/events.ts";
import type { PageModel } from "./pagemodel.ts";

/** Asks what a button is for; what was wrong with it is shown for a moment. */
export function request(
  model: PageModel,
  make: (req: string) => Asked,
  onReply: (reply: ReplyEvent) => void = () => undefined,
): void {
  model.asking.ask(make, onReply, (fault) => {
    model.flash = fault;
  });
}
