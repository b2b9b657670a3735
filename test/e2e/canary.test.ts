import { Glob } from "bun";
import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ask, delivered, say, startClient, startServer } from "../support/chat.ts";
import { BINARY, Program, type Json } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { until } from "../support/until.ts";

const LEVELS = ["error", "warn", "info", "debug", "trace"] as const;

/** With a letter that JSON may escape, and one that it must. */
const WORD = crypto.randomUUID();
const TEXT = `canary "${WORD}" naïve`;
const ROLES = ["server", "ann", "bob", "carol"] as const;

test.each(LEVELS)(
  "no text and no key is in any log or at the server, at level %s",
  async (level) => {
    using scratch = new Scratch();
    await using party = await Party.meet(scratch, level);
    await party.talk();
    await party.leave();

    const said = party.of("server").stdout + ROLES.map((role) => party.of(role).stderr).join("");
    const logs = ROLES.flatMap((role) => filesIn(scratch.join(role), "p2pchat.jsonl*"));
    const atServer = filesIn(scratch.join("server"), "**").filter((file) => !isIdentity(file));
    const atClients = ["ann", "bob", "carol"].flatMap((name) => filesIn(scratch.join(name), "**"));
    const secrets = ROLES.map((role) => secretOf(scratch.join(role)));
    const haystacks = [
      Buffer.from(said),
      ...[...logs, ...atServer].map((file) => readFileSync(file)),
    ];
    const others = atClients.filter((file) => !isIdentity(file)).map((file) => readFileSync(file));

    expect(said.includes("\n")).toBe(true);
    expect(logs).toHaveLength(ROLES.length);
    for (const haystack of haystacks) expect(findingsOf(textForms(TEXT), haystack)).toEqual([]);
    for (const secret of secrets) {
      for (const haystack of [...haystacks, ...others]) {
        expect(findingsOf(keyForms(secret), haystack)).toEqual([]);
      }
    }
  },
);

test("what is searched for is found where it may be", async () => {
  using scratch = new Scratch();
  await using party = await Party.meet(scratch, "info");
  await party.talk();
  await party.leave();
  const history = filesIn(scratch.join("bob"), "p2pchat.db*").map((file) => readFileSync(file));
  const identity = readFileSync(scratch.join("ann", "identity.key"));
  const secret = secretOf(scratch.join("ann"));

  expect(findingsOf(textForms(TEXT), Buffer.concat(history))).toEqual(["word", "raw"]);
  expect(findingsOf(textForms(TEXT), Buffer.from(JSON.stringify(TEXT)))).toEqual(["word", "json"]);
  expect(findingsOf(keyForms(secret), identity)).toEqual(["first hex", "second hex"]);
  for (const before of ["", "a", "ab"]) {
    const base64 = Buffer.from(Buffer.from(`${before}${TEXT} and more`).toString("base64"));
    expect(findingsOf(textForms(TEXT), base64)).toContain(`base64 ${before.length}`);
  }
});

const LOOPBACK = /^127\.0\.0\.1:\d+$/;
const NUMBER = Number;

test("the logs hold who came, asked, met and went, and every message's way", async () => {
  using scratch = new Scratch();
  await using party = await Party.meet(scratch, "info");
  await party.talk();
  const ids = new Map<string, string>(ROLES.map((role) => [role, party.idOf(role)]));
  await party.leave();
  const [server, ann, bob] = ["server", "ann", "bob"].map((role) => logOf(scratch.join(role)));
  const [annId, bobId, carolId] = ["ann", "bob", "carol"].map((name) => ids.get(name));
  const isAnn = { client: "ann", id: annId, address: LOOPBACK };
  const isBob = { peer: "bob", id: bobId };
  const messageId = /^[0-9a-f]{32}$/;
  const bytes = Buffer.byteLength(TEXT);

  expectLines(server, [
    { message: "started", version: /^p2pchat /, id: ids.get("server") },
    { message: "come", ...isAnn },
    { message: "register", ...isAnn, number: NUMBER, topics: 1 },
    { message: "introduction", cause: "topic", targetNumber: NUMBER },
    { message: "list", ...isAnn, after: 0, entries: 3 },
    { message: "peer", ...isAnn, wanted: 1, found: true },
    { message: "punch", ...isAnn },
    { message: "find", ...isAnn, wanted: "carol", entries: 1 },
    { message: "introduction", ...isAnn, targetName: "carol", targetId: carolId, cause: "find" },
    { message: "go", ...isAnn },
    { message: "stopped", id: ids.get("server") },
  ]);
  expectLines(ann, [
    { message: "ready", id: annId, server: LOOPBACK },
    { message: "introduced", ...isBob },
    { message: "connected", ...isBob, path: "lan", rttMs: NUMBER },
    { message: "message queued", id: messageId, room: "#lobby", bytes },
    { message: "message queued", id: messageId, room: "@bob", peer: bobId, bytes },
    { message: "message sent", id: messageId, room: "#lobby" },
    { message: "message delivered", id: messageId, room: "#lobby", peer: bobId },
    { message: "message delivered", id: messageId, room: "@bob", peer: bobId },
  ]);
  expectLines(bob, [
    { message: "message received", id: messageId, from: annId, room: "#lobby", bytes },
    { message: "message received", id: messageId, from: annId, room: "@ann", bytes },
    { message: "lost", peer: "ann", id: annId, reason: "left" },
  ]);
});

