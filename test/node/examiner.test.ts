import { expect, test } from "bun:test";
import { type Address, hostOf, portOf } from "../../lib/base/address.ts";
import type { ExaminationEvent, Examined } from "../../lib/node/examination.ts";
import { Examiner } from "../../lib/node/examiner.ts";
import { StunService } from "../../lib/rendezvous/stunservice.ts";
import { Prng } from "../sim/prng.ts";
import { at } from "./net.ts";

const START = 1_700_000_000_000;
const DELAY_MS = 20;

/** Within which a doctor has to have its say. */
const DOCTOR_MS = 5000;

const SERVER = at("203.0.113.1:3478");
const SERVER_6 = at("[2001:db8::1]:3478");
const SECOND = at("203.0.113.1:3479");
const SQUARE = [SERVER, SECOND, at("203.0.113.2:3478"), at("203.0.113.2:3479")];
const ANYWHERE = [at("0.0.0.0:3478"), at("0.0.0.0:3479")];
const HOST = Uint8Array.of(198, 51, 100, 7);

interface Way {
  readonly atMs: number;
  readonly run: () => void;
}

/** A machine with an address of its own, and a server that answers STUN from these sockets. */
class World {
  now = START;
  readonly examiner: Examiner;
  readonly events: (ExaminationEvent & { readonly atMs: number })[] = [];
  readonly #service: StunService;
  readonly #bound: readonly Address[];
  readonly #passes: (from: Address) => boolean;
  readonly #ports = new Map([[0, 4000]]);
  #ways: Way[] = [];

  /** `passes`: whether what comes from there gets in. */
  constructor(bound: readonly Address[], passes: (from: Address) => boolean = () => true) {
    const prng = new Prng(1, "examiner");
    this.#bound = bound;
    this.#passes = passes;
    this.#service = new StunService(START, bound);
    this.examiner = new Examiner((length) => prng.bytes(length));
    this.examiner.handleSocket(START, 0, { step: "opened", port: 4000 });
    this.examiner.handleNetwork(START, [{ name: "eth0", ip: HOST, prefixBits: 24 }]);
  }

  ask(server: Address): this {
    const hint = { kind: "server", name: "", address: server, noiseKey: undefined } as const;
    this.examiner.handleFound(this.now, hint);
    return this;
  }

  run(ms: number): this {
    const endMs = this.now + ms;
    for (this.#drain(); ; this.#drain()) {
      const [way] = this.#ways;
      const atMs = Math.min(way?.atMs ?? Infinity, this.examiner.pollTimeout());
      if (atMs > endMs) break;
      this.now = Math.max(this.now, atMs);
      if (way?.atMs === atMs) {
        this.#ways.shift();
        way.run();
      } else this.examiner.handleTimeout(this.now);
    }
    this.now = endMs;
    return this;
  }

  #drain(): void {
    for (let output = this.examiner.pollOutput(); output !== undefined;) {
      if (output.kind === "event") this.events.push({ ...output.event, atMs: this.now });
      else if (output.kind === "send") this.#send(output.socket, output.to, output.bytes);
      else if (output.kind === "open") this.#open(output.socket);
      output = this.examiner.pollOutput();
    }
  }

  #open(socket: number): void {
    const port = 5000 + socket;
    this.#ports.set(socket, port);
    this.#in(1, () => this.examiner.handleSocket(this.now, socket, { step: "opened", port }));
  }

  #send(socket: number, to: Address, bytes: Uint8Array): void {
    const from = at(`198.51.100.7:${this.#ports.get(socket)}`);
    const index = this.#bound.findIndex((it) => {
      return portOf(it) === portOf(to) && [hostOf(to), "0.0.0.0"].includes(hostOf(it));
    });
    if (index < 0) return;
    this.#in(DELAY_MS, () => {
      const answer = this.#service.handleDatagram(this.now, index, from, bytes);
      if (answer === undefined) return;
      const bound = this.#bound[answer.socket] ?? SERVER;
      const source = hostOf(bound) === "0.0.0.0" ? at(`203.0.113.1:${portOf(bound)}`) : bound;
      if (!this.#passes(source)) return;
      const heard = [...this.#ports].find(([, port]) => port === portOf(answer.to))?.[0] ?? 0;
      this.#in(DELAY_MS, () => {
        this.examiner.handleDatagram(this.now, heard, source, answer.bytes);
      });
    });
  }

  #in(ms: number, run: () => void): void {
    this.#ways.push({ atMs: this.now + ms, run });
    this.#ways = this.#ways.toSorted((a, b) => a.atMs - b.atMs);
  }
}

function answerOf({ events }: World): Examined {
  const outcome = events.at(-1)?.outcome;
  if (outcome?.kind !== "answered") throw new Error("the server was not heard");
  return outcome;
}

test("a server with two addresses tells all there is to tell, in time", () => {
  const world = new World(SQUARE).ask(SERVER).run(DOCTOR_MS);

  expect(world.events.map(({ isWhole }) => isWhole)).toEqual([false, true]);
  expect(world.events[0]?.atMs).toBe(START + 2 * DELAY_MS);
  expect(answerOf(world)).toMatchObject({
    rttMs: 2 * DELAY_MS,
    mapped: "198.51.100.7:4000",
    report: {
      mapping: "endpoint-independent",
      compared: { ports: true, addresses: true },
      filtering: "endpoint-independent",
      isTranslated: false,
    },
    lifetime: { atLeastMs: 2000, belowMs: Infinity },
  });
});

test("a server that names no second port is asked for it beside the first", () => {
  const world = new World(ANYWHERE).ask(SERVER).run(DOCTOR_MS);

  expect(answerOf(world).report).toMatchObject({
    compared: { ports: true, addresses: false },
    filtering: "address-dependent",
  });
});

test("a server with one port tells what that one sees", () => {
  const world = new World([SERVER]).ask(SERVER).run(DOCTOR_MS);

  expect(answerOf(world).report).toMatchObject({ isTranslated: false, filtering: "unknown" });
});

test("a firewall is seen by what does not come", () => {
  const world = new World(SQUARE, (from) => from === SERVER).ask(SERVER).run(DOCTOR_MS);

  expect(answerOf(world).report?.filtering).toBe("address-and-port-dependent");
});

test("a server that is silent is called so in time, with what was said on the way", () => {
  const world = new World([]).ask(SERVER);
  world.examiner.handleSendError(world.now, 0, SERVER, "refused");

  world.run(DOCTOR_MS);

  expect(world.events).toMatchObject([
    { server: SERVER, outcome: { kind: "silent", error: "refused" } },
  ]);
  expect(world.examiner.pollTimeout()).toBe(Infinity);
});

test("each family is examined by itself, and by its first server", () => {
  const world = new World(SQUARE).ask(SERVER).ask(SERVER_6).ask(SECOND).run(DOCTOR_MS);

  const whole = world.events.filter(({ isWhole }) => isWhole);
  const found = whole.map(({ server, outcome }) => [server, outcome.kind] as const);
  expect(found).toHaveLength(2);
  expect(new Map(found)).toEqual(
    new Map([
      [SERVER, "answered"],
      [SERVER_6, "silent"],
    ]),
  );
});
