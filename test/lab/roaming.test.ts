/** That those who are connected stay so: real programs, real routers, and what befalls them. */
import { afterAll, beforeAll, expect } from "bun:test";
import { delivered, say, startClient, startServer } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { siteOf, type ClientPlace } from "./plan.ts";
import { Talk, type Account } from "./talk.ts";
import { Topology } from "./topology.ts";

/** One way, everywhere. */
const DELAY_MS = 20;

/** How long each sleeper stands still: longer than a shell takes for a pause, 60 by command. */
const SLEEP_MS = Number(process.env["SLEEP"] ?? 12) * 1000;

/** Of talk before something happens, and of talk after it. */
const BEFORE_MS = 2_000;
const AFTER_MS = 5_000;

/** Far beyond what it takes, 1 and 3 s at the most, where the machine has other things to do. */
const PATIENCE_MS = 45_000;

const TEST_MS = 60_000 + SLEEP_MS;

/** Of the mappings that are to die: in the field 50 s and more. */
const AGE_MS = 5_000;

/** Of those whose age is to be known: what ends before 10 s has not died of age. */
const KNOWN_AGE_MS = 12_000;

const HOST = siteOf("server").v4 ?? "";

const scratch = new Scratch();
const servers = new Map<number, Program>();
const stories = new Map<string, Promise<Account>>();
let lab: Topology;

interface Story {
  readonly name: string;
  readonly places: readonly [ClientPlace, ClientPlace];
  readonly port: number;
  /** What happens, and ends when it has; it tells the talk when. */
  readonly event: (talk: Talk, places: readonly [ClientPlace, ClientPlace]) => Promise<void>;
}

/** Each server takes the port after its own, too. */
const MAIN_PORT = 3478;
const DYING_PORT = 3490;
const MISSED_PORT = 3492;
const LATE_PORT = 3494;

const STORIES: readonly Story[] = [
  {
    name: "a client's own address changes",
    places: ["port-restricted.1", "port-restricted.2"],
    port: MAIN_PORT,
    event: async (talk, [place]) => {
      talk.onEvent();
      await lab.readdress(place, 77);
    },
  },
  {
    name: "a router is switched off and on without a word",
    places: ["rejecting.1", "rejecting.2"],
    port: MAIN_PORT,
    event: async (talk, [place]) => {
      await lab.restart(place);
      talk.onEvent();
    },
  },
  {
    name: "both routers are, at once",
    places: ["short-lived.1", "short-lived.2"],
    port: MAIN_PORT,
    event: async (talk, places) => {
      await Promise.all(places.map(async (place) => lab.restart(place)));
      talk.onEvent();
    },
  },
  {
    name: "the server dies",
    places: ["paired-pool.1", "paired-pool.2"],
    port: DYING_PORT,
    event: async (talk) => {
      talk.onEvent();
      servers.get(DYING_PORT)?.kill("SIGKILL");
    },
  },
  {
    name: "a client sleeps",
    places: ["carrier-restricted.1", "carrier-restricted.2"],
    port: MAIN_PORT,
    event: async (talk) => {
      talk.ann.kill("SIGSTOP");
      await Bun.sleep(SLEEP_MS);
      talk.ann.kill("SIGCONT");
      talk.onEvent();
    },
  },
  {
    name: "IPv4 goes, and comes back in the place of IPv6",
    places: ["open.1", "open.2"],
    port: MAIN_PORT,
    event: async (talk, [place]) => {
      talk.onEvent();
      await lab.setFamilies(place, ["v6"]);
      await Bun.sleep(AFTER_MS);
      talk.onEvent();
      await lab.setFamilies(place, ["v4"]);
    },
  },
  {
    name: "mappings die of age, however busy",
    places: ["aged.1", "aged.2"],
    port: MAIN_PORT,
    event: async (talk, [place]) => {
      talk.onEvent();
      lab.setLifetime(place, AGE_MS);
      await Bun.sleep(2.5 * AGE_MS);
    },
  },
  {
    name: "mappings die of age, and there is no server any more",
    places: ["block-independent.1", "no-hairpin.1"],
    port: MISSED_PORT,
    event: async (talk, [place]) => {
      lab.setLifetime(place, KNOWN_AGE_MS);
      await Bun.sleep(1.3 * KNOWN_AGE_MS);
      talk.onEvent();
      servers.get(MISSED_PORT)?.kill("SIGKILL");
      await Bun.sleep(1.5 * KNOWN_AGE_MS);
    },
  },
];

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(...STORIES.flatMap(({ places }) => places));
  await lab.setWays([{ delayMs: DELAY_MS }]);
  await Promise.all([MAIN_PORT, DYING_PORT, MISSED_PORT].map(async (port) => serve(port)));
  for (const story of STORIES) stories.set(story.name, tell(story));
}, 20_000);

afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function serve(port: number): Promise<void> {
  const dataDir = scratch.join(`server-${port}`);
  const server = startServer({ dataDir, listen: `[::]:${port}`, within: lab.within("server") });
  servers.set(port, server);
  await server.line({ type: "ready" });
}

async function tell({ name, places, port, event }: Story): Promise<Account> {
  const topic = name.replaceAll(/\W+/g, "-").slice(0, 24);
  const server = `${HOST}:${port}`;
  await using talk = new Talk({ lab, server, places, topic, scratch: scratch.path });
  await talk.begin();
  await Bun.sleep(BEFORE_MS);

  await event(talk, places);
  await Bun.sleep(AFTER_MS);
  const account = await talk.end();
  const { gapsMs, worstMs } = account;
  console.log(`${name}: on again after ${gapsMs.join(" and ")} ms; slowest word ${worstMs} ms`);
  return account;
}

for (const { name } of STORIES) {
  labTest(`${name}: nothing is lost, nothing doubled, and the talk goes on`, TEST_MS, async () => {
    const account = await stories.get(name);

    expect(account?.troubles).toEqual([]);
    for (const gapMs of account?.gapsMs ?? [Infinity]) expect(gapMs).toBeLessThan(PATIENCE_MS);
  });
}

labTest("who was not introduced when the server died meets when it is back", TEST_MS, async () => {
  const places = ["address-restricted.1", "address-restricted.2"] as const;
  await lab.add(...places);
  await serve(LATE_PORT);
  const [ann, bob] = places.map((place, i) => {
    const name = `${i === 0 ? "ann" : "bob"}-late`;
    const options = { name, dataDir: scratch.join(name), within: lab.within(place) };
    return startClient({ ...options, server: `${HOST}:${LATE_PORT}`, args: ["--no-lobby"] });
  });
  if (ann === undefined || bob === undefined) throw new Error("There are two places");
  await Promise.all([ann, bob].map(async (client) => client.line({ type: "ready" })));
  await servers.get(LATE_PORT)?.[Symbol.asyncDispose]();

  const words = [say(ann, "@bob-late", "are you there?"), say(ann, "@bob-late", "and now?")];
  await serve(LATE_PORT);
  const backAtMs = performance.now();
  await delivered(ann, words[1] ?? "", "bob-late", { timeoutMs: 30_000 });

  console.log(`met ${Math.round(performance.now() - backAtMs)} ms after the server's return`);
  const heard = bob.lines.filter(({ type }) => type === "message").map(({ text }) => text);
  expect(heard).toEqual(["are you there?", "and now?"]);
  await Promise.all([ann, bob].map(async (client) => client[Symbol.asyncDispose]()));
});
