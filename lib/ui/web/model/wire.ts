import type { Asked } from "../../../contract/asked.ts";
import { commandLineOf } from "../../../contract/commandline.ts";
import { eventOf } from "../../../contract/eventof.ts";
import { parseOutgoingLine } from "../../../contract/outgoingline.ts";
import type { PeerEvent } from "../../../node/events.ts";

/** What the node tells in a frame; what this version does not know is left out. */
export function eventsOf(frame: string): readonly PeerEvent[] {
  return frame.split("\n").flatMap((text) => {
    const line = parseOutgoingLine(text);
    const event = line && eventOf(line);
    return event === undefined ? [] : [event];
  });
}

/** What the node understands; undefined of what it is not asked by lines. */
export function lineOf(asked: Asked): string | undefined {
  return asked.type === "pace" ? undefined : commandLineOf(asked);
}
