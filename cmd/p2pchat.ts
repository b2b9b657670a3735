/** The program: its commands are loaded when they are asked for. */
import type { CommandDef } from "citty";
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { nearest } from "../lib/contract/nearest.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { Lines } from "../lib/io/stdio.ts";
import { shorten } from "./flags.ts";
import { versionLine } from "./version.ts";

/** A command's file, and what its help says after the flags. */
interface CommandFile {
  readonly command: CommandDef;
  readonly notes: string;
  /** Returns the exit code, or throws a Failure. */
  run(rawArgs: readonly string[]): Promise<number>;
}

const FILES: Readonly<Record<string, () => Promise<CommandFile>>> = {
  client: () => import("./client.ts"),
  server: () => import("./server.ts"),
  history: () => import("./history.ts"),
  export: () => import("./export.ts"),
  schema: () => import("./schema.ts"),
  doctor: () => import("./doctor.ts"),
  demo: () => import("./demo.ts"),
};

const root: CommandDef = {
  meta: { name: "p2pchat", description: "Peer-to-peer chat: people talk directly, over UDP" },
  subCommands: Object.fromEntries(
    Object.entries(FILES).map(([name, load]) => [name, async () => (await load()).command]),
  ),
};

const NOTES = `
EXAMPLES
  p2pchat server                              introduces people to each other
  p2pchat client --name alice                 chats, in #lobby to begin with
  echo hi | p2pchat client --name bot --to alice
  p2pchat history --room '#dev' --since 2d    shows what was said, without a client too
  p2pchat doctor                              looks at the network, and says what to do
  p2pchat demo                                shows what it does, on this machine alone
`;

async function main(rawArgs: readonly string[]): Promise<number> {
  const [first, ...others] = rawArgs;
  if (rawArgs.length === 1 && (first === "--version" || first === "-v")) {
    return print(versionLine());
  }
  if (isHelp(rawArgs)) return help(first);
  if (first === undefined) {
    const names = Object.keys(FILES).join(", ");
    return complain(`Say what to do, one of ${names}: see p2pchat --help`, EXIT.usage);
  }
  if (first.startsWith("-")) {
    return complain(`Unknown flag ${shorten(first)}: see p2pchat --help`, EXIT.usage);
  }
  const file = await fileOf(first);
  if (file === undefined) return complain(unknownCommand(first), EXIT.usage);
  try {
    return await file.run(others);
  } catch (error) {
    if (error instanceof Failure) return complain(error.message, error.exitCode);
    throw error;
  }
}

async function fileOf(name: string): Promise<CommandFile | undefined> {
  return Object.hasOwn(FILES, name) ? await FILES[name]?.() : undefined;
}

function isHelp(rawArgs: readonly string[]): boolean {
  return rawArgs.some((arg) => arg === "--help" || arg === "-h");
}

async function help(name: string | undefined): Promise<number> {
  const { renderUsage } = await import("citty");
  const file = await fileOf(name ?? "");
  const { command, notes } = file ?? { command: root, notes: NOTES };
  const usage = await renderUsage(command, file === undefined ? undefined : root);
  const shown = process.stdout.isTTY ? usage : Bun.stripANSI(usage);
  return print(`${shown.trimEnd()}\n\n${notes.trim()}`);
}

function unknownCommand(typed: string): string {
  const name = shorten(typed);
  const meant = nearest(name, Object.keys(FILES));
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
