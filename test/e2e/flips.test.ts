/**
 * A disk that gives back other bytes than were written.
 * `FLIPS=1000 bun test test/e2e/flips.test.ts` tries more places, `SEED=…` the same ones.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLAIM_MS } from "../../lib/chat/claims.ts";
import { delivered, say } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { Prng } from "../sim/prng.ts";
import { connected, Rig } from "./rig.ts";

const FLIPS = Number(process.env["FLIPS"] ?? 100);
const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));

const ROOM = "#lobby";
const MESSAGES = 60;

/** Of a log, each at another length. */
const CUTS = 8;

const PAGE_BYTES = 4096;

/** Every so many flips the client itself is started on what is left, and not only read. */
const FLIPS_PER_START = 10;

/** Programs at a time. */
const TOGETHER = 4;

/** What a program may say of a database: one line, in words. */
const REFUSAL = /^p2pchat: Cannot use [^\n\u001b]*p2pchat\.db: [^\n\u001b]+\n$/;

/** Alice and Bob have talked, and Alice's client has ended; what was said, and where it is kept. */
async function talked(rig: Rig, how: "quits" | "is killed") {
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  const said = new Set<string>();
  for (let i = 0; i < MESSAGES; i++) {
    const [one, other] = [`alice says ${i} ${"a".repeat(i)}`, `bob says ${i} ${"b".repeat(i)}`];
    const reqs = [say(alice, ROOM, one), say(bob, ROOM, other)] as const;
    await Promise.all([delivered(alice, reqs[0], "bob"), delivered(bob, reqs[1], "alice")]);
    said.add(one).add(other);
  }
  if (how === "quits") alice.send({ type: "quit" });
  else alice.kill("SIGKILL");
  await alice.exited;
  return { said, bob, directory: rig.scratch.join("alice") };
}

/** A copy of a profile, to be damaged. */
function copyOf(rig: Rig, directory: string, name: string): string {
  const copy = rig.scratch.join(name);
  mkdirSync(copy);
  cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith(".lock") });
  return copy;
}

test(
  `of ${FLIPS} flipped bits none is shown as what somebody said, SEED=${SEED}`,
  async () => {
    const prng = new Prng(SEED, "flips");
    await using rig = await Rig.start();
    const { said, directory } = await talked(rig, "quits");
    const file = join(directory, "p2pchat.db");
    const size = statSync(file).size;
    const tablePages = pagesOf(file, "runs");
    const outcomes = { whole: 0, less: 0, refused: 0 };
    const flips = Array.from({ length: FLIPS }, (_, i) => [i, prng.below(size), prng.below(8)]);

    const work = async (): Promise<void> => {
      for (let next = flips.pop(); next !== undefined; next = flips.pop()) {
        const [i = 0, at = 0, bit = 0] = next;
        const copy = copyOf(rig, directory, `flip${i}`);
        flip(join(copy, "p2pchat.db"), at, bit);
        const read = i % FLIPS_PER_START === 0 ? startedOn : readFrom;
        const isTable = tablePages.has(Math.floor(at / PAGE_BYTES));
        outcomes[judge(await read(rig, copy), said, { at, bit, isTable })] += 1;
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, work));

    expect(outcomes.whole + outcomes.less + outcomes.refused).toBe(FLIPS);
    expect(outcomes.less + outcomes.refused).toBeGreaterThan(0);
  },
  60_000 + FLIPS * 1000,
);

function flip(file: string, at: number, bit: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(file, bytes);
}

/** Where those pages of the file are that hold this table, by number from 0. */
function pagesOf(file: string, table: string): ReadonlySet<number> {
  const db = new Database(file, { readonly: true });
  const pages = db.query<{ pageno: number }, [string]>("SELECT pageno FROM dbstat WHERE name = ?");
  const numbers = new Set(pages.all(table).map(({ pageno }) => pageno - 1));
  db.close();
  return numbers;
}

/**
 * Throws where something is shown that nobody said, or missing without a word: of that only an
 * index that leads nowhere is an excuse.
 */
