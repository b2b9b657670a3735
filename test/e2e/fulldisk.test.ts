/** Clients on disks that are full or cannot be written to, in a mount namespace of their own. */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delivered, say } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { SKIPPED } from "../support/tally.ts";
import { connected, messages, Rig } from "./rig.ts";

const UNSHARE = ["unshare", "--map-root-user", "--mount"];
const why = (await canMount()) ? "" : `${SKIPPED}no mount namespaces here`;

const DISK = "3m";
const CHUNK_BYTES = 65_536;
const TRIES_MAX = 500;

/** Until somebody tries again to whom a disk was full. */
const AGAIN_MS = 40_000;
/** Until it is told that it is full no more, with as much again for a busy machine. */
const CALM_MS = 60_000;

async function canMount(): Promise<boolean> {
  if (Bun.which("unshare") === null) return false;
  const command = [...UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
  return (await Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] }).exited) === 0;
}

/** Alice, whose disk is mounted by this before her client begins. */
function alice(rig: Rig, mount: string): Program {
  const directory = rig.scratch.join("alice");
  mkdirSync(directory, { recursive: true });
  const flags = ["--json", "--no-lan", "--no-portmap", "--name", "alice", "--server", rig.address];
  const client = [BINARY, "client", ...flags, "--data-dir", directory];
  const script = `${mount} && exec "$@"`;
  const command = [...UNSHARE, "sh", "-c", script, directory, ...client];
  return rig.track(new Program(command, { cwd: rig.scratch.path }));
}

/** Fills a disk to its last byte; what it takes is in the file. */
function fill(file: string): void {
  for (let bytes = CHUNK_BYTES; bytes >= 1;) {
    try {
      writeFileSync(file, new Uint8Array(bytes), { flag: "a" });
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
}

test.skipIf(why !== "")(
  `a full disk loses nothing that was delivered, is told, and is used again${why}`,
  async () => {
    await using rig = await Rig.start();
    const client = alice(rig, `mount -t tmpfs -o size=${DISK} tmpfs "$0"`);
    const bob = await rig.client("bob");
    await connected(client, "alice", bob, "bob");
    await delivered(bob, say(bob, "@alice", "before"), "alice");
    const filler = `/proc/${client.pid}/root${rig.scratch.join("alice", "filler")}`;
    fill(filler);
    expect(existsSync(filler)).toBe(true);

    // What was written before may have left some room in its files.
    let refusal: Json | undefined;
    for (let i = 0; refusal === undefined && i < TRIES_MAX; i++) {
      const req = say(client, "@bob", `own ${i} ${"x".repeat(4000)}`);
      const { state, reason } = await client.line((line) => line["req"] === req);
      if (state === "failed") refusal = { reason };
    }
    expect(refusal).toEqual({ reason: "the disk refuses" });
    await client.line(({ type, state }) => type === "disk" && state === "refusing");
    const late = say(bob, "@alice", "late");
    await Bun.sleep(1000);
    expect(messages(client).map(({ text }) => text)).toEqual(["before"]);
    rmSync(filler);
    await delivered(bob, late, "alice", { timeoutMs: AGAIN_MS });
    await delivered(client, say(client, "@bob", "after"), "bob");
    expect(messages(client).map(({ text }) => text)).toEqual(["before", "late"]);
    const isWell = ({ type, state }: Json) => type === "disk" && state === "working";
    await client.line(isWell, { timeoutMs: CALM_MS });
  },
  150_000,
);

test.skipIf(why !== "")(`a read-only disk is refused in one line${why}`, async () => {
  await using rig = await Rig.start();
  const first = await rig.client("alice");
  first.send({ type: "quit" });
  await first.exited;

  const client = alice(rig, 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"');

  expect(await client.exited).toBe(1);
  expect(client.stdout).toBe("");
  expect(client.stderr).toMatch(/^p2pchat: Cannot [^\n]+: the file system is read-only\n$/);
});
