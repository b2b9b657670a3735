import { isSecretCommand, parseIntent } from "./intent.ts";
import { parseRoomSecret } from "./roomsecret.ts";
import type { Intent, IntentContext } from "./verb.ts";

/** What somebody means by a line that they typed where a room's secret is awaited. */
export type SecretAnswer =
  | { readonly kind: "secret"; readonly secret: string }
  /** It cannot be a secret: one is awaited still. */
  | { readonly kind: "refused" }
  /** Nothing was typed: there will be none. */
  | { readonly kind: "none" }
  /** The command that a secret is awaited after, once more; awaited still where that is wrong. */
  | { readonly kind: "command"; readonly intent: Intent };

/**
 * Whoever has not noticed that a secret is awaited asks for that again, and types the secret next:
 * of all commands this one is none.
 */
export function parseSecretAnswer(line: string, context: IntentContext): SecretAnswer {
  if (line === "") return { kind: "none" };
  if (isSecretCommand(line)) return { kind: "command", intent: parseIntent(line, context) };
  const secret = parseRoomSecret(line);
  return secret === undefined ? { kind: "refused" } : { kind: "secret", secret };
}
