import { afterAll, beforeAll, describe, expect } from "bun:test";
import { type Address, addressOf } from "../../lib/base/address.ts";
import type { NatReport } from "../../lib/wire/nat.ts";
import { hasLab, labTest } from "./labtest.ts";
import { type Kind, KIND_NAMES, NAT_KINDS } from "./natkinds.ts";
import { clientPlace, siteOf } from "./plan.ts";
import { Served, SERVED_PORT } from "./served.ts";
import { Surveyor } from "./surveyor.ts";
import { Topology } from "./topology.ts";

const SERVERS = siteOf("server").public;
const PORTS = [SERVED_PORT, SERVED_PORT + 1];

/** Those with an IPv4 address through which UDP passes. */
const KINDS = KIND_NAMES.filter((kind) => NAT_KINDS[kind].v4 !== undefined);

const reports = new Map<Kind, NatReport | undefined>();
let lab: Topology;
let served: Served;

/** All are surveyed at once: what takes time is to wait for what does not come. */
beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(...KINDS.map((kind) => clientPlace(kind, 1)));
  served = await Served.start(lab);
  await Promise.all(
    KINDS.map(async (kind) => {
      using surveyor = await Surveyor.begin(lab, clientPlace(kind, 1), observers());
      reports.set(kind, await surveyor.settled());
    }),
  );
}, 30_000);

afterAll(async () => {
  if (!hasLab) return;
  await served[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

describe.each(KINDS)("a survey behind %s", (kind) => {
  labTest("tells what its router does", 1000, async () => {
    const behaviour = NAT_KINDS[kind].v4;

    expect(reports.get(kind)).toMatchObject({
      mapping: behaviour?.mapping,
      compared: { ports: true, addresses: true },
      filtering: behaviour?.filtering,
      allocation: { kind: behaviour?.allocation },
      addresses: behaviour?.pooling === "any" ? "several" : "one",
      isTranslated: kind !== "open",
      isBlocked: false,
    });
  });
});

labTest("a survey finds the one router that is poisoned", 1000, async () => {
  const poisoned = KINDS.filter((kind) => reports.get(kind)?.poisons === true);

  expect(poisoned).toEqual(["poisoning"]);
});

labTest("a survey finds out where one meets by way of the router", 1000, async () => {
  expect(reports.get("hairpin")?.hairpin).toBe(true);
  expect(reports.get("no-hairpin")?.hairpin).toBe(false);
  expect(reports.get("port-restricted")?.hairpin).toBe(false);
});

function observers(): Address[] {
  const all = SERVERS.flatMap((ip) => PORTS.map((port) => addressOf(ip, port)));
  return all.filter((address) => address !== undefined);
}
