/** The program: its commands are loaded when they are asked for. */
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { nearest } from "../lib/contract/nearest.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { Lines } from "../lib/io/stdio.ts";
import { FIRST_WORDS } from "./about.ts";
import { readFlags, shorten } from "./flags.ts";
import { type CommandName, isCommand, listedCommands } from "./table.ts";
import { versionLine } from "./version.ts";

interface CommandFile {
  /** Returns the exit code, or throws a Failure. */
  run(rawArgs: readonly string[]): Promise<number>;
}

const FILES: Readonly<Record<CommandName, () => Promise<CommandFile>>> = {
  client: () => import("./client.ts"),
  attach: () => import("./attach.ts"),
  status: () => import("./status.ts"),
  stop: () => import("./stop.ts"),
  server: () => import("./server.ts"),
  history: () => import("./history.ts"),
  export: () => import("./export.ts"),
  doctor: () => import("./doctor.ts"),
  demo: () => import("./demo.ts"),
  schema: () => import("./schema.ts"),
  completion: () => import("./completion.ts"),
  man: () => import("./man.ts"),
  help: async () => ({ run: help }),
  complete: () => import("./complete.ts"),
};

async function main(rawArgs: readonly string[]): Promise<number> {
  const [first, ...others] = rawArgs;
  if (rawArgs.length === 1 && (first === "--version" || first === "-v")) {
    return print(versionLine());
  }
  // What is completed may be a flag for help, which it does not ask for.
  if (first !== "complete" && isHelp(rawArgs)) return showHelp(first);
  if (first === undefined) {
    for (const line of FIRST_WORDS) tellHuman(line);
    return EXIT.usage;
  }
  if (first.startsWith("-")) {
    return complain(`Unknown flag ${shorten(first)}: see p2pchat --help`, EXIT.usage);
  }
  if (!isCommand(first)) return complain(unknownCommand(first), EXIT.usage);
  try {
    const file = await FILES[first]();
    return await file.run(others);
  } catch (error) {
    if (error instanceof Failure) return complain(error.message, error.exitCode);
    throw error;
  }
}

function names(): readonly string[] {
  return listedCommands().map(([name]) => name);
}

function isHelp(rawArgs: readonly string[]): boolean {
  return rawArgs.some((arg) => arg === "--help" || arg === "-h");
}

async function help(rawArgs: readonly string[]): Promise<number> {
  const { operand } = readFlags("help", rawArgs);
  if (operand === undefined || isCommand(operand)) return showHelp(operand);
  throw new Failure(unknownCommand(operand), EXIT.usage);
}

async function showHelp(name: string | undefined): Promise<number> {
  const { helpText } = await import("./help.ts");
  const command = name !== undefined && isCommand(name) ? name : undefined;
  const terminal = { env: process.env, isTerminal: process.stdout.isTTY };
  return print(await helpText(command, terminal));
}

function unknownCommand(typed: string): string {
  const name = shorten(typed);
  const meant = nearest(name, names());
  const hint = meant === undefined ? "see" : `did you mean ${meant}? See`;
  return `Unknown command ${name}: ${hint} p2pchat --help`;
}

function print(text: string): number {
  const out = new Lines(1);
  out.write(text);
  out.flush();
  return EXIT.done;
}

function complain(text: string, exitCode: number): number {
  tellHuman(`p2pchat: ${lineSafe(text)}`);
  return exitCode;
}

// Standard input may still be read from, which would keep the process; all output is out.
process.exit(await main(process.argv.slice(2)));
