import { afterEach, expect, test } from "bun:test";
import { Writer } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/io/clock.ts";
import { NetworkWatch } from "../../../lib/io/networkwatch.ts";
import type { Gateway } from "../../../lib/io/portmap/gateways.ts";
import { PortMapper, type PortMapperOptions } from "../../../lib/io/portmap/portmapper.ts";
import type { Interface } from "../../../lib/node/machine.ts";
import { until } from "../../support/until.ts";
import {
  type Behaviour,
  FakeRouter,
  FORGER_HOST,
  LOOPBACK,
  ROUTER_HOST,
  SECOND_HOST,
} from "./fakerouter.ts";

const PORT = 40_000;
const MAPPED = "93.184.216.34:40000";

/** The least that goes: the lifetimes of the protocols are whole seconds. */
const TIMING = { leaseMs: 7_200_000, askMsMin: 50, retryMsMin: 100, checkMs: 60_000 };

const opened: (FakeRouter | PortMapper)[] = [];

afterEach(async () => {
  for (const it of opened.splice(0)) {
    if (it instanceof PortMapper) await it.close();
    else it[Symbol.dispose]();
  }
});

interface Rig {
  readonly router: FakeRouter;
  readonly mapper: PortMapper;
  /** "mapped ADDRESS PROTOCOL" and "lost ADDRESS", in order. */
  readonly told: string[];
  readonly why: string[];
}

async function rig(
  behaviour: Partial<Behaviour>,
  options: Partial<PortMapperOptions> = {},
): Promise<Rig> {
  const router = await FakeRouter.open(behaviour);
  const told: string[] = [];
  const why: string[] = [];
  const mapper = PortMapper.open({
    port: PORT,
    network: new NetworkWatch({ clock: systemClock, pollMs: 5 }),
    gateways: () => [LOOPBACK],
    controlPort: router.port,
    upnpMsMax: 300,
    onMapped: (address, protocol) => told.push(`mapped ${address} ${protocol}`),
    onLost: (address) => told.push(`lost ${address}`),
    log: (_level, message, fields) =>
      why.push(`${message}: ${fields["protocol"]} ${fields["why"]}`),
    ...options,
    timing: { ...TIMING, ...options.timing },
  });
  opened.push(mapper, router);
  return { router, mapper, told, why };
}

test("a port is mapped by PCP for two hours, and by that alone", async () => {
  const { router, told } = await rig({ pcp: "speaks", natPmp: "speaks" });

  await until(() => told.length > 0, "another word");

  expect(told).toEqual([`mapped ${MAPPED} PCP`]);
  expect(router.asked).toEqual([
    { protocol: "PCP", lifetimeS: 7200, internalPort: PORT, externalPort: PORT },
  ]);
});

test("a router that knows NAT-PMP alone maps by it", async () => {
  const { told } = await rig({ natPmp: "speaks" });

  await until(() => told.length > 0, "another word");

  expect(told).toEqual([`mapped ${MAPPED} NAT-PMP`]);
});

test("a router that keeps silent about PCP is asked by NAT-PMP soon", async () => {
  const began = performance.now();
  const { told } = await rig({ pcp: "silent", natPmp: "speaks" });

  await until(() => told.length > 0, "another word");

  expect(told).toEqual([`mapped ${MAPPED} NAT-PMP`]);
  expect(performance.now() - began).toBeGreaterThan(240);
});

test("where the router gives another port, that is told and asked for again", async () => {
  const { router, told } = await rig({ pcp: "speaks", portOffset: 7, lifetimeS: 1 });

  await until(() => told.length > 0, "another word");
  router.behaviour.portOffset = 0;
  await until(() => router.asked.length > 1, "another question");

  expect(told).toEqual(["mapped 93.184.216.34:40007 PCP"]);
  expect(router.asked[1]?.externalPort).toBe(40_007);
});

test("a mapping is renewed at half of what was granted, and told once", async () => {
  const { router, told } = await rig({ pcp: "speaks", lifetimeS: 1 });
  await until(() => router.asked.length === 1, "another question");
  const began = performance.now();

  await until(() => router.asked.length === 2, "another question");

  expect(performance.now() - began).toBeGreaterThan(450);
  expect(performance.now() - began).toBeLessThan(950);
  expect(told).toEqual([`mapped ${MAPPED} PCP`]);
});

