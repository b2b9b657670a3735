import { fromHex } from "../../lib/base/bytes.ts";

/** The bytes that a vector file gives as hexadecimal digits; `-` stands for none. */
export function hex(text: string | undefined): Uint8Array {
  const bytes = fromHex(text === "-" ? "" : (text ?? "missing"));
  if (bytes === undefined) throw new Error(`No hexadecimal digits: ${text}`);
  return bytes;
}
