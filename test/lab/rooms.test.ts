/** People behind different routers share a private room, whoever of them is there at the time. */
import { afterAll, beforeAll, expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, delivered, say } from "../support/chat.ts";
import { findInMemory } from "../support/processmemory.ts";
import type { Json, Program } from "../support/program.ts";
import { roomLog, type RoomLog } from "../support/roomlog.ts";
import { hasLab, labTest } from "./labtest.ts";
import type { ClientPlace } from "./plan.ts";
import { Served } from "./served.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 180_000;
const DELAY_MS = 20;

/** Until those meet who must guess a port, and until what was missed is there. */
const MET_MS = 20_000;
const CAUGHT_UP_MS = 20_000;

/** A path that dies unseen is found anew; how long that takes is not what is asked here. */
const PATIENCE = { timeoutMs: 60_000 };

/** Between two looks at whether everything is there. */
const LOOK_MS = 250;

/** What no name of the machine's own happens to be. */
const ROOM = `#quarry-${crypto.randomUUID().slice(0, 8)}`;

const HOMES = {
  ann: "port-restricted.1",
  bob: "full-cone.1",
  cat: "carrier-restricted.1",
  dan: "symmetric-sequential.1",
  eli: "address-restricted.1",
  fay: "paired-pool.1",
} as const satisfies Record<string, ClientPlace>;

/** Knows the room's name, and not its secret. */
const STRANGER = "eavesdropper";
const STRANGERS_HOME: ClientPlace = "block-independent.1";

type Name = keyof typeof HOMES;

let lab: Topology;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(...Object.values(HOMES), STRANGERS_HOME);
  await lab.setWays([{ delayMs: DELAY_MS }]);
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** Who is here, and all that was said in the room. */
class Company implements AsyncDisposable {
  readonly here = new Map<Name, Program>();
  readonly said: string[] = [];
  readonly #served: Served;

  constructor(served: Served) {
    this.#served = served;
  }

  program(name: Name): Program {
    const program = this.here.get(name);
    if (program === undefined) throw new Error(`${name} is away`);
    return program;
  }

  /** Comes, by the link or with what is known from before, and meets everybody in the room. */
  async come(name: Name, link?: string): Promise<void> {
    const place = HOMES[name];
    const served = this.#served;
    const program =
      link === undefined ? served.client(name, place) : served.invited(name, place, link);
    this.here.set(name, program);
    await program.line({ type: "ready" });
    for (const other of this.here.keys()) {
      if (other !== name) await program.line(isConnected(other), { timeoutMs: MET_MS });
    }
    await this.#areMembers();
  }

  async go(...names: readonly Name[]): Promise<void> {
    for (const name of names) {
      const program = this.program(name);
      program.send({ type: "quit" });
      expect(await program.exited).toBe(0);
      this.here.delete(name);
    }
  }

  /** Each of these says so many things; all who are here have them then. */
  async talk(names: readonly Name[], count: number): Promise<void> {
    const waits: Promise<Json>[] = [];
    for (let i = 0; i < count; i++) {
      for (const name of names) {
        const text = `${name} says ${this.said.length}`;
        this.said.push(text);
        const req = say(this.program(name), ROOM, text);
        for (const other of this.here.keys()) {
          if (other !== name) waits.push(delivered(this.program(name), req, other, PATIENCE));
        }
      }
    }
    await Promise.all(waits);
  }

