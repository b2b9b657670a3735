import { afterAll, beforeAll, expect, test } from "bun:test";
import { startServer } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { SKIPPED } from "../support/tally.ts";
import { hasLab, labTest } from "./labtest.ts";
import { PATH, run } from "./namespaces.ts";
import { siteOf, type ClientPlace } from "./plan.ts";
import { Topology } from "./topology.ts";

/** Another's STUN clients, so that nobody agrees with himself here. */
const CLIENTS = ["turnutils_stunclient", "turnutils_natdiscovery"] as const;
const hasClients = CLIENTS.every((name) => Bun.which(name, PATH) !== null);

const PORT = 3478;
const V4 = ["198.51.100.10", "198.51.100.11"] as const;
const V6 = ["2001:db8:ffff::10", "2001:db8:ffff::11"] as const;

/** What it prints of a NAT, RFC 5780 §4.3 and §4.4; two of its probes wait for 3 s at the most. */
const DISCOVERY_MS = 15_000;
const MAPPING = /NAT with (.+) Mapping!/;
const FILTERING = /NAT with (.+) Filtering!/;
const INDEPENDENT = "Endpoint Independent";
const BY_ADDRESS = "Address Dependent";
const BY_PORT = "Address and Port Dependent";

/**
 * Not "address-dependent": that client asks the address it was told last, and so the first one
 * twice, where RFC 5780 §4.3 has it ask the second one at both ports.
 */
const BEHAVIOURS = [
  ["open.1", INDEPENDENT, INDEPENDENT],
  ["full-cone.1", INDEPENDENT, INDEPENDENT],
  ["address-restricted.1", INDEPENDENT, BY_ADDRESS],
  ["port-restricted.1", INDEPENDENT, BY_PORT],
  ["block-independent.1", INDEPENDENT, BY_PORT],
  ["symmetric-sequential.1", BY_PORT, BY_PORT],
  ["symmetric-random.1", BY_PORT, BY_PORT],
] as const satisfies readonly (readonly [ClientPlace, string, string])[];

const scratch = new Scratch();
const discovered = new Map<ClientPlace, Promise<string>>();
let lab: Topology;
let server: Program;

beforeAll(async () => {
  if (!hasLab || !hasClients) return;
  lab = await Topology.build(...BEHAVIOURS.map(([place]) => place));
  const [listen = "", ...others] = [
    ...V4.map((ip) => `${ip}:${PORT}`),
    ...V6.map((ip) => `[${ip}]:${PORT}`),
  ];
  const args = others.flatMap((address) => ["--listen", address]);
  const within = lab.within("server");
  server = startServer({ dataDir: scratch.join("server"), listen, args, within });
  await server.line({ type: "ready", role: "server" });
  for (const [place] of BEHAVIOURS) {
    discovered.set(place, ask(place, "turnutils_natdiscovery", "-m", "-f", V4[0]));
  }
}, 20_000);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

for (const [place, mapping, filtering] of BEHAVIOURS) {
  clientTest(`${place} is told how it maps and filters`, DISCOVERY_MS, async () => {
    const said = (await discovered.get(place)) ?? "";

    expect(MAPPING.exec(said)?.[1]).toBe(mapping);
    expect(FILTERING.exec(said)?.[1]).toBe(filtering);
  });
}

clientTest("a STUN client behind a router is told its public address", 5000, async () => {
  const said = (await discovered.get("port-restricted.1")) ?? "";

  const seen = all(said, /UDP reflexive addr: ([\d.]+):\d+/g);

  expect(new Set(seen)).toEqual(new Set([siteOf("port-restricted.1").public[0]]));
});

clientTest("a client with a public address sees that there is no NAT", 5000, async () => {
  const { v4 = "" } = siteOf("open.1");

  const said = await ask("open.1", "turnutils_natdiscovery", "-m", "-L", v4, V4[0]);

  expect(said).toContain("No NAT!");
});

clientTest("a mapping is asked through from another port while it lives", 5000, async () => {
  const said = await ask("port-restricted.1", "turnutils_natdiscovery", "-t", "-T", "1", V4[0]);

  const seen = all(said, /UDP reflexive addr: (\S+)/g);
  expect(new Set(seen).size).toBe(2);
  expect(said).not.toContain("timeout");
});

for (const [first, second] of [V4, V6]) {
  clientTest(`${first} and ${second} answer as they are asked to`, 5000, async () => {
    const { v4, v6 } = siteOf("open.1");

    // It asks for nothing, for another port of its own, and with 1500 bytes of PADDING.
    const said = await ask("open.1", "turnutils_stunclient", first);

    const opposite = `${second}:${PORT + 1}`;
    expect(new Set(all(said, /Response origin: : (\S+)/g))).toEqual(
      new Set([`${first}:${PORT}`, opposite]),
    );
    expect(new Set(all(said, /Other addr: : (\S+)/g))).toEqual(new Set([opposite]));
    const own = first.includes(":") ? v6 : v4;
    expect(all(said, /UDP reflexive addr: (\S+):\d+/g)).toEqual([own, own, own]);
  });
}

function clientTest(name: string, timeoutMs: number, body: () => Promise<void>): void {
  if (hasClients || !hasLab) return labTest(name, timeoutMs, body);
  test.skip(`${name}${SKIPPED}needs ${CLIENTS.join(" and ")}: bash test/setup.sh`, body);
}

/** What the client prints. */
async function ask(
  place: ClientPlace,
  client: (typeof CLIENTS)[number],
  ...args: readonly string[]
): Promise<string> {
  return await run([...lab.within(place), "timeout", "12", client, "-p", `${PORT}`, ...args]);
}

/** The first group of each match. */
function all(text: string, pattern: RegExp): (string | undefined)[] {
  return [...text.matchAll(pattern)].map(([, group]) => group);
}
