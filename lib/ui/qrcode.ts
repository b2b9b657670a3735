import { encodeQR } from "qr";

/** How a code is drawn: two modules to a character in black on white, or two signs to a module. */
export type QrStyle = "blocks" | "ascii";

/** Around the code, in modules: readers manage with less than the four of ISO/IEC 18004. */
const BORDER = 2;

const BLACK_ON_WHITE = "\u001b[30;107m";
const PLAIN = "\u001b[0m";

/** By whether the upper and the lower module are dark. */
const HALVES = [" ", "\u2584", "\u2580", "\u2588"] as const;

/** A terminal that QR codes are drawn on. */
export interface QrScreen {
  readonly style: QrStyle;
  readonly columns: number;
}

/** A code as rows of modules, of which the dark ones are true. */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  return encodeQR(text, "raw", { ecc: "low", border: BORDER });
}

/** The code, or a word of why there is none; nothing where none is drawn. */
export function qrOn(screen: QrScreen | undefined, text: string): readonly string[] {
  if (screen === undefined) return [];
  const columns = qrColumns(text, screen.style);
  if (columns <= screen.columns) return qrLines(text, screen.style);
  return [`  The terminal is too narrow for a QR code of ${columns} columns.`];
}

/** A QR code as lines of a terminal; where nothing can be coloured, of one with a dark ground. */
export function qrLines(text: string, style: QrStyle): readonly string[] {
  const rows = qrModules(text);
  if (style === "ascii") {
    return rows.map((row) => row.map((isDark) => (isDark ? "  " : "##")).join(""));
  }
  return halvesOf(rows).map((line) => `${BLACK_ON_WHITE}${line}${PLAIN}`);
}

/** The same as bare blocks: who draws them makes them black, and their ground white. */
export function qrHalves(text: string): readonly string[] {
  return halvesOf(qrModules(text));
}

function halvesOf(rows: readonly (readonly boolean[])[]): readonly string[] {
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const [upper = [], lower = []] = rows.slice(y, y + 2);
    const halves = upper.map((isDark, x) => HALVES[2 * Number(isDark) + Number(lower[x] ?? false)]);
    lines.push(halves.join(""));
  }
  return lines;
}

/** How many columns such a line takes. */
export function qrColumns(text: string, style: QrStyle): number {
  const modules = qrModules(text).length;
  return style === "ascii" ? 2 * modules : modules;
}
