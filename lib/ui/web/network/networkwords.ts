import type { Standing } from "../../talk/standing.ts";
import { milliseconds } from "../../words.ts";
import type { Tie } from "./layout.ts";

/** What a line of the drawing means. */
export const TIE_WORDS: readonly (readonly [Tie, string])[] = [
  ["lan", "on this network"],
  ["direct", "directly"],
  ["carried", "carried by somebody, who cannot read it"],
  ["trying", "being tried"],
  ["none", "away or not reached"],
];

/** How one stands with the server, for whoever knows nothing of networks. */
export function serverWords({
  server,
  address,
  rttMs,
}: Pick<Standing, "server" | "address" | "rttMs">): string {
  switch (server) {
    case "connected": {
      const far = rttMs === undefined ? "" : `, ${milliseconds(rttMs)} away`;
      return `${address ?? "connected"}${far}. It introduces people, and sees no message.`;
    }
    case "looking":
      return "It is being looked for.";
    case "silent":
      return "None has answered yet. Whoever is on this network is met without.";
    case "none":
      return "None is needed: whoever is on this network is met without.";
    case "lost":
      return "It does not answer any more, and is tried again. Whoever was met stays.";
    case "replaced":
      return "Another client of yours is registered there now.";
    default:
      return server satisfies never;
  }
}

/** Those who are listed and had no place in the drawing; empty where all had. */
export function undrawnWords(people: number, drawn: number): string {
  const more = people - drawn;
  return more > 0 ? `and ${more} more, who are listed below` : "";
}
