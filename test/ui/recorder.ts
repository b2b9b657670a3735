import type { PeerCommand } from "../../lib/node/commands.ts";
import type { Door } from "../../lib/ui/face.ts";

/** A door that remembers what went through it. */
export class Recorder<Command = PeerCommand> implements Door<Command> {
  readonly lines: string[] = [];
  readonly commands: Command[] = [];

  readonly write = (line: string): void => {
    this.lines.push(line);
  };

  readonly command = (command: Command): void => {
    this.commands.push(command);
  };
}
