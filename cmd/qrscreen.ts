import { isatty } from "node:tty";
import type { QrScreen } from "../lib/ui/qrcode.ts";
import { styleOf } from "../lib/ui/style.ts";

/** Where a person can hold a camera to what is written, and wants to. */
export function qrScreen(): QrScreen | undefined {
  const { hasColours, isUnicode, isAccessible } = styleOf(process.env, true);
  if (!isatty(1) || isAccessible) return undefined;
  return { style: isUnicode && hasColours ? "blocks" : "ascii", columns: process.stdout.columns };
}
