import type { PageModel } from "./pagemodel.ts";
import { request } from "./request.ts";

/** What of `#room` or `@name` is to be written down, and into which file. */
export interface Export {
  readonly place: string;
  readonly file: string;
}

/** A browser writes no files where one says: in a terminal it takes this command. */
export function showExport(model: PageModel, asked: Export): void {
  request(
    model,
    (req) => ({ type: "node", req }),
    (node) => {
      if (node.command !== "node") return;
      const command = exportCommand(asked, node.dataDirectory);
      const lines = ["A browser may write no files where you say. In a terminal, type", command];
      model.show({ kind: "lines", title: `Writing down ${asked.place}`, lines, copied: command });
    },
  );
}

export function exportCommand({ place, file }: Export, dataDirectory: string): string {
  const format = file.endsWith(".jsonl") ? "jsonl" : "md";
  const which = place.startsWith("#") ? "--room" : "--with";
  const [data, of, out] = [dataDirectory, place, file].map(quoted);
  return `p2pchat export --data-dir ${data} ${which} ${of} --format ${format} --out ${out}`;
}

/** As every shell takes it, where there is nothing in it that one of them would change. */
const EASY = /^[\p{L}\p{M}\p{N} #@~.,:_/\\+=-]*$/u;

function quoted(text: string): string {
  return EASY.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
