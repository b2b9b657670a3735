import { isTooLong } from "../../contract/messagetext.ts";

/**
 * Whether no other face is told of this while it is being written: what is typed for the program
 * may be a secret, and what no message holds, no draft does.
 */
export function staysInFace(text: string): boolean {
  return text.startsWith("/") || isTooLong(text);
}