test("a server of another key is refused, and the log says so", async () => {
  using scratch = new Scratch();
  await using server = startServer({ dataDir: scratch.join("server"), listen: "127.0.0.1:0" });
  const { address } = await server.line({ type: "ready" });
  const key = "09".padEnd(64, "0");

  const dataDir = scratch.join("ann");
  await using ann = startClient({ name: "ann", dataDir, server: `${String(address)}#${key}` });
  const file = join(dataDir, "p2pchat.jsonl");
  await until(() => existsSync(file) && statSync(file).size > 0, "the log has a line");
  ann.kill("SIGTERM");
  expect(await ann.exited).toBe(143);

  expectLines(logOf(dataDir), [
    { level: "warn", message: "server refused", server: String(address), reason: "other key" },
  ]);
});

test.each(["000", "077"])(
  "under umask %s every file is 0600, every directory 0700",
  async (umask) => {
    using scratch = new Scratch();
    const within = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
    const env = { HOME: scratch.join("home"), XDG_DATA_HOME: "", XDG_STATE_HOME: "" };
    const options = { within, env: { ...env, XDG_CONFIG_HOME: "" }, cwd: scratch.path };
    const listen = ["--listen", "127.0.0.1:0"];

    await using server = new Program([BINARY, "server", "--json", ...listen], options);
    const { address } = await server.line({ type: "ready" });
    const flags = ["--json", "--name", "ann", "--server", String(address)];
    await using ann = new Program([BINARY, "client", "--no-lan", ...flags], options);
    await ann.line({ type: "ready" });
    await ask(ann, { type: "join", room: "#dev" });

    const files = filesIn(env.HOME, "**");
    const profiles = [".local/share", ".local/state"].flatMap((base) =>
      ["server", "ann"].map((profile) => join(env.HOME, base, "p2pchat", profile)),
    );
    expect(files.length).toBeGreaterThanOrEqual(10);
    expect(files.filter((file) => modeOf(file) !== 0o600)).toEqual([]);
    for (const directory of profiles) {
      expect(modeOf(directory)).toBe(0o700);
      expect(modeOf(dirname(directory))).toBe(0o700);
    }
  },
);

/** A server and three clients, of whom ann knows the third by name alone. */
class Party implements AsyncDisposable {
  readonly #programs: ReadonlyMap<string, Program>;

  private constructor(programs: ReadonlyMap<string, Program>) {
    this.#programs = programs;
  }

  static async meet(scratch: Scratch, level: string): Promise<Party> {
    const logging = ["--verbose", "--log-level", level];
    const [dataDir, listen] = [scratch.join("server"), "127.0.0.1:0"];
    const server = startServer({ dataDir, listen, args: logging });
    const { address } = await server.line({ type: "ready" });
    const start = (name: string, ...args: string[]): Program => {
      const common = { name, dataDir: scratch.join(name), server: String(address) };
      return startClient({ ...common, args: [...logging, ...args] });
    };
    const [ann, bob, carol] = [start("ann"), start("bob"), start("carol", "--no-lobby")];
    const party = new Party(new Map(Object.entries({ server, ann, bob, carol })));
    await carol.line({ type: "ready" });
    await ann.line({ type: "peer", state: "connected", who: { name: "bob" } });
    return party;
  }

  of(role: string): Program {
    const program = this.#programs.get(role);
    if (program === undefined) throw new Error(`No ${role} at this party`);
    return program;
  }

  idOf(role: string): string {
    const [ready] = this.of(role).lines;
    const me = ready?.["me"];
    const isClient = typeof me === "object" && me !== null && "id" in me;
    return String(isClient ? me.id : ready?.["id"]);
  }

