import type { Client } from "./clients.ts";

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** One line of the log: a level, a fixed text, and typed fields. */
export interface LogLine {
  readonly kind: "log";
  readonly level: "error" | "warn" | "info" | "debug" | "trace";
  readonly message: string;
  readonly fields: LogFields;
}

/**
 * Who a line is about: `number`, `client` (its name), `id`, `address`; with a role `targetNumber`
 * and so on.
 */
export function partyFields(client: Client, role?: "target"): LogFields {
  const { number = null, peerId: id, card, observed: address } = client;
  const { name } = card;
  if (role === undefined) return { number, client: name, id, address };
  return { targetNumber: number, targetName: name, targetId: id, targetAddress: address };
}
