import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { openArchive } from "../lib/io/history/openarchive.ts";
import { tellHuman } from "../lib/io/human.ts";
import { pathTyped } from "../lib/io/pathnames.ts";
import { roomsMeant, tellDamage } from "./archive.ts";
import type { ExportFormat } from "../lib/ui/exportlines.ts";
import { exportToFile, writeExport } from "./exporting.ts";
import { type Flags, readFlags, shorten } from "./flags.ts";
import { dataDirectoryOf } from "./profileflags.ts";
import { onSignals } from "./signals.ts";

const STDOUT = 1;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("export", rawArgs);
  const format = formatOf(flags);
  const archive = openArchive(dataDirectoryOf(flags));
  const what = { archive, rooms: roomsMeant(flags, archive), format };
  const file = flags.text("out");
  if (file === undefined || file === "-") await writeExport(what, STDOUT);
  else {
    const forget = onSignals((exitCode) => process.exit(exitCode));
    await exportToFile(what, pathTyped(file));
    forget();
  }
  archive.reader.close();
  return tellDamage(archive, tellHuman);
}

function formatOf(flags: Flags): ExportFormat {
  const text = flags.text("format");
  switch (text) {
    case "md":
    case "jsonl":
      return text;
    case undefined:
      throw new Failure("Say how: --format md or --format jsonl", EXIT.usage);
    default:
      throw new Failure(
        `Cannot use --format ${JSON.stringify(shorten(text))}: it is md or jsonl`,
        EXIT.usage,
      );
  }
}