  /** Every command, and the canary in the lobby, to one known and to one to be found. */
  async talk(): Promise<void> {
    const [server, ann, bob] = [this.of("server"), this.of("ann"), this.of("bob")];
    await delivered(ann, say(ann, "#lobby", TEXT), "bob");
    await delivered(ann, say(ann, "@bob", TEXT), "bob");
    await delivered(ann, say(ann, "@carol", TEXT), "carol");
    await delivered(bob, say(bob, "@ann", TEXT), "ann");
    for (const asking of [ann, server]) {
      await ask(asking, { type: "list" });
      await ask(asking, { type: "peer", number: 1 });
      await ask(asking, { type: "punch" });
    }
    await ask(ann, { type: "punch", to: "@bob" });
    ann.write(`${JSON.stringify({ type: "sned", text: TEXT })}\n${TEXT}\n`);
    await ann.line({ type: "error", code: "USAGE" });
  }

  async leave(): Promise<void> {
    const [server, ann, bob, carol] = ROLES.map((role) => this.of(role));
    ann?.send({ type: "quit" });
    await bob?.line({ type: "peer", state: "gone", who: { name: "ann" } });
    for (const program of [bob, carol, server]) {
      program?.send({ type: "quit" });
      expect(await program?.exited).toBe(0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.values()) await program[Symbol.asyncDispose]();
  }
}

type Forms = readonly (readonly [name: string, bytes: Buffer])[];

function textForms(text: string): Forms {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [
    ["word", Buffer.from(WORD)],
    ["raw", Buffer.from(text)],
    ["json", Buffer.from(json)],
    ["ascii json", Buffer.from(ascii)],
    ...binaryForms(Buffer.from(text)),
  ];
}

/** Of both halves: the seed of the signature, and the secret of the handshake. */
function keyForms(secret: Buffer): Forms {
  const halves = { first: secret.subarray(0, 32), second: secret.subarray(32) };
  return Object.entries(halves).flatMap(([half, bytes]) => {
    const forms: Forms = [["raw", bytes], ...binaryForms(bytes)];
    return forms.map(([name, form]) => [`${half} ${name}`, form] as const);
  });
}

function binaryForms(bytes: Buffer): Forms {
  const hex = bytes.toString("hex");
  return [
    ["hex", Buffer.from(hex)],
    ["HEX", Buffer.from(hex.toUpperCase())],
    ...[0, 1, 2].map((offset) => [`base64 ${offset}`, base64At(bytes, offset, "base64")] as const),
    ...[0, 1, 2].map((offset) => [`url ${offset}`, base64At(bytes, offset, "base64url")] as const),
  ];
}

/** What base64 makes of the bytes at this offset from a group's beginning, whatever is around. */
function base64At(bytes: Buffer, offset: number, encoding: "base64" | "base64url"): Buffer {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
  const groups = Math.floor((offset + bytes.length) / 3);
  return Buffer.from(encoded.slice(offset === 0 ? 0 : offset + 1, groups * 4));
}

function findingsOf(forms: Forms, haystack: Buffer): string[] {
  return forms.filter(([, form]) => haystack.includes(form)).map(([name]) => name);
}

function secretOf(directory: string): Buffer {
  const [, hex = ""] = readFileSync(join(directory, "identity.key"), "utf8").split("\n");
  const secret = Buffer.from(hex, "hex");
  expect(secret).toHaveLength(64);
  return secret;
}

function isIdentity(file: string): boolean {
  return basename(file) === "identity.key";
}

function filesIn(directory: string, pattern: string): string[] {
  return [...new Glob(pattern).scanSync({ cwd: directory, dot: true, absolute: true })];
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Every line is an object with the four fields that all have. */
function logOf(directory: string): Json[] {
  const lines = readFileSync(join(directory, "p2pchat.jsonl"), "utf8").trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Json);
  const common = { time: ISO_TIME, name: /^./, level: /^(?:info|warn)$/, message: /^./ };
  for (const entry of entries) expectLines([entry], [common]);
  return entries;
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A field's value, the form of a string, or any number. */
type Wanted = Readonly<
  Record<string, string | number | boolean | RegExp | typeof NUMBER | undefined>
>;

/** For each of these at least one line. */
function expectLines(log: readonly Json[] = [], wanted: readonly Wanted[]): void {
  for (const one of wanted) {
    const fits = log.filter((line) =>
      Object.entries(one).every(([field, value]) => isAs(line[field], value)),
    );
    if (fits.length === 0) expect(log).toContainEqual(one);
  }
}

function isAs(actual: unknown, wanted: Wanted[string]): boolean {
  if (wanted === NUMBER) return typeof actual === "number";
  if (wanted instanceof RegExp) return typeof actual === "string" && wanted.test(actual);
  return wanted !== undefined && actual === wanted;
}
