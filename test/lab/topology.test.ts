import { afterAll, beforeAll, expect } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../support/source.ts";
import { Program } from "../support/program.ts";
import { hasLab, labTest } from "./labtest.ts";
import { SITES, Topology, type Place } from "./topology.ts";

/** Longer than any datagram takes through the lab, shorter than a retry. */
const SILENCE_MS = 150;

const TEST_MS = 5000;

let lab: Topology;
beforeAll(async () => {
  if (hasLab) lab = await Topology.build();
});
afterAll(async () => {
  if (hasLab) await lab[Symbol.asyncDispose]();
});

interface Probe extends AsyncDisposable {
  readonly program: Program;
  readonly port: number;
}

async function probe(place: Place): Promise<Probe> {
  const command = [process.execPath, join(ROOT, "test", "lab", "probe.ts")];
  const program = new Program(command, { within: lab.within(place) });
  const { port } = await program.line({ type: "ready" });
  return {
    program,
    port: Number(port),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

labTest("a router gives one socket the same public port towards everyone", TEST_MS, async () => {
  await using home = await probe("homeA");
  await using server = await probe("server");
  await using open = await probe("open");

  home.program.send({ to: SITES.server.address, port: server.port, text: "one" });
  home.program.send({ to: SITES.open.address, port: open.port, text: "two" });
  const seen = { type: "received", from: SITES.homeA.publicAddress, port: home.port };

  expect(await server.program.line({ text: "one" })).toMatchObject(seen);
  expect(await open.program.line({ text: "two" })).toMatchObject(seen);
});

labTest(
  "a router lets in only whom its client has written to, port for port",
  TEST_MS,
  async () => {
    await using home = await probe("homeA");
    await using server = await probe("server");
    await using stranger = await probe("server");
    const to = { to: SITES.homeA.publicAddress, port: home.port };

    server.program.send({ ...to, text: "too early" });
    await Bun.sleep(SILENCE_MS);
    home.program.send({ to: SITES.server.address, port: server.port, text: "question" });
    await server.program.line({ text: "question" });
    stranger.program.send({ ...to, text: "from another port" });
    await Bun.sleep(SILENCE_MS);
    server.program.send({ ...to, text: "answer" });
    await home.program.line({ text: "answer" });

    expect(home.program.lines.map((line) => line["text"])).toEqual([undefined, "answer"]);
  },
);

labTest("two homes reach one another once both have fired", TEST_MS, async () => {
  await using homeA = await probe("homeA");
  await using homeB = await probe("homeB");
  const toA = { to: SITES.homeA.publicAddress, port: homeA.port };
  const toB = { to: SITES.homeB.publicAddress, port: homeB.port };

  homeA.program.send({ ...toB, text: "first, into a closed door" });
  await Bun.sleep(SILENCE_MS);
  homeB.program.send({ ...toA, text: "b to a" });
  await homeA.program.line({ text: "b to a" });
  homeA.program.send({ ...toB, text: "a to b" });
  await homeB.program.line({ text: "a to b" });

  expect(homeB.program.lines.map((line) => line["text"])).toEqual([undefined, "a to b"]);
});

labTest("neighbours on one bridge reach one another directly", TEST_MS, async () => {
  await using lan1 = await probe("lan1");
  await using lan2 = await probe("lan2");

  lan1.program.send({ to: SITES.lan2.address, port: lan2.port, text: "hello" });
  const line = await lan2.program.line({ text: "hello" });

  expect(line).toMatchObject({ from: SITES.lan1.address, port: lan1.port });
});

labTest("datagrams at the server are counted by client, direction and size", TEST_MS, async () => {
  await using home = await probe("homeB");
  await using server = await probe("server");

  for (const text of ["12345", "abcde", "1234567"]) {
    home.program.send({ to: SITES.server.address, port: server.port, text });
  }
  await server.program.line({ text: "1234567" });
  server.program.send({ to: SITES.homeB.publicAddress, port: home.port, text: "123" });
  await home.program.line({ text: "123" });
  const client = `${SITES.homeB.publicAddress}:${home.port}`;
  const traffic = (await lab.serverTraffic()).filter((row) => row.client === client);

  expect(traffic).toHaveLength(3);
  expect(traffic).toContainEqual({ direction: "in", client, bytes: 5, datagrams: 2 });
  expect(traffic).toContainEqual({ direction: "in", client, bytes: 7, datagrams: 1 });
  expect(traffic).toContainEqual({ direction: "out", client, bytes: 3, datagrams: 1 });
});
