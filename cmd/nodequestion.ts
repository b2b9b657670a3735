import { parseOutgoingLine } from "../lib/contract/outgoingline.ts";
import type { Outgoing } from "../lib/contract/schema.ts";
import { connectTo } from "../lib/io/controlclient.ts";

export interface NodeQuestion {
  /** The node's. */
  readonly socket: string;
  readonly type: "node" | "web" | "stop";
  /** Aborted where it has been waited for long enough. */
  readonly patience: AbortSignal;
  /** True for what ends the question; else that goes on until the node ends it. */
  readonly onTold: (told: Outgoing) => boolean;
}

/**
 * Asks a node something. `nobody`: none listens there, or it ended without that. `silence`: it
 * takes what it is told and says nothing, as one does that was stopped, or waits for its disk.
 * Throws a Failure.
 */
export async function askNode({
  socket,
  type,
  patience,
  onTold,
}: NodeQuestion): Promise<"told" | "nobody" | "silence"> {
  const end = Promise.withResolvers<"told" | "nobody" | "silence">();
  const lines = await connectTo(socket, () => ({
    onLine: (line) => {
      const told = line.kind === "line" ? parseOutgoingLine(line.text) : undefined;
      if (told !== undefined && onTold(told)) end.resolve("told");
    },
    onRead: () => undefined,
    onCaughtUp: () => undefined,
    onClosed: () => end.resolve("nobody"),
  }));
  if (lines === undefined) return "nobody";
  const giveUp = (): void => end.resolve("silence");
  if (patience.aborted) giveUp();
  patience.addEventListener("abort", giveUp);
  lines.write(JSON.stringify({ req: "running", type }));
  lines.flush();
  const how = await end.promise;
  patience.removeEventListener("abort", giveUp);
  lines.end();
  return how;
}