test("a mapping that is renewed no more is lost when its time has come", async () => {
  const { router, told } = await rig({ pcp: "speaks", lifetimeS: 1 });
  await until(() => told.length === 1, "another word");

  router.behaviour.pcp = "refuses";
  await until(() => told.length === 2, "another word");

  expect(told[1]).toBe(`lost ${MAPPED}`);
});

for (const [protocol, behaviour] of [
  ["PCP", { pcp: "speaks" }],
  ["NAT-PMP", { natPmp: "speaks" }],
] as const) {
  test(`a router that begins anew is asked for the mapping again, by ${protocol}`, async () => {
    const { router, told } = await rig(behaviour, { timing: { checkMs: 40 } });
    await until(() => told.length === 1, "another word");

    router.behaviour.epochS = 3;
    router.behaviour.portOffset = 5;
    await until(() => told.length === 3, "another word");

    expect(told.slice(1)).toEqual([`lost ${MAPPED}`, `mapped 93.184.216.34:40005 ${protocol}`]);
  });
}

test("a router that begins anew and maps the same is not told of", async () => {
  const { router, told } = await rig({ pcp: "speaks" }, { timing: { checkMs: 40 } });
  await until(() => router.asked.length === 1, "another question");

  router.behaviour.epochS = 3;
  await until(() => router.asked.length === 2, "another question");

  expect(told).toEqual([`mapped ${MAPPED} PCP`]);
});

test("a router that says it has begun anew is asked, and nobody else is believed", async () => {
  const port = await freePort();
  const { router, told } = await rig({ pcp: "speaks" }, { announcementPort: port });
  await until(() => told.length === 1, "another word");
  router.behaviour.externalIp = [93, 184, 216, 35];
  router.behaviour.epochS = 3;

  await announce(port, FORGER_HOST);
  await Bun.sleep(50);
  expect(router.asked).toHaveLength(1);
  await announce(port, ROUTER_HOST);
  await until(() => told.length === 3, "another word");

  expect(told[2]).toBe("mapped 93.184.216.35:40000 PCP");
});

test("announcements without end are a reason to ask once", async () => {
  const port = await freePort();
  const { router, told } = await rig({ pcp: "speaks" }, { announcementPort: port });
  await until(() => told.length === 1, "another word");

  for (let i = 0; i < 20; i += 1) {
    router.behaviour.epochS += 10_000;
    await announce(port, ROUTER_HOST);
    await Bun.sleep(10);
  }

  expect(router.asked).toHaveLength(2);
});

test("a router's new external address is noticed between renewals", async () => {
  const { router, told } = await rig({ natPmp: "speaks" }, { timing: { checkMs: 40 } });
  await until(() => told.length === 1, "another word");

  router.behaviour.externalIp = [93, 184, 216, 35];
  await until(() => told.length === 3, "another word");

  expect(told[2]).toBe("mapped 93.184.216.35:40000 NAT-PMP");
});

test("the address that a carrier gives its routers counts, that of nobody does not", async () => {
  const { told } = await rig({ pcp: "speaks", externalIp: [100, 64, 0, 9] });
  const nobody = await rig({ pcp: "speaks", natPmp: "speaks", externalIp: [0, 0, 0, 0] });

  await until(() => told.length === 1 && nobody.why.length > 1, "another word");

  expect(told).toEqual(["mapped 100.64.0.9:40000 PCP"]);
  expect(nobody.told).toEqual([]);
});

test("why a router maps nothing is noted, for each protocol, and asked again later", async () => {
  const { router, told, why } = await rig({ pcp: "refuses", natPmp: "refuses" });
  await until(() => why.length >= 2, "another word");
  expect(why).toContain("port not mapped: PCP the router has no more room");
  expect(why).toContain("port not mapped: NAT-PMP the router does not allow it");
  expect(told).toEqual([]);

  router.behaviour.pcp = "speaks";
  await until(() => told.length === 1, "another word");
  expect(told).toEqual([`mapped ${MAPPED} PCP`]);
});

test("a mapping is removed at the end, and the end is not held up", async () => {
  const { router, mapper, told } = await rig({ pcp: "speaks" });
  await until(() => told.length === 1, "another word");
  const began = performance.now();

  await mapper.close();

  expect(performance.now() - began).toBeLessThan(250);
  expect(router.asked.at(-1)).toEqual({
    protocol: "PCP",
    lifetimeS: 0,
    internalPort: PORT,
    externalPort: 0,
  });
  expect(told).toEqual([`mapped ${MAPPED} PCP`, `lost ${MAPPED}`]);
});

