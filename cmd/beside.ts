import { EXIT } from "../lib/contract/exitcodes.ts";
import { formatInvitation } from "../lib/contract/invitation.ts";
import { Failure } from "../lib/io/failure.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import { ENTER_REQ } from "../lib/ui/oneshot.ts";
import { attach } from "./attach.ts";
import { type ChatOptions, nodeFlagOf } from "./chatoptions.ts";
import type { Telling } from "./remoteseat.ts";
import { nodeOf } from "./running.ts";
import { silentWords, stateWords } from "./silent.ts";

/**
 * What was to be done where a node of this profile runs already: a one-shot is said through that
 * one. Returns the exit code; throws a Failure for anything else.
 */
export async function beside(
  held: Failure,
  options: ChatOptions,
  input: AsyncIterable<InputLine>,
): Promise<number> {
  const running = await nodeOf(options.paths.dataDirectory);
  if (running === undefined) throw held;
  const isSilent = running.kind === "silent";
  if (options.to === undefined) {
    const hint = isSilent
      ? `which ${stateWords(running)}`
      : `p2pchat attach ${nodeFlagOf(options)} shows it here`;
    throw new Failure(`${held.message}${isSilent ? ", " : ": "}${hint}`, held.exitCode);
  }
  if (isSilent) throw new Failure(silentWords(running), EXIT.failure);
  return await attach(running, options, input, entering(options));
}

/** Whoever speaks into a room is in it; by an invitation only where the node is at its server. */
function entering({ rooms, entries, invitation }: ChatOptions): readonly Telling[] {
  return rooms.map((room) => {
    const req = ENTER_REQ;
    if (invitation?.room === room)
      return { type: "follow", req, link: formatInvitation(invitation) };
    const secret = entries.find((entry) => entry.room === room)?.secret;
    return { type: "join", req, room, secret };
  });
}
