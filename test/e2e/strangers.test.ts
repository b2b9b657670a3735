import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Address, hostOf, parseAddress, portOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import type { EndpointEvent } from "../../lib/node/endpoint.ts";
import type { Datagram } from "../../lib/node/machine.ts";
import { RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { decodeAnswer, encodeRequest, type RendezvousRequest } from "../../lib/wire/rendezvous.ts";
import { ask, delivered, say } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { Station } from "../support/station.ts";
import { until } from "../support/until.ts";
import { Prng } from "../sim/prng.ts";
import { connected, Rig } from "./rig.ts";

const DATAGRAMS = Number(Bun.env["DATAGRAMS"] ?? 10_000);
const SEED = Number(Bun.env["SEED"] ?? Math.floor(Math.random() * 1e9));

/** Who gives away how one talks; still registered when its words come back altered. */
const MALLORY = "mallory";

/** Of one size and from one port each, so that every answer can be held against its question. */
const BATCH = 50;

/** The largest that UDP carries over IPv4. */
const SIZE_MAX = 65_507;

/** Bigger than what a heap swings by between two collections, less than a leak of them all. */
const GROWTH_BYTES_MAX = 64 * 2 ** 20;

test(`${DATAGRAMS} hostile datagrams to each role change nothing, SEED=${SEED}`, async () => {
  await using rig = await Rig.start("--log-level", "debug");
  const [ann, bob] = [await rig.client("ann", "--log-level", "debug"), await rig.client("bob")];
  await connected(ann, "ann", bob, "bob");
  const [serverAt, annAt] = [addressIn(rig.address), addressIn(await seenAt(ann))];
  const captured = await capture(serverAt, annAt);
  const targets = [
    { program: rig.server, address: serverAt, log: "server" },
    { program: ann, address: annAt, log: "ann" },
  ];

  for (const { program, address, log } of targets) {
    const prng = new Prng(SEED, log);
    const own = captured.filter(({ to }) => to === address).map(({ bytes }) => bytes);
    const hostile = new Hostile(prng, own);
    await attack(address, hostile, DATAGRAMS / 10);
    const before = rssOf(program);
    const { answers } = await attack(address, hostile, DATAGRAMS);
    const grown = rssOf(program) - before;

    expect(answers).toBeGreaterThan(0);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    // A busy machine drops some, the oversized first.
    await until(() => counted(rig, log) > DATAGRAMS / 2, "the log counts them");
  }

  await delivered(ann, say(ann, "#lobby", "still here"), "bob");
  await delivered(bob, say(bob, "@ann", "so am I"), "ann");
  const carol = await rig.client("carol");
  await connected(ann, "ann", carol, "carol");
  const { clients } = await ask(carol, { type: "list" });
  expect(namesIn(clients).filter((name) => name !== MALLORY)).toEqual(["ann", "bob", "carol"]);
  for (const { log } of targets) expect(levelsIn(rig, log)).not.toContain("error");
  ann.kill("SIGINT");
  rig.server.kill("SIGTERM");
  expect([await ann.exited, await rig.server.exited]).toEqual([130, 143]);
}, 60_000);

/**
 * What somebody honest says to a server and to a client, up to an open session with each. Which of
 * two calls the other their keys decide: so there is another until one has called the client.
 */
async function capture(server: Address, client: Address): Promise<readonly Datagram[]> {
  const sent: Datagram[] = [];
  while (!sent.some(({ to, bytes }) => to === client && isInitiation(bytes))) {
    using station = await Station.open({ name: MALLORY, purpose: "peer", onEvent: introduce });
    station.greet(server);
    await until(() => [...station.endpoint.connections()].length === 2, "both are open");
    sent.push(...station.sent);
  }
  return sent;
}

function isInitiation(bytes: Uint8Array): boolean {
  return decodePacket(bytes)?.kind === "initiation";
}

/** Registers with the server, seeks everybody there is, and calls whom it is introduced to. */
function introduce(station: Station, event: EndpointEvent): void {
  const tell = (to: PeerId, request: RendezvousRequest): void =>
    station.send(to, RENDEZVOUS_CHANNEL, encodeRequest(request));
  if (event.kind === "opened" && event.connection.purpose === "server") {
    const { peerId } = event.connection.card;
    tell(peerId, { kind: "register", candidates: [station.address], topics: [] });
    tell(peerId, { kind: "peer", request: 1, number: 1 });
  }
  if (event.kind !== "messages") return;
  const { peerId } = event.connection.card;
  for (const answer of event.messages.map(decodeAnswer)) {
    if (answer?.kind === "introduction") {
      const near = answer.candidates.filter((address) => address.startsWith("127.0.0.1:"));
      station.call(answer.card, near);
    }
    if (answer?.kind !== "listing") continue;
    for (const entry of answer.entries) tell(peerId, { kind: "seek", peerId: entry.peerId });
  }
}

/** Datagrams of a given size: noise, and what was once said, cut, lengthened, altered or whole. */
class Hostile {
  readonly #prng: Prng;
  readonly #captured: readonly Uint8Array[];

  constructor(prng: Prng, captured: readonly Uint8Array[]) {
    this.#prng = prng;
    this.#captured = captured;
  }

  size(): number {
    const prng = this.#prng;
    const dice = prng.below(10);
    if (dice === 0) return 1 + prng.below(SIZE_MAX);
    if (dice < 4) return this.#said.length;
    return 1 + prng.below(1500);
  }

  next(size: number): Uint8Array {
    const prng = this.#prng;
    const said = this.#said;
    const bytes = prng.bytes(size);
    if (prng.chance(0.3)) {
      // Noise with the head of something.
      bytes.set(said.subarray(0, Math.min(size, 1 + prng.below(13))));
      return bytes;
    }
    bytes.set(said.subarray(0, size));
    const alterations = prng.chance(0.5) ? prng.below(4) : 0;
    for (let i = 0; i < alterations; i++) bytes[prng.below(size)] = prng.uint32();
    return bytes;
  }

  get #said(): Uint8Array {
    return this.#captured[this.#prng.below(this.#captured.length)] ?? new Uint8Array(1);
  }
}

