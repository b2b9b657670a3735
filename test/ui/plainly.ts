import { PlainFace } from "../../lib/ui/plain.ts";
import { NOW, ready } from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

/** A plain face that is ready, and has said nothing yet. */
export function plainly() {
  const door = new Recorder();
  const options = { rooms: ["#lobby"], awaitsServer: true, stay: false, isTyped: true };
  const face = new PlainFace({ ...options, isWatched: false }, door);
  face.handleEvent(NOW, ready());
  door.lines.length = 0;
  return { face, door };
}
