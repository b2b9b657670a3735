import type { Asked } from "../../contract/asked.ts";
import type { Who } from "../../node/events.ts";
import { BUILT_IN, type Conversation } from "./conversation.ts";
import { type Amendment, amended } from "./sayings.ts";

/** Whether it names what is built in as the place that it is about. */
export function isToBuiltIn(asked: Asked): boolean {
  const isTo = "to" in asked && asked.to === BUILT_IN;
  const isWith = "with" in asked && asked.with === BUILT_IN;
  return isTo || isWith || ("room" in asked && asked.room === BUILT_IN);
}

/** What is said to the program's own partner is changed here, for nobody else has it. */
export function amendAlone(
  me: Who,
  { timeline }: Conversation,
  command: Extract<Asked, { id: string }>,
): void {
  const amendment = amendmentOf(command);
  if (amendment === undefined) return;
  timeline.change(command.id, (saying) => amended(saying, amendment, me));
}

function amendmentOf(command: Extract<Asked, { id: string }>): Amendment | undefined {
  switch (command.type) {
    case "edit":
      return { what: "edit", text: command.text };
    case "delete":
      return { what: "deletion", text: "" };
    case "react":
      return { what: command.on ? "reaction" : "reaction off", text: command.emoji };
    case "cancel":
    case "read":
      return undefined;
    default:
      return command satisfies never;
  }
}
