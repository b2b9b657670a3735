import { Glob } from "bun";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Address, parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemRandom } from "../../lib/io/random.ts";
import type { Connection } from "../../lib/node/connection.ts";
import type { EndpointEvent } from "../../lib/node/endpoint.ts";
import type { Card } from "../../lib/wire/card.ts";
import { RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import {
  decodeRequest,
  encodeAnswer,
  type RendezvousAnswer,
  type RendezvousRequest,
} from "../../lib/wire/rendezvous.ts";
import { ask, delivered, say, startClient } from "../support/chat.ts";
import { BINARY, Program } from "../support/program.ts";
import { Station } from "../support/station.ts";
import { until } from "../support/until.ts";
import { Rig } from "./rig.ts";

/** What no terminal, plain line or log may ever be sent. */
const HARMFUL = new RegExp(
  [
    "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f]",
    "[\\u202a-\\u202e\\u2066-\\u2069\\u2028\\u2029]",
  ].join("|"),
  "u",
);

/** Each begins with its own mark, so that it can be found whatever became of the rest. */
const HOSTILE = [
  "\u001b[2J\u001b[1;1H\u001b[31m cleared and painted",
  "\u001b]0;title\u0007 \u001b]8;;http://example.org\u001b\\link\u001b]52;c;ZXZpbA==\u0007",
  "\u009b2J \u009d0;title\u009c \u0090q\u009c",
  "back\b\b\b\b over\rwritten \u0000 \u007f \u000b \u000c",
  "two\nlines\r\n12:00 * bob connected, direct\u2028or\u2029more",
  "\u202etxet desrever\u202c \u2066isolated\u2069 \u200fmark\u200e \u061cmark",
  "split \u001b",
  "[31m in two",
  "a\u200db is no emoji",
].map((text, i) => `m${i} ${text}`);

const KEPT = "family 👩\u200d👩\u200d👧 tab\there";

test("no hostile text reaches a pipe, a terminal or a log, and JSON has it whole", async () => {
  await using rig = await Rig.start();
  const ann = await rig.client("ann", "--verbose", "--log-level", "trace");
  const dave = await rig.client("dave", "--verbose", "--log-level", "trace");
  const bob = plain(rig, "bob");
  const carol = onTerminal(rig, "carol");
  await Promise.all(["bob", "carol", "dave"].map((name) => present(ann, name)));

  for (const text of [...HOSTILE, KEPT]) {
    const room = say(ann, "#lobby", text);
    const direct = say(ann, "@bob", text);
    await Promise.all(["bob", "carol", "dave"].map((name) => delivered(ann, room, name)));
    await delivered(ann, direct, "bob");
  }
  await bob.text(/@ann ann: family/);
  await carol.text(/#lobby ann: family/);

  for (const [i, text] of HOSTILE.entries()) {
    const line = await dave.line({ type: "message", text });
    expect(line).toMatchObject({ room: "#lobby" });
    expect(linesWith(bob, `#lobby ann: m${i} `)).toHaveLength(1);
    expect(linesWith(bob, `@ann ann: m${i} `)).toHaveLength(1);
    expect(linesWith(carol, `#lobby ann: m${i} `)).toHaveLength(1);
  }
  expect(carol.stdout).toContain("\r\n");
  // The terminal itself ends lines with a return.
  for (const shown of [bob.stdout, carol.stdout.replaceAll("\r\n", "\n"), dave.stdout]) {
    expect(shown).not.toMatch(HARMFUL);
  }
  expect(bob.stdout).toContain("a\u0062 is no emoji");
  expect(bob.stdout).toContain("family 👩\u200d👩\u200d👧 tab here");
  expect(dave.stdout).toContain("m0 \\u001b[2J\\u001b[1;1H");
  expect(dave.stdout).toContain("m5 \\u202etxet desrever\\u202c");
  expectCleanLogs(rig, [ann, bob, carol, dave]);
});

test("what is typed is shown without it too, and heard whole", async () => {
  await using rig = await Rig.start();
  const ann = await rig.client("ann");
  const bob = plain(rig, "bob");
  await present(ann, "bob");
  const text = "typed \u001b[31mred\u202e";

  bob.write(
    `${text}\n/join #\u001b[2J\n/\u001b]0;x\u0007\n/msg @\u001b[2J hi\n/peer \u009b\nend\n`,
  );
  await ann.line({ type: "message", text });
  await bob.text(/you: end/);

  expect(linesWith(bob, "you: typed [31mred")).toHaveLength(1);
  expect(bob.stdout.match(/^[\d:]+ ! /gm)?.length).toBe(4);
  expect(bob.stdout).not.toMatch(HARMFUL);
  expectCleanLogs(rig, [ann, bob]);
});

const EVIL_NAMES = ["\u001b[2Jevil", "evil\u202e", "e\u200bvil", "two words", "new\nline", ""];

test("a server takes nobody in who has such a name", async () => {
  await using rig = await Rig.start();
  using stations = new DisposableStack();
  const open = async (name: string): Promise<Station> =>
    stations.use(await Station.open({ name, purpose: "peer" }));
  const liars = await Promise.all(EVIL_NAMES.map(open));
  const honest = await open("honest");

  for (const liar of liars) liar.greet(addressIn(rig.address));
  // A hello, and the card in answer to the challenge.
  await until(() => liars.every(({ sent }) => sent.length >= 2), "the liars introduce themselves");
  honest.greet(addressIn(rig.address));
  const log = (): string => readFileSync(rig.scratch.join("server", "p2pchat.jsonl"), "utf8");
  await until(() => log().includes('"client":"honest"'), "the honest one is let in");

  expect(liars.flatMap(({ events }) => events)).toEqual([]);
  expect(log().match(/"message":"come"/g)).toHaveLength(1);
});

test("a client meets no server that has such a name", async () => {
  await using rig = new Rig();
  using liar = await Station.open({ name: "\u001b[2J", purpose: "server" });

  const ann = rig.track(clientOf(rig, "ann", liar.address));
  // It asked again, as if the first challenge had not come.
  await until(() => liar.sent.length >= 2, "two challenges");

  expect(liar.events).toEqual([]);
  expect(ann.lines).toEqual([]);
});

test("a client believes no introduction and no listing that has such a name", async () => {
  await using rig = new Rig();
  using liar = await Station.open({ name: "liar", purpose: "server", onEvent: lie });

  const ann = rig.track(clientOf(rig, "ann", liar.address));
  await ann.line({ type: "ready", server: { address: liar.address } });
  const listed = await ask(ann, { type: "list" });
  await ann.line({ type: "peer", who: { name: "honest" } });

  expect(listed).toMatchObject({ clients: [{ number: 1, name: "honest" }] });
  expect(ann.lines.filter(({ type }) => type === "peer")).toHaveLength(1);
  expect(ann.stdout).not.toMatch(/evil|\\u001b/);
  expectCleanLogs(rig, [ann]);
});

/** Registers everybody, and has bad names to tell before each good one. */
function lie(station: Station, event: EndpointEvent): void {
  if (event.kind !== "messages") return;
  for (const message of event.messages) lieTo(station, event.connection, decodeRequest(message));
}

function lieTo(
  station: Station,
  connection: Connection,
  request: RendezvousRequest | undefined,
): void {
  const { card, path } = connection;
  const answer = (...answers: RendezvousAnswer[]): void => {
    for (const one of answers) station.send(card.peerId, RENDEZVOUS_CHANNEL, encodeAnswer(one));
  };
  const names = [...EVIL_NAMES, "honest"];
  if (request?.kind === "register") {
    answer({ kind: "registered", number: 1, observed: path.remote, observers: [], others: [] });
    const candidates = [station.address];
    answer(
      ...names.map((name, number) => {
        return { kind: "introduction", number, card: cardOf(name), candidates } as const;
      }),
    );
  } else if (request?.kind === "list") {
    const { peerId } = cardOf("honest");
    const entry = { number: 1, peerId, address: station.address };
    answer(
      ...names.map((name) => {
        const entries = [{ ...entry, name }];
        return { kind: "listing", request: request.request, entries, next: 0 } as const;
      }),
    );
  }
}

/** Signed by an identity of its own: nothing but the name is wrong. */
function cardOf(name: string): Card {
  const { signing, noise } = identityFromSecret(systemRandom(64));
  return signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
}

function clientOf(rig: Rig, name: string, server: string): Program {
  return startClient({ name, dataDir: rig.scratch.join(name), server });
}

function plainCommand(rig: Rig, name: string): string[] {
  const dataDir = rig.scratch.join(name);
  const flags = ["--name", name, "--data-dir", dataDir, "--server", rig.address];
  return [BINARY, "client", "--no-lan", "--plain", "--verbose", "--log-level", "trace", ...flags];
}

function plain(rig: Rig, name: string): Program {
  return rig.track(new Program(plainCommand(rig, name), { cwd: rig.scratch.path }));
}

/** Under util-linux's `script`, which gives it a terminal and hands on what it writes there. */
function onTerminal(rig: Rig, name: string): Program {
  const command = plainCommand(rig, name).join(" ");
  const script = ["script", "--quiet", "--flush", "--command", `${command} 2>/dev/null`];
  return rig.track(new Program([...script, "/dev/null"], { cwd: rig.scratch.path }));
}

async function present(to: Program, name: string): Promise<void> {
  await to.line({ type: "peer", state: "connected", who: { name } });
}

function linesWith(program: Program, words: string): string[] {
  return program.stdout.split("\n").filter((line) => line.includes(words));
}

/** All logs of everybody, and all that went to standard error. */
function expectCleanLogs(rig: Rig, programs: readonly Program[]): void {
  const files = [...new Glob("*/p2pchat.jsonl").scanSync({ cwd: rig.scratch.path })];
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(readFileSync(rig.scratch.join(file), "utf8")).not.toMatch(HARMFUL);
  }
  for (const { stderr } of programs) expect(stderr).not.toMatch(HARMFUL);
}

function addressIn(text: string): Address {
  const address = parseAddress(text);
  assert(address !== undefined, "a server says where it is");
  return address;
}