function judge(
  { texts, complaint, exitCode }: Read,
  said: ReadonlySet<string>,
  where: { readonly at: number; readonly bit: number; readonly isTable: boolean },
): "whole" | "less" | "refused" {
  const what = `${JSON.stringify(where)}: exit ${exitCode}, ${texts.length} texts, ${complaint}`;
  if (texts.some((text) => !said.has(text))) throw new Error(`Nobody said that: ${what}`);
  if (new Set(texts).size < texts.length) throw new Error(`Twice: ${what}`);
  if (!/^(?:p2pchat: [^\n\u001b]+\n)*$/.test(complaint)) throw new Error(`No words: ${what}`);
  if (REFUSAL.test(complaint) && exitCode === 1) return "refused";
  if (texts.length === said.size) return "whole";
  if (complaint === "" && where.isTable) throw new Error(`Missing without a word: ${what}`);
  return "less";
}

interface Read {
  readonly texts: readonly string[];
  readonly complaint: string;
  readonly exitCode: number;
}

/** By `history`, which only reads. */
async function readFrom(rig: Rig, directory: string): Promise<Read> {
  const ended = await rig.run(["history", "--json", "--data-dir", directory]);
  const lines = ended.stdout.split("\n").filter((line) => line !== "");
  const texts = lines.map((line) => String((JSON.parse(line) as Json)["text"]));
  return { texts, complaint: ended.stderr, exitCode: ended.exitCode };
}

/** By a client, which goes on with what it finds, and knows nobody to ask for what it has not. */
async function startedOn(rig: Rig, directory: string): Promise<Read> {
  const args = ["client", "--json", "--no-lan", "--no-portmap", "--name", "alice"];
  const command = [BINARY, ...args, "--data-dir", directory];
  const client = rig.track(new Program(command, { cwd: directory }));
  const isReady = await client.line({ type: "ready" }).then(
    () => true,
    () => false,
  );
  const page = isReady ? await pageOf(client) : {};
  if (isReady) client.send({ type: "quit" });
  const exitCode = await client.exited;
  const messages = (page["messages"] ?? []) as readonly Json[];
  const shown = [...messages, ...client.lines.filter(({ type }) => type === "message")];
  const told = client.stderr.replace(/^p2pchat: No server is known[^\n]*\n/, "");
  const { damaged = 0, text = "" } = page;
  const trouble = `p2pchat: ${String(text)} ${String(damaged)} damaged\n`;
  return {
    texts: shown.map((message) => String(message["text"])),
    complaint: damaged === 0 && text === "" ? told : told + trouble,
    exitCode,
  };
}

/** Of all that was said, or the error in its place. */
async function pageOf(client: Program): Promise<Json> {
  client.send({ req: "all", type: "history", room: ROOM, limit: 500 });
  return client.line((line) => line["req"] === "all");
}

test("of a log that was cut off only the end is lost; who is not heard then is told", async () => {
  await using rig = await Rig.start();
  const { said, bob, directory } = await talked(rig, "is killed");
  const wal = readFileSync(join(directory, "p2pchat.db-wal"));
  const inOrder = [...said];
  for (let i = 0; i < CUTS; i++) {
    const copy = copyOf(rig, directory, `cut${i}`);
    const left = Math.floor((wal.length * i) / CUTS);
    writeFileSync(join(copy, "p2pchat.db-wal"), wal.subarray(0, left));
    const { texts, complaint } = await readFrom(rig, copy);
    expect(texts.filter((text) => !said.has(text))).toEqual([]);
    // Two speak at once: what one heard may be on disk before what they said.
    expect(texts.every((text) => inOrder.indexOf(text) <= texts.length)).toBe(true);
    expect(complaint).toMatch(texts.length > 0 ? /^$/ : /^p2pchat: [^\n]+\n$|^$/);
  }

  writeFileSync(join(directory, "p2pchat.db-wal"), wal.subarray(0, wal.length / 2));
  const alice = await rig.client("alice");
  await connected(alice, "alice", bob, "bob");
  const req = say(alice, ROOM, "news");
  // Bob may hold more of what she said than was signed, which nobody can show her.
  const isTold = ({ req: its, state }: Json): boolean => {
    return its === req && (state === "delivered" || state === "failed");
  };
  const told = await alice.line(isTold, { timeoutMs: 2 * CLAIM_MS });
  const heard = bob.lines.filter(({ type, text }) => type === "message" && text === "news");
  expect(heard.length).toBe(told["state"] === "delivered" ? 1 : 0);
  expect(told["state"] === "failed" ? told["reason"] : "a reason").toBeString();
}, 60_000);
