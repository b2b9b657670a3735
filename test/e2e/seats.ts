import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerArgs } from "../../cmd/build.ts";
import { BINARY } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import { Terminal, type TerminalOptions } from "../support/terminal.ts";
import type { Rig } from "./rig.ts";

const SCREENS = join(ROOT, "test", "e2e", "screens");

/** Screens are kept as they were seen; with this they are written anew, to be looked at. */
const IS_KEEPING = process.env["KEEP_SCREENS"] === "1";

export type Seat = Omit<TerminalOptions, "cwd">;

/** A terminal with a client in it; `args`: further ones of the client. */
export async function sitDown(
  rig: Rig,
  name: string,
  seat: Seat,
  args: readonly string[] = [],
): Promise<Terminal> {
  const terminal = await Terminal.open({ ...seat, cwd: rig.scratch.path });
  await terminal.run([command(rig, name), ...args].join(" "));
  await terminal.shows(/server ok/);
  return terminal;
}

/** By the keys for it; the shell is there again. */
export async function leave(terminal: Terminal): Promise<void> {
  await terminal.press("C-c", "C-c");
  await terminal.shows(/ready>\s*$/);
}

export function command(rig: Rig, name: string): string {
  const flags = ["--no-lan", "--no-portmap", "--name", name];
  const places = ["--data-dir", rig.scratch.join(name), "--server", rig.address];
  return [BINARY, "client", ...flags, ...places].join(" ");
}

/** A screen without what differs from one run to the next: times, counts, addresses, keys. */
function structureOf(screen: string): string {
  return screen
    .replaceAll(/\d\d:\d\d:\d\d/g, "00:00:00")
    .replaceAll(/\d\d:\d\d/g, "00:00")
    .replaceAll(/ *[<\d.]+ ?ms/g, " 0 ms")
    .replaceAll(/\d+ (?=more|calls|times)/g, "0 ")
    .replaceAll(/[▀▄█ ]*[▀▄█]{2}[▀▄█ ]*/g, " code ")
    .replaceAll(/(?<=\d\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+/g, ":0")
    .replaceAll(/\b\d{5}\b/g, "00000")
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(/ +$/gm, "")
    .trimEnd();
}

/** Waits for it: what is measured and counted comes a little later than what was asked for. */
export async function expectScreen(terminal: Terminal, name: string): Promise<void> {
  await expectLook(() => terminal.settled(), name);
}

/** The same with its colours. */
export async function expectPainting(terminal: Terminal, name: string): Promise<void> {
  await expectLook(() => terminal.settled(() => terminal.painting()), name);
}

async function expectLook(look: () => Promise<string>, name: string): Promise<void> {
  const file = join(SCREENS, `${name}.txt`);
  let screen = await look();
  if (IS_KEEPING || !existsSync(file)) {
    mkdirSync(SCREENS, { recursive: true });
    writeFileSync(file, `${screen.trimEnd()}\n`);
  }
  const wanted = structureOf(readFileSync(file, "utf8"));
  for (let tries = 0; tries < 50 && structureOf(screen) !== wanted; tries++) {
    screen = await look();
  }
  expect(structureOf(screen)).toBe(wanted);
}

/** A program of the tests', made as the binary is. */
export function compiled(entry: string, outfile: string): void {
  const args = compilerArgs({ version: "0", commit: "none", date: "none", entry, outfile });
  expect(Bun.spawnSync([process.execPath, ...args], { cwd: ROOT }).exitCode).toBe(0);
}
