import { closeSync, openSync, readdirSync, statSync } from "node:fs";
import { openLibc } from "../../lib/io/libc.ts";

const CLONE_NEWNET = 0x40000000;

const libc = openLibc({ setns: { args: ["i32", "i32"], returns: "i32" } });

/**
 * Runs `body` with this thread in the network namespace: sockets that it makes, and files of
 * /proc/sys/net that it opens, belong there for good. It must do so before it returns, so not
 * after an `await`; a promise that it returns may be waited for outside.
 */
export function inside<T>(namespace: string, body: () => T): T {
  const own = openSync("/proc/thread-self/ns/net", "r");
  const other = openSync(`/run/netns/${namespace}`, "r");
  try {
    enter(other, namespace);
    return body();
  } finally {
    enter(own, "the machine's own");
    closeSync(other);
    closeSync(own);
  }
}

function enter(fd: number, name: string): void {
  if (libc?.symbols.setns(fd, CLONE_NEWNET) !== 0) {
    throw new Error(`Cannot enter the network namespace ${name}`);
  }
}

/** The names of those there are. */
function namespaces(): string[] {
  try {
    return readdirSync("/run/netns");
  } catch {
    return [];
  }
}

/** A namespace lives on while a process is in it, so those end first: none is anyone else's. */
export async function removeNamespaces(isDoomed: (name: string) => boolean): Promise<void> {
  const doomed = namespaces().filter(isDoomed);
  if (doomed.length === 0) return;
  const inodes = new Set(doomed.map((name) => statSync(`/run/netns/${name}`).ino));
  for (const pid of processes()) {
    const inode = namespaceOf(pid);
    if (inode !== undefined && inodes.has(inode) && pid !== process.pid) end(pid);
  }
  await run(["ip", "-batch", "-"], doomed.map((name) => `netns delete ${name}\n`).join(""));
}

/** Removes what processes that are no more have left: a name is `PREFIX-PID-…`. */
export async function sweepNamespaces(prefix: string): Promise<void> {
  await removeNamespaces((name) => {
    const pid = new RegExp(`^${prefix}-(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
}

/** Undefined for one that has ended, or that one may not look into: none of ours. */
function namespaceOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
}

function processes(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Debian keeps `ip` and `nft` where not every account's PATH leads. */
export const PATH = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };

/** Runs a command to its end and returns its output; throws with what it complained of. */
export async function run(command: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...PATH },
    stdin: new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, complaint, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${complaint.trim()}`);
  return output;
}
