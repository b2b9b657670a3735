import { expect, test } from "bun:test";
import { decodeQR } from "qr/decode.js";
import { qrLines } from "../../lib/ui/qrcode.ts";

const LINK = `p2pchat://[2001:db8::1]:3478/zo%C3%AB/AAAAAAAAAAAAAAAAAAAAAA#${"0f".repeat(32)}`;

/** Pixels to a module: what a camera sees of it. */
const SCALE = 4;

const DARK: Readonly<Record<string, readonly [upper: boolean, lower: boolean]>> = {
  " ": [false, false],
  "\u2580": [true, false],
  "\u2584": [false, true],
  "\u2588": [true, true],
};

/** What stands there is read back by the library's other half, which sees nothing but pixels. */
test("a code of half blocks holds the link", () => {
  const lines = qrLines(LINK, "blocks");

  const rows = lines.flatMap((line) => {
    const [, drawn = ""] = /^\u001b\[30;107m(.*)\u001b\[0m$/u.exec(line) ?? [];
    const halves = [...drawn].map((half) => DARK[half] ?? [false, false]);
    return [halves.map(([upper]) => upper), halves.map(([, lower]) => lower)];
  });

  expect(read(rows)).toBe(LINK);
});

test("a code of two signs to a module holds the link", () => {
  const rows = qrLines(LINK, "ascii").map((line) => {
    return (line.match(/../g) ?? []).map((module) => module === "  ");
  });

  expect(read(rows)).toBe(LINK);
});

function read(rows: readonly (readonly boolean[])[]): string {
  const [height, width] = [rows.length * SCALE, (rows[0]?.length ?? 0) * SCALE];
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isDark = rows[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] === true;
      if (isDark) data.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
    }
  }
  return decodeQR({ width, height, data });
}
