import { expect, test } from "bun:test";
import { parseIp } from "../../lib/base/address.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Lan } from "../../lib/io/lan.ts";
import { NetworkWatch } from "../../lib/io/networkwatch.ts";
import type { Found } from "../../lib/io/lantable.ts";
import { systemRandom } from "../../lib/io/random.ts";
import type { Interface } from "../../lib/node/machine.ts";
import { until } from "../support/until.ts";

const LOOPBACK: Interface = { name: "lo", ip: ip("127.0.0.1"), prefixBits: 8 };
const NOWHERE: Interface = { name: "none0", ip: ip("192.0.2.99"), prefixBits: 24 };

test("two find one another on a machine's loopback, and neither finds itself", async () => {
  await using ann = memberOf("ann", { port: 4001 });
  await using bob = memberOf("bob", { port: 4002 });

  await until(() => ann.found.length > 0 && bob.found.length > 0, "both are found");

  expect(ann.found[0]).toMatchObject({ role: "client", address: "127.0.0.1:4002" });
  expect(bob.found[0]).toMatchObject({ role: "client", address: "127.0.0.1:4001" });
  expect(new Set(ann.found.map(({ card }) => card.name))).toEqual(new Set(["bob"]));
  expect(ann.troubles).toEqual([]);
});

test("who only announces is found and tells of nobody", async () => {
  await using server = memberOf("server", { port: 3478, role: "server" });
  await using ann = memberOf("ann", { port: 4001 });

  await until(() => ann.found.length > 0, "the server is found");

  expect(ann.found[0]).toMatchObject({ role: "server", address: "127.0.0.1:3478" });
  expect(server.found).toEqual([]);
});

test("an interface that is not there is told of once, and the others are used", async () => {
  const interfaces = [NOWHERE, LOOPBACK];
  await using ann = memberOf("ann", { port: 4001, interfaces });

  await until(() => ann.troubles.length > 0, "the trouble is told");

  expect(ann.troubles).toEqual([expect.stringContaining("Cannot use multicast on none0: ")]);
});

interface Member extends AsyncDisposable {
  readonly found: readonly Found[];
  readonly troubles: readonly string[];
}

interface MemberOptions {
  readonly port: number;
  readonly role?: "client" | "server";
  readonly interfaces?: readonly Interface[];
}

function memberOf(name: string, options: MemberOptions): Member {
  const { port, role = "client", interfaces = [LOOPBACK] } = options;
  const { signing, noise } = identityFromSecret(systemRandom(64));
  const card = signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
  const found: Found[] = [];
  const troubles: string[] = [];
  const lan = new Lan({
    service: { role, card, port },
    host: undefined,
    found: role === "client" ? (it) => found.push(it) : undefined,
    onTrouble: (text) => troubles.push(text),
    clock: systemClock,
    random: systemRandom,
    network: new NetworkWatch({ clock: systemClock, interfaces: () => interfaces }),
  });
  lan.start();
  return { found, troubles, [Symbol.asyncDispose]: () => lan.close() };
}

function ip(text: string): Uint8Array {
  return parseIp(text) ?? new Uint8Array(0);
}
