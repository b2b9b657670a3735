import { isatty } from "node:tty";
import type { QrScreen } from "../lib/ui/qrcode.ts";

/** Where a person can hold a camera to what is written. */
export function qrScreen(): QrScreen | undefined {
  if (!isatty(1)) return undefined;
  const { env } = process;
  const language = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  const isPlain = env["TERM"] === "dumb" || (env["NO_COLOR"] ?? "") !== "";
  const style = /utf-?8/i.test(language) && !isPlain ? "blocks" : "ascii";
  return { style, columns: process.stdout.columns };
}