/** No answer may be larger than the question, nor may there be more of them. */
async function attack(to: Address, hostile: Hostile, datagrams: number) {
  let answers = 0;
  for (let sent = 0; sent < datagrams; sent += BATCH) {
    const size = hostile.size();
    const sizes: number[] = [];
    const socket = await Bun.udpSocket({
      hostname: "127.0.0.1",
      binaryType: "uint8array",
      socket: { data: (_socket, bytes) => void sizes.push(bytes.length) },
    });
    for (let i = 0; i < BATCH; i++) {
      socket.send(hostile.next(size), portOf(to), hostOf(to));
      // As many as its buffer holds.
      if (i % 10 === 9) await Bun.sleep(1);
    }
    await Bun.sleep(2);
    socket.close();
    expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(size);
    expect(sizes.length).toBeLessThanOrEqual(BATCH);
    answers += sizes.length;
  }
  return { answers };
}

async function seenAt(client: Program): Promise<string> {
  return String((await client.line({ type: "ready" }))["address"]);
}

function rssOf({ pid }: Program): number {
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

function linesIn(rig: Rig, directory: string): Json[] {
  const text = readFileSync(rig.scratch.join(directory, "p2pchat.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Json);
}

/** Datagrams that the log counted as nobody's. */
function counted(rig: Rig, directory: string): number {
  const lines = linesIn(rig, directory).filter(({ message }) => message === "strangers");
  return lines.reduce((sum, { datagrams }) => sum + Number(datagrams), 0);
}

function levelsIn(rig: Rig, directory: string): unknown[] {
  return linesIn(rig, directory).map(({ level }) => level);
}

function namesIn(clients: unknown): string[] {
  assert(Array.isArray(clients), "a list is a list");
  return (clients as Json[]).map(({ name }) => String(name));
}

function addressIn(text: string): Address {
  const address = parseAddress(text);
  assert(address !== undefined, "a program says where it is");
  return address;
}
