import { expect, test } from "bun:test";
import { startServer } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { Talker } from "../support/talker.ts";
import { Prng } from "../sim/prng.ts";

const KILLS = Number(process.env["KILLS"] ?? 20);
const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));

/** How long a client may take to be connected again, on a machine that has other work. */
const RETURN_MS = 20_000;

/** Each says two things in so many ms. */
const GAP_MS = 20;

/** A kill falls this long after the talk began anew, or after the program was started. */
const DELAY_MS = 60;
const START_MS = 300;

test(
  `nothing is lost, doubled or out of order over ${KILLS} kills, SEED=${SEED}`,
  async () => {
    const prng = new Prng(SEED, "kills");
    await using talk = await Talk.begin();
    const { ann, bob } = talk;

    for (let kills = 0; kills < KILLS;) {
      const victims = prng.chance(0.15) ? [ann, bob] : [prng.chance(0.5) ? ann : bob];
      const isEarly = prng.chance(0.3);
      if (!isEarly) await talk.goesOn();
      await Bun.sleep(prng.unit() * (isEarly ? START_MS : DELAY_MS));
      await Promise.all(victims.map((victim) => victim.kill()));
      kills += victims.length;
      for (const victim of victims) victim.start();
    }
    await talk.end();

    expectWhole(ann, bob);
    expectWhole(bob, ann);
  },
  30_000 + KILLS * 2000,
);

test("two go on without a killed server, and its next run brings them together", async () => {
  await using talk = await Talk.begin();
  const { ann, bob } = talk;

  await talk.killServer();
  await talk.goesOn();
  await ann.kill();
  ann.start();
  await ann.tells({ type: "ready", server: null }, RETURN_MS);
  await talk.startServer();
  await bob.kill();
  bob.start();
  await talk.end();

  expectWhole(ann, bob);
  expectWhole(bob, ann);
}, 60_000);

/** What one has said, against what the other was told in all runs together. */
function expectWhole(author: Talker, reader: Talker): void {
  const { queued, delivered } = author.account;
  const heard = reader.account.heard.filter(({ from }) => from === author.name);
  const ids = heard.map(({ id }) => id);
  const distinct = new Set(ids);

  expect(heard.length).toBeGreaterThan(0);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect([...delivered].filter((id) => !distinct.has(id))).toEqual([]);
  expect([...queued].filter((id) => !distinct.has(id))).toEqual([]);
  for (const room of ["#lobby", `@${author.name}`]) {
    const numbers = heard.filter((one) => one.room === room).map(({ text }) => Number(text));
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
}

/** Two who talk without a pause, in the lobby and to each other, and their server. */
class Talk implements AsyncDisposable {
  readonly ann: Talker;
  readonly bob: Talker;
  readonly #scratch: Scratch;
  readonly #address: string;
  #server: Program;
  #pump: NodeJS.Timeout | undefined;

  private constructor(scratch: Scratch, server: Program, address: string) {
    this.#scratch = scratch;
    this.#server = server;
    this.#address = address;
    this.ann = new Talker("ann", scratch.join("ann"), address);
    this.bob = new Talker("bob", scratch.join("bob"), address);
  }

  static async begin(): Promise<Talk> {
    const scratch = new Scratch();
    const server = serve(scratch, "127.0.0.1:0");
    const { address } = await server.line({ type: "ready" });
    const talk = new Talk(scratch, server, String(address));
    await talk.#meet();
    return talk;
  }

  /** Both hear of each other what is said from now on. */
  async goesOn(): Promise<void> {
    const { ann, bob } = this;
    await Promise.all([reaches(ann, "@bob"), reaches(bob, "@ann")]);
  }

  async killServer(): Promise<void> {
    this.#server.kill("SIGKILL");
    await this.#server.exited;
  }

  async startServer(): Promise<void> {
    this.#server = serve(this.#scratch, this.#address);
    await this.#server.line({ type: "ready" });
  }

  /** Both say a last word, and everything before it arrives. */
  async end(): Promise<void> {
    const { ann, bob } = this;
    clearInterval(this.#pump);
    await this.goesOn();
    await Promise.all([reaches(ann, "#lobby"), reaches(bob, "#lobby")]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pump);
    for (const one of [this.ann, this.bob, this.#server]) await one[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }

  async #meet(): Promise<void> {
    const { ann, bob } = this;
    for (const one of [ann, bob]) one.start();
    const isMet = { type: "peer", state: "connected" };
    await Promise.all([ann.tells(isMet, RETURN_MS), bob.tells(isMet, RETURN_MS)]);
    this.#pump = setInterval(() => {
      if (ann.isRunning) for (const to of ["#lobby", "@bob"]) ann.say(to);
      if (bob.isRunning) for (const to of ["#lobby", "@ann"]) bob.say(to);
    }, GAP_MS);
  }
}

function serve(scratch: Scratch, listen: string): Program {
  return startServer({ dataDir: scratch.join("server"), listen });
}

async function reaches(author: Talker, to: string): Promise<void> {
  const req = author.say(to);
  await author.tells({ type: "status", req, state: "delivered" }, RETURN_MS);
}
