import { jsonSafe } from "../base/text.ts";
import { type ServerReady, serverReadyOf } from "../contract/outgoing.ts";

/** What the person at the terminal types after. */
export const PROMPT = "server> ";

/** The first line of a server for programs. */
export function readyLine(now: number, ready: ServerReady): string {
  return jsonSafe(serverReadyOf(ready, now));
}

export interface ReadyTextOptions {
  readonly version: string;
  /** Addresses at which clients may reach it, most promising first. */
  readonly reachableAt: readonly string[];
}

/** The first lines of a server for the person at its terminal. */
export function readyText(
  { address, key }: ServerReady,
  { version, reachableAt }: ReadyTextOptions,
): readonly string[] {
  const labelOf = (i: number): string => (i === 0 ? "clients type" : i === 1 ? "or" : "");
  return [
    `${version}: the server introduces people and sees no messages`,
    `listening on  UDP ${address}`,
    `key           ${key}`,
    ...reachableAt.map((reachable, i) => {
      const label = labelOf(i).padEnd(14);
      return `${label}p2pchat client --name NAME --server '${reachable}#${key}'`;
    }),
    "help lists the commands",
  ];
}
