import type { Asked } from "../../lib/contract/asked.ts";
import type { Door } from "../../lib/ui/face.ts";

/** A door that remembers what went through it. */
export class Recorder<Command = Asked> implements Door<Command> {
  readonly lines: string[] = [];
  readonly commands: Command[] = [];

  readonly write = (line: string): void => {
    this.lines.push(line);
  };

  readonly command = (command: Command): void => {
    this.commands.push(command);
  };
}
