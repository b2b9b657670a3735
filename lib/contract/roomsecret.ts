import { encodeUtf8, lineSafe } from "../base/text.ts";

/** Fewer are tried out in no time by whoever sees the room's topic. */
export const SECRET_BYTES_MIN = 8;
export const SECRET_BYTES_MAX = 256;

/** What is random in a secret that invites. */
export const INVITING_BYTES = 16;

/** 16 bytes in base64url: of the last character four bits count. */
const INVITING = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** What is wrong with a room's secret as somebody gave it. */
export const SECRET_RULE =
  `A room's secret is ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes of text ` +
  "without control characters";

/** What some editors write at the beginning of a file: nobody sees it, and it is nothing said. */
const BYTE_ORDER_MARK = /^\ufeff/;

/** A private room's secret in normal form; undefined for what cannot be one. PROTOCOL.md §8. */
export function parseRoomSecret(text: string): string | undefined {
  const secret = text.replace(BYTE_ORDER_MARK, "").normalize("NFC");
  if (!secret.isWellFormed() || lineSafe(secret) !== secret) return undefined;
  const { length } = encodeUtf8(secret);
  return length < SECRET_BYTES_MIN || length > SECRET_BYTES_MAX ? undefined : secret;
}

/** Whether it is of those that are made at random, and go into invitations. */
export function isInviting(secret: string): boolean {
  return INVITING.test(secret);
}

/** A secret that invites, of INVITING_BYTES random bytes. */
export function invitingSecret(random: Uint8Array): string {
  return random.toBase64({ alphabet: "base64url", omitPadding: true });
}
