import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFlags } from "../../cmd/flags.ts";
import { nodesFound, theRunningNode } from "../../cmd/running.ts";
import { ControlServer } from "../../lib/io/controlserver.ts";
import { profilePaths } from "../../lib/io/profile.ts";
import { ownSocket } from "../../lib/io/runtime.ts";
import { ME } from "../contract/events.ts";
import { scratch } from "../io/support/scratch.ts";

const PLACES = ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "TMPDIR"] as const;
const before = new Map(PLACES.map((name) => [name, process.env[name]]));
const servers: ControlServer[] = [];

beforeEach(() => {
  for (const name of PLACES) process.env[name] = scratch();
});

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** A node of this profile, in this very process, which answers so long after it was asked. */
function listen(profile: string, answersAfterMs: number): void {
  const paths = profilePaths({ profile, dataDirectory: undefined, env: process.env });
  const { dataDirectory } = paths;
  mkdirSync(dataDirectory, { recursive: true });
  writeFileSync(join(dataDirectory, "pid"), `${process.pid}\n`);
  const about = { pid: process.pid, profile, dataDirectory, me: ME, version: "1", faces: [] };
  const node = { ...about, server: null, portmap: true, since: new Date().toISOString() };
  const answer = { v: 1, type: "reply", req: "running", command: "node", ...node };
  const server = new ControlServer({
    path: ownSocket(paths, process.env),
    onConnection: (lines) => ({
      onLine: () => {
        if (answersAfterMs === Infinity) return;
        setTimeout(() => {
          lines.write(JSON.stringify(answer));
          lines.flush();
        }, answersAfterMs);
      },
      onRead: () => undefined,
      onCaughtUp: () => undefined,
      onClosed: () => undefined,
    }),
  });
  servers.push(server);
}

test.each([
  [[], "No client runs here: p2pchat client --name NAME --background starts one"],
  [["--name", "bob"], "bob does not run: p2pchat client --name bob --background starts it"],
  [
    ["--profile", "work"],
    "This client does not run: p2pchat client --name NAME --profile work --background starts it",
  ],
])("who does not run is told by what would start it: %p", async (args, words) => {
  await expect(theRunningNode(readFlags("attach", args))).rejects.toThrow(words);
});

test("who listens and says nothing is told from who does not run", async () => {
  listen("alice", Infinity);
  const patience = { quietMs: 10, totalMs: 50 };

  const [found, ...others] = await nodesFound(readFlags("status", ["--name", "alice"]), patience);

  expect(others).toEqual([]);
  expect(found).toEqual({ kind: "silent", profile: "alice", pid: process.pid });
  expect(await nodesFound(readFlags("status", ["--name", "bob"]), patience)).toEqual([]);
});

test("who is slow is waited for where nobody else answers", async () => {
  listen("alice", 200);

  const found = await nodesFound(readFlags("status", []), { quietMs: 10, totalMs: 10_000 });

  expect(found).toMatchObject([{ kind: "running", node: { profile: "alice" } }]);
});

test("nobody who answers waits for who does not", async () => {
  listen("alice", Infinity);
  listen("bob", 50);

  const found = await nodesFound(readFlags("status", []), { quietMs: 10, totalMs: 1_000_000 });

  expect(found).toMatchObject([
    { kind: "silent", profile: "alice", pid: process.pid },
    { kind: "running", node: { profile: "bob" } },
  ]);
});
