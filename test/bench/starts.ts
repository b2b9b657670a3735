import type { Lifetime } from "./lifetime.ts";
import { median } from "./statistics.ts";
import type { Samples } from "./tasks.ts";

const STARTS = 5;

/** How soon a program says its first line, in ms: the median of a few. */
export async function start(lifetime: Lifetime, command: readonly string[]): Promise<Samples> {
  // The first makes its files, and fills the system's caches.
  await firstLineMs(lifetime, command);
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) times.push(await firstLineMs(lifetime, command));
  return { ms: median(times) };
}

async function firstLineMs(lifetime: Lifetime, command: readonly string[]): Promise<number> {
  const startedAtMs = performance.now();
  const child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  const forget = lifetime.bind(() => child.kill("SIGKILL"));
  const { value } = await child.stdout.getReader().read();
  const lastedMs = performance.now() - startedAtMs;
  child.kill("SIGKILL");
  await child.exited;
  forget();
  if (value === undefined) throw new Error(`Cannot start ${command[0]}: it says nothing`);
  return lastedMs;
}
