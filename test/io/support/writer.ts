import { Lines } from "../../../lib/io/stdio.ts";

/** The file to run; it writes as many lines to standard output as its argument says, and ends. */
export const WRITER = import.meta.path;

if (import.meta.main) {
  const lines = new Lines(1, () => {
    process.stderr.write("closed");
    process.exit(7);
  });
  for (let i = 0; i < Number(process.argv[2]); i++) {
    lines.write(`${i} ${"x".repeat(100)}`);
    if (i % 10 === 9) lines.flush();
  }
  lines.flush();
  process.exit(0);
}
