import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { encodeStun } from "../../lib/wire/stun.ts";
import { Prng } from "./prng.ts";
import { Probe } from "./probe.ts";
import { simulate } from "./scenario.ts";
import { siteOf } from "./site.ts";

test("the server answers STUN from two ports of two addresses, as asked", () => {
  const sim = simulate(1);
  const { host } = sim.server();
  const client = new Probe(sim.world, "client");
  const [one, other] = host.attachments.map(({ ip }) => ip);

  for (const [ip, port] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const) {
    ask(sim.serverAddress(), { ip, port });
  }

  const from = client.heard.map((heard) => heard.from);
  expect(from).toEqual([
    `${one}:3478`,
    `${one}:3479`,
    `${other}:3478`,
    `${other}:3479`,
  ] as Address[]);

  function ask(to: Address | undefined, change: { ip: boolean; port: boolean }): void {
    if (to === undefined) throw new Error("There is a server");
    const transaction = new Uint8Array(12);
    const rest = { responsePort: undefined, isPadded: true, unknown: [] };
    const bytes = encodeStun({ kind: "request", transaction, change, ...rest });
    const { host: sender, port } = client.process;
    sim.world.send(sender, { ip: undefined, port }, to, bytes);
    sim.world.runFor(100);
  }
});

test("people meet by IPv6 alone, through the firewalls of both", () => {
  const sim = simulate(1);
  sim.server();
  const prng = new Prng(1, "homes");
  const [ann, bob] = ["ann", "bob"].map((name) => {
    const { routers, families } = siteOf(sim, "firewall6", prng);
    return sim.client(name, { behind: routers[0], families });
  });
  if (ann === undefined || bob === undefined) throw new Error("Two are there");

  expect(sim.gather([ann, bob])).toBe(true);
  ann.say("#lobby", "by six");
  sim.world.runFor(1_000);

  expect(bob.heard(ann)).toEqual(["by six"]);
  sim.check();
});
