import { afterEach, beforeEach, expect, test } from "bun:test";
import { UpnpClient } from "../../../lib/io/portmap/upnpclient.ts";
import { seeded } from "../../crypto/seeded.ts";
import { FakeIgd } from "./fakeigd.ts";
import { LOOPBACK } from "./fakerouter.ts";

const PORT = 40_000;
const LEASE_MS = 7_200_000;
const WAIT_MS = 2000;
const NOW = Promise.resolve();
const ALWAYS = new AbortController().signal;

let router: FakeIgd;

beforeEach(async () => {
  router = await FakeIgd.open();
});

afterEach(() => {
  router[Symbol.dispose]();
});

function open(): UpnpClient {
  return new UpnpClient(LOOPBACK, { port: PORT, random: seeded(1), now: () => 0 }, WAIT_MS);
}

function named(name: string) {
  return router.actions.filter((action) => action.name === name);
}

test("a port is mapped for as long as is asked for", async () => {
  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(JSON.stringify(answer)).toBe(
    JSON.stringify({ kind: "granted", address: "93.184.216.34:40000", leaseMs: LEASE_MS }),
  );
  expect(named("AddPortMapping")).toEqual([
    { name: "AddPortMapping", externalPort: PORT, leaseS: 7200, from: "127.0.0.1" },
  ]);
});

test("nothing is mapped before it is its turn, nor after the signal", async () => {
  const turn = Promise.withResolvers<void>();
  const end = new AbortController();
  const answer = open().ask(LEASE_MS, turn.promise, end.signal);

  end.abort();
  turn.resolve();

  expect((await answer).kind).toBe("refused");
  expect(named("AddPortMapping")).toEqual([]);
});

test("where somebody else has the port, another is asked for", async () => {
  router.fault = ({ name, externalPort }) =>
    name === "AddPortMapping" && externalPort === PORT ? 718 : 0;

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  const ports = named("AddPortMapping").map(({ externalPort }) => externalPort);
  expect(ports).toHaveLength(2);
  expect(answer.kind === "granted" && String(answer.address)).toBe(`93.184.216.34:${ports[1]}`);
});

test("where somebody else has every port, that is an answer", async () => {
  router.fault = ({ name }) => (name === "AddPortMapping" ? 718 : 0);

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(answer).toEqual({ kind: "refused", why: "others have the ports" });
  expect(named("AddPortMapping").length).toBeLessThan(6);
});

test("a router that knows no leases is given none, and asked again all the same", async () => {
  router.fault = ({ name, leaseS }) => (name === "AddPortMapping" && leaseS !== 0 ? 725 : 0);

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(answer.kind === "granted" && answer.leaseMs).toBe(LEASE_MS);
  expect(named("AddPortMapping").map(({ leaseS }) => leaseS)).toEqual([7200, 0]);
});

test("a router that does not allow it says why", async () => {
  router.fault = ({ name }) => (name === "AddPortMapping" ? 606 : 0);

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(answer).toEqual({ kind: "refused", why: "the router does not allow it" });
});

test("a router without an address outside is none", async () => {
  router.externalIp = "0.0.0.0";

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(answer).toEqual({ kind: "refused", why: "no answer" });
});

test("a mapping is there until the router says that it is not", async () => {
  const client = open();
  await client.ask(LEASE_MS, NOW, ALWAYS);
  expect(await client.check(ALWAYS)).toBe(true);

  router.fault = ({ name }) => (name === "GetSpecificPortMappingEntry" ? 714 : 0);

  expect(await client.check(ALWAYS)).toBe(false);
});

test("a mapping is not there when the router has another address", async () => {
  const client = open();
  await client.ask(LEASE_MS, NOW, ALWAYS);

  router.externalIp = "93.184.216.35";

  expect(await client.check(ALWAYS)).toBe(false);
});

test("a mapping is removed once", async () => {
  const client = open();
  await client.ask(LEASE_MS, NOW, ALWAYS);

  await client.release(ALWAYS);
  await client.release(ALWAYS);

  expect(named("DeletePortMapping")).toEqual([
    { name: "DeletePortMapping", externalPort: PORT, leaseS: undefined, from: "127.0.0.1" },
  ]);
});

test("what another host has is neither fetched nor asked", async () => {
  let isAsked = false;
  using elsewhere = Bun.serve({
    hostname: "127.0.0.3",
    port: 0,
    fetch: () => {
      isAsked = true;
      return new Response("");
    },
  });
  const url = `http://127.0.0.3:${elsewhere.port}/`;
  router.description = () => Response.redirect(url, 302);

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(answer).toEqual({ kind: "refused", why: "no answer" });
  expect(isAsked).toBe(false);
});

test("the router is asked from the address that it is to map to", async () => {
  const ownIp = Uint8Array.of(127, 0, 0, 9);
  const wish = { port: PORT, random: seeded(1), now: () => 0 };

  await new UpnpClient({ ...LOOPBACK, ownIp }, wish, WAIT_MS).ask(LEASE_MS, NOW, ALWAYS);

  expect(named("AddPortMapping").map(({ from }) => from)).toEqual(["127.0.0.9"]);
});

test("an endless description is cut off", async () => {
  const piece = new Uint8Array(16_384);
  let sent = 0;
  router.description = () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += piece.length;
        controller.enqueue(piece);
      },
    });
    return new Response(body);
  };

  const answer = await open().ask(LEASE_MS, NOW, ALWAYS);

  expect(answer).toEqual({ kind: "refused", why: "no answer" });
  expect(sent).toBeLessThan(32_000_000);
});

test("a proxy of the environment is not asked about the router", async () => {
  const before = process.env["HTTP_PROXY"];
  process.env["HTTP_PROXY"] = "http://127.0.0.1:9";
  try {
    expect((await open().ask(LEASE_MS, NOW, ALWAYS)).kind).toBe("granted");
  } finally {
    if (before === undefined) delete process.env["HTTP_PROXY"];
    else process.env["HTTP_PROXY"] = before;
  }
});
