import { Failure } from "../lib/io/failure.ts";
import type { ProfilePaths } from "../lib/io/profile.ts";
import { ownSocket } from "../lib/io/runtime.ts";
import { ControlSeats } from "./controlseats.ts";
import type { Hub } from "./hub.ts";

/** Lets the faces on this machine come to a node. Throws a Failure where they could not. */
export function openDoor(hub: Hub, paths: ProfilePaths): ControlSeats {
  return new ControlSeats({
    place: () => ownSocket(paths, process.env),
    sit: (kind, sitter) => hub.sit({ kind, isMain: false }, sitter),
  });
}

/** The same where there is a face already; without a door it says so, and is the only one. */
export function tryDoor(
  hub: Hub,
  paths: ProfilePaths,
  complain: (text: string) => void,
): ControlSeats | undefined {
  try {
    return openDoor(hub, paths);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    complain(`p2pchat attach will not find this: ${error.message}`);
    return undefined;
  }
}