test("a router that has gone silent holds up the end for 300 ms at most", async () => {
  const { router, mapper, told } = await rig({ pcp: "speaks" });
  await until(() => told.length === 1, "another word");
  router.behaviour.pcp = "silent";
  const began = performance.now();

  await mapper.close();

  expect(performance.now() - began).toBeLessThan(600);
});

test("where nobody answers, the end comes at once", async () => {
  const { mapper } = await rig({ pcp: "silent" });
  const began = performance.now();

  await mapper.close();

  expect(performance.now() - began).toBeLessThan(250);
});

test("on another network the old mapping is lost and the new router asked", async () => {
  let gateways: readonly Gateway[] = [LOOPBACK];
  let interfaces: readonly Interface[] = [];
  const network = new NetworkWatch({
    clock: systemClock,
    interfaces: () => interfaces,
    pollMs: 5,
  });
  const { router, told } = await rig({ pcp: "speaks" }, { gateways: () => gateways, network });
  await until(() => told.length === 1, "another word");

  gateways = [{ ...LOOPBACK, interfaceName: "lo1" }];
  interfaces = [{ name: "lo1", ip: Uint8Array.of(127, 0, 0, 1), prefixBits: 8 }];
  router.behaviour.externalIp = [93, 184, 216, 35];
  await until(() => told.length === 3, "another word");

  expect(told.toSorted()).toEqual([
    `lost ${MAPPED}`,
    `mapped ${MAPPED} PCP`,
    "mapped 93.184.216.35:40000 PCP",
  ]);
});

test("an answer from anybody but the router is none", async () => {
  const { router, told, why } = await rig({ pcp: "speaks", natPmp: "speaks", isForged: true });
  await until(() => router.asked.length > 0, "another question");
  router.behaviour.natPmp = "silent";

  router.behaviour.externalIp = [93, 184, 216, 35];
  router.behaviour.isForged = false;
  await until(() => told.length > 0, "another word");

  expect(told).toEqual(["mapped 93.184.216.35:40000 PCP"]);
  expect(why.filter((line) => line.startsWith("port not mapped: PCP"))).toEqual([]);
});

test("an answer about another mapping is none", async () => {
  const { router, told } = await rig({ pcp: "speaks", natPmp: "speaks", isAstray: true });
  await until(() => router.asked.length > 2, "another question");
  expect(told).toEqual([]);

  router.behaviour.isAstray = false;
  await until(() => told.length > 0, "another word");

  expect(told).toHaveLength(1);
});

test("each router of a machine with several is asked", async () => {
  const second = { ...LOOPBACK, interfaceName: "lo1", ip: Uint8Array.of(127, 0, 0, 3) };
  const { router, told } = await rig({ pcp: "speaks" }, { gateways: () => [LOOPBACK, second] });
  const other = { pcp: "speaks", externalIp: [100, 64, 0, 9] } as const;
  opened.push(await FakeRouter.open(other, { hostname: SECOND_HOST, port: router.port }));

  await until(() => told.length === 2, "another word");

  expect(told.toSorted()).toEqual(["mapped 100.64.0.9:40000 PCP", `mapped ${MAPPED} PCP`]);
});

test("a port that listens at one address is mapped on that address's router alone", async () => {
  const elsewhere = { ...LOOPBACK, interfaceName: "lo1", ownIp: Uint8Array.of(127, 0, 0, 9) };
  const gateways = () => [elsewhere, LOOPBACK];
  const { router, told } = await rig({ pcp: "speaks" }, { gateways, host: "127.0.0.1" });

  await until(() => told.length === 1, "another word");

  expect(router.asked).toHaveLength(1);
});

test("a mapping that is granted for no time is none", async () => {
  const { told, why } = await rig({ pcp: "speaks", natPmp: "speaks", lifetimeS: 0 });

  await until(() => why.length >= 2, "another word");

  expect(told).toEqual([]);
});

async function freePort(): Promise<number> {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1" });
  const { port } = socket;
  socket.close();
  return port;
}

/** RFC 6887 §14.1.1, from an address of the loopback network. */
async function announce(port: number, hostname: string): Promise<void> {
  const socket = await Bun.udpSocket({ hostname });
  socket.send(new Writer(24).u8(2).u8(0x80).zeros(22).finish(), port, "127.0.0.1");
  socket.close();
}
