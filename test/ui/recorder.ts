import type { Asked } from "../../lib/contract/asked.ts";
import type { Door, Exported, Exporting } from "../../lib/ui/face.ts";

type Place = Parameters<Exporting>[0];

/** A door that remembers what went through it. */
export class Recorder<Command = Asked> implements Door<Command> {
  readonly lines: string[] = [];
  readonly commands: Command[] = [];

  readonly write = (line: string): void => {
    this.lines.push(line);
  };

  /** Faces that end with the one behind it. */
  others = 0;
  readonly endsToo = (): number => this.others;

  /** The last export that was asked for. */
  exported: { readonly asked: Place; readonly end: (result: Exported) => void } | undefined;

  readonly exportTo: Exporting = (asked, end) => {
    this.exported = { asked, end };
  };

  readonly command = (command: Command): void => {
    this.commands.push(command);
  };
}
