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
  /** Whether clients on its network find it by themselves. */
  readonly isAnnounced: boolean;
}

/** The first lines of a server for the person at its terminal. */
export function readyText(
  { address, key }: ServerReady,
  { version, reachableAt, isAnnounced }: ReadyTextOptions,
): readonly string[] {
  const commands = reachableAt.map((reachable) => ` --server '${reachable}#${key}'`);
  const near = isAnnounced ? [", on this network"] : [];
  return [
    `${version}: the server introduces people and sees no messages`,
    `listening on  UDP ${address}`,
    ...[...near, ...commands].map((how, i) => {
      return `${(i === 0 ? "clients type" : "or").padEnd(14)}p2pchat client --name NAME${how}`;
    }),
    "what stands after # is the key of this server: nobody else can pose as it",
    "help lists the commands",
  ];
}
