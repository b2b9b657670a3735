import { lineSafe } from "../base/text.ts";
import type { ReplyEvent } from "../node/events.ts";
import { clockTime } from "./words.ts";

/** Which process runs the node of the person of this name, and who looks at it. */
export function nodeLines(
  name: string,
  event: Extract<ReplyEvent, { command: "node" }>,
  now: number,
): readonly string[] {
  const { pid, profile, dataDirectory, version, sinceMs, faces } = event;
  const since = clockTime(sinceMs, now);
  const of = `${name}, profile ${lineSafe(profile)}`;
  const lines = faces.map((face) => {
    return `  ${lineSafe(face.kind)} since ${clockTime(face.sinceMs, now)}`;
  });
  return [
    `* ${of}: process ${pid}, p2pchat ${lineSafe(version)}, since ${since}`,
    `  its data is in ${lineSafe(dataDirectory)}`,
    ...(lines.length === 0 ? ["  nobody looks at it"] : lines),
  ];
}

/** Where the page is. */
export function webLines({ url }: Extract<ReplyEvent, { command: "web" }>): readonly string[] {
  return ["* open this in a browser on this machine, where it lets you in once:", `  ${url}`];
}
