import { isatty } from "node:tty";
import type { QrScreen } from "../lib/ui/qrcode.ts";

/** Where a person can hold a camera to what is written. */
export function qrScreen(): QrScreen | undefined {
  if (!isatty(1)) return undefined;
  const { env } = process;
  const isPlain = env["TERM"] === "dumb" || (env["NO_COLOR"] ?? "") !== "";
  const style = isUnicode(env) && !isPlain ? "blocks" : "ascii";
  return { style, columns: process.stdout.columns };
}

/** Whether the locale has more than ASCII. */
export function isUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  return /utf-?8/i.test(env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "");
}
