import { type ArgsDef, type CommandDef, renderUsage } from "citty";
import { styleOf } from "../lib/ui/style.ts";
import { ABOUT, EXAMPLES } from "./about.ts";
import type { Command } from "./command.ts";
import { COMMANDS, type CommandName, listedCommands } from "./table.ts";

const BOLD = "\u001b[1m";
const PLAIN = "\u001b[0m";

/** How a command is used, or the program where none is named. */
export async function helpText(
  name: CommandName | undefined,
  terminal: { readonly env: NodeJS.ProcessEnv; readonly isTerminal: boolean },
): Promise<string> {
  const command: Command | undefined = name && COMMANDS[name];
  const usage = await renderUsage(
    name === undefined ? root() : definitionOf(name),
    name && { meta: { name: "p2pchat" } },
  );
  const parts = [Bun.stripANSI(usage).trimEnd(), ...moreOf(command)];
  const text = parts.join("\n\n").replace(/ +$/gm, "");
  const { hasColours } = styleOf(terminal.env, terminal.isTerminal);
  return hasColours ? text.replace(/^(?:[A-Z]+ )*[A-Z]+$|^USAGE/gm, `${BOLD}$&${PLAIN}`) : text;
}

function root(): CommandDef {
  const commands = listedCommands().map(([name]) => [name, definitionOf(name)] as const);
  return {
    meta: { name: "p2pchat", description: ABOUT },
    subCommands: Object.fromEntries(commands),
  };
}

function definitionOf(name: CommandName): CommandDef {
  const { about, flags, operand }: Command = COMMANDS[name];
  const args: ArgsDef = {};
  if (operand !== undefined) {
    const { value, about: description, isRequired: required } = operand;
    args[value.toLowerCase()] = { type: "positional", description, required };
  }
  for (const flag of flags) {
    if (flag.isUnlisted === true) continue;
    const { about: description, value } = flag;
    args[flag.name] =
      value === undefined
        ? { type: "boolean", description }
        : { type: "string", valueHint: value, description };
  }
  return { meta: { name, description: about }, args };
}

function moreOf(command: Command | undefined): readonly string[] {
  const { sections = [], exits = [] } = command ?? { sections: [EXAMPLES] };
  const codes = exits.map(([code, about]) => `${String(code).padEnd(4)} ${about}`);
  const all = exits.length === 0 ? sections : [...sections, { title: "EXIT CODES", lines: codes }];
  return all.map(({ title, lines }) => [title, ...lines.map((line) => `  ${line}`)].join("\n"));
}