  /**
   * Until each of them knows of each that it is in the room: who is not known to be is sent
   * nothing, and receipts nothing, as what was said before it came reaches it by others.
   */
  async #areMembers(): Promise<void> {
    const names = [...this.here.keys()];
    if (names.length < 2) return;
    for (const program of this.here.values()) {
      let absent = names;
      while (absent.length > 0) {
        const { members } = await ask(program, { type: "who", room: ROOM });
        const known = new Set((members as Json[]).map(({ name }) => name));
        absent = names.filter((name) => !known.has(name));
      }
    }
  }

  /** The log that all who are here have come to hold; what was said is in it, each once. */
  async agreed(): Promise<RoomLog> {
    const programs = [...this.here.values()];
    const deadlineMs = performance.now() + CAUGHT_UP_MS;
    let logs = await Promise.all(programs.map(async (one) => roomLog(one, ROOM)));
    while (!this.#areAll(logs) && performance.now() < deadlineMs) {
      await Bun.sleep(LOOK_MS);
      logs = await Promise.all(programs.map(async (one) => roomLog(one, ROOM)));
    }
    for (const log of logs) expect(log.texts.toSorted()).toEqual(this.said.toSorted());
    const [first] = logs;
    if (first === undefined) throw new Error("Nobody is here");
    expect(logs.map(({ hash }) => hash)).toEqual(logs.map(() => first.hash));
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.here.values()) await program[Symbol.asyncDispose]();
  }

  #areAll(logs: readonly RoomLog[]): boolean {
    return logs.every(({ texts }) => texts.length === this.said.length);
  }
}

function isConnected(name: string): (line: Json) => boolean {
  return ({ type, state, who }) =>
    type === "peer" && state === "connected" && (who as Json)["name"] === name;
}

labTest(
  "a room by invitation remembers all, whoever is away; no other learns of it",
  TEST_MS,
  async () => {
    await using served = await Served.start(lab, "--verbose", "--log-level", "trace");
    await using company = new Company(served);
    await company.come("ann");
    const made = await ask(company.program("ann"), { type: "new", room: ROOM });
    const link = String(made["link"]);
    await using stranger = served.client(STRANGER, STRANGERS_HOME, "--room", ROOM);
    await stranger.line({ type: "ready" });
    for (const name of ["bob", "cat", "dan", "eli"] as const) await company.come(name, link);
    await stranger.line(isConnected("cat"), { timeoutMs: MET_MS });

    await company.talk(["ann", "bob", "cat", "dan", "eli"], 2);
    await company.agreed();
    await company.go("dan", "eli");
    await company.talk(["ann", "bob", "cat"], 4);
    await company.agreed();

    // Of 22 messages 14 are by people who are away.
    await company.go("ann", "bob");
    await company.come("dan");
    await company.come("fay", link);
    const without = await company.agreed();
    await company.talk(["cat", "dan", "fay"], 2);
    const before = await company.agreed();
    expect(before.texts.slice(0, without.texts.length)).toEqual([...without.texts]);
    for (const name of ["ann", "bob", "eli"] as const) await company.come(name);
    expect((await company.agreed()).hash).toBe(before.hash);

    const secret = String(/([A-Za-z0-9_-]{22})#/.exec(link)?.[1]);
    expectIgnorant(served, secret);
    await expectNothingHeard(stranger, company.said);
  },
);

/** Neither the server's memory nor anything it has written holds the room's name or secret. */
function expectIgnorant(served: Served, secret: string): void {
  const { server } = served;
  const raw = Buffer.from(secret, "base64url");
  const wanted = [Buffer.from(ROOM.slice(1)), Buffer.from(secret), raw, Buffer.from(raw.toHex())];
  const known = Buffer.from(STRANGER);
  const { searchedBytes, found } = findInMemory(server.pid, [...wanted, known]);
  expect(searchedBytes).toBeGreaterThan(1_000_000);
  expect(found.map(String)).toEqual([STRANGER]);

  const written = [
    Buffer.from(server.stdout + server.stderr),
    ...filesIn(served.dataDir("server")),
  ];
  for (const bytes of written) {
    expect(wanted.filter((one) => bytes.includes(one))).toEqual([]);
  }
  expect(server.stderr).toContain(STRANGER);
}

function filesIn(directory: string): Buffer[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
}

/** Whoever knows only the name is in another room, alone, though connected with the members. */
async function expectNothingHeard(stranger: Program, said: readonly string[]): Promise<void> {
  const { members } = await ask(stranger, { type: "who", room: ROOM });
  expect(members).toMatchObject([{ name: STRANGER, state: "me" }]);
  expect((await roomLog(stranger, ROOM)).texts).toHaveLength(0);
  expect(stranger.lines.filter(({ type }) => type === "message" || type === "sync")).toEqual([]);
  expect(said.some((text) => stranger.stdout.includes(text))).toBe(false);
}
