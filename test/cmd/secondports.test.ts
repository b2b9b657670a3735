import { afterEach, expect, test } from "bun:test";
import { openSecondPorts } from "../../cmd/secondports.ts";
import { UdpSocket } from "../../lib/io/udp.ts";

const A = "127.0.0.1";
const B = "127.0.0.2";

const sockets: UdpSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function bind(host: string, port = 0): Promise<UdpSocket> {
  const socket = await UdpSocket.open({ host, port });
  sockets.push(socket);
  return socket;
}

/** A port whose successor is free at both addresses, and where A listens. */
async function bindFirst(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const { port } = await bind(A);
    try {
      const others = await Promise.all([bind(A, port + 1), bind(B, port + 1), bind(B, port)]);
      for (const socket of others) socket.close();
      return port;
    } catch {
      // Somebody else is there.
    }
  }
  throw new Error("Cannot find a free port");
}

async function open(...bound: { host: string; port: number }[]) {
  const second = await openSecondPorts(bound);
  sockets.push(...second.sockets);
  expect(second.sockets.map(({ port }) => port)).toEqual(second.bound.map(({ port }) => port));
  return second.bound;
}

test("a server's second port is the next one", async () => {
  const port = await bindFirst();

  expect(await open({ host: A, port })).toEqual([{ host: A, port: port + 1 }]);
});

test("on two addresses it is the same", async () => {
  const port = await bindFirst();

  expect(await open({ host: A, port }, { host: B, port })).toEqual([
    { host: A, port: port + 1 },
    { host: B, port: port + 1 },
  ]);
});

test("where the next one is taken on either address it is another, the same on both", async () => {
  const port = await bindFirst();
  await bind(B, port + 1);

  const [first, second, ...others] = await open({ host: A, port }, { host: B, port });

  expect(others).toEqual([]);
  expect(first).toEqual({ host: A, port: second?.port ?? 0 });
  expect(first?.port).not.toBe(port + 1);
});

test("the last port of all has a second one too", async () => {
  const [second] = await open({ host: A, port: 65_535 });

  expect(second?.port).toBeGreaterThan(0);
});

test("an address that has two ports already gets no third", async () => {
  expect(await open({ host: A, port: 4000 }, { host: A, port: 4002 })).toEqual([]);
});

test("an address that is not this machine's costs nobody anything", async () => {
  expect(await open({ host: "192.0.2.1", port: 4000 })).toEqual([]);
});
