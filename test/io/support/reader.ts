import { join } from "node:path";
import { Lines } from "../../../lib/io/stdio.ts";
import { Store } from "../../../lib/io/store.ts";
import { ANN, heard } from "./entries.ts";

/** Shows what an earlier run left unshown, then hears and shows one entry after another. */
function run(directory: string): void {
  const store = Store.open(join(directory, "p2pchat.db"), ANN);
  const { heads, unshown } = store.restore().chat;
  const lines = new Lines(1);
  const show = (seq: number): void => {
    lines.write(`${seq}`);
    lines.markShown(store.shown);
  };
  for (const { seq } of unshown) show(seq);
  lines.flush();
  for (let seq = (heads[0]?.seq ?? 0) + 1; ; seq++) {
    if (!store.commit([heard(seq)])) throw new Error("Not stored");
    show(seq);
    lines.flush();
  }
}

/** The file to run; its argument is a directory. */
export const READER = import.meta.path;

if (import.meta.main) run(process.argv[2] ?? "");
