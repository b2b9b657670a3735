import { wordsOf } from "../lib/io/failure.ts";
import { pathTyped } from "../lib/io/pathnames.ts";
import { formatOf } from "../lib/ui/exportlines.ts";
import type { Exporting } from "../lib/ui/face.ts";
import type { ChatOptions } from "./chatoptions.ts";

/** Writes down what was said as p2pchat export does, from within a client; then `onTold`. */
export function exporter({ paths }: Pick<ChatOptions, "paths">, onTold: () => void): Exporting {
  return ({ place, file }, end) => {
    const write = async (): Promise<void> => {
      // What few ask for costs nobody else anything at the start.
      const [{ openArchive }, { placeMeant }, { exportToFile }] = await Promise.all([
        import("../lib/io/history/openarchive.ts"),
        import("./archive.ts"),
        import("./exporting.ts"),
      ]);
      const archive = openArchive(paths.dataDirectory);
      try {
        const rooms = [placeMeant(place, archive)];
        const what = { archive, rooms, format: formatOf(file) };
        const messages = await exportToFile(what, pathTyped(file));
        end({ messages, damaged: archive.reader.damaged });
      } finally {
        archive.reader.close();
      }
    };
    write()
      .catch((error: unknown) => end({ fault: wordsOf(error) }))
      .finally(onTold);
  };
}
