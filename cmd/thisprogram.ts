/** The command that started this process: the compiled file, or Bun and the sources. */
export function thisProgram(): readonly string[] {
  return Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];
}
