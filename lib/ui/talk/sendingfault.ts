import { isTooLong } from "../../contract/messagetext.ts";
import { TEXT_BYTES_MAX } from "../../wire/limits.ts";
import type { About, Conversation } from "./conversation.ts";

export const TOO_LONG = `a message holds at most ${TEXT_BYTES_MAX} bytes`;

/** Why what is written there stays there when it is to be sent; undefined where it need not. */
export function sendingFault(
  text: string,
  where: Conversation | undefined,
  about: About | undefined,
): string | undefined {
  if (isTooLong(text)) return `${TOO_LONG}: nothing was sent`;
  const said = about?.kind === "change" ? where?.timeline.get(about.id) : undefined;
  const isTakenBack = said?.kind === "saying" && said.isDeleted;
  return isTakenBack ? "this was taken back meanwhile: nothing was changed" : undefined;
}
