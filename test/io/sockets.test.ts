import { afterEach, expect, test } from "bun:test";
import { addressOf, type Address } from "../../lib/base/address.ts";
import { Sockets } from "../../lib/io/sockets.ts";
import { type UdpOptions, UdpSocket } from "../../lib/io/udp.ts";
import type { SocketId, SocketState } from "../../lib/node/machine.ts";
import { until } from "./support/sockets.ts";

const opened: Sockets[] = [];

afterEach(() => {
  for (const sockets of opened.splice(0)) sockets.closeAll();
});

interface Kept {
  readonly sockets: Sockets;
  readonly states: [SocketId, SocketState][];
  readonly heard: [SocketId, number][];
  portOf(id: SocketId): number | undefined;
}

/** A main socket on loopback, and what comes of it and the others. */
async function keep(open?: () => Promise<UdpSocket>, tune?: UdpOptions["tune"]): Promise<Kept> {
  const tuned = tune === undefined ? {} : { tune };
  const bind = (port = 0): Promise<UdpSocket> => {
    return UdpSocket.open({ host: "127.0.0.1", port, ...tuned });
  };
  const states: [SocketId, SocketState][] = [];
  const heard: [SocketId, number][] = [];
  const sockets = new Sockets({
    bound: [await bind()],
    open: open ?? bind,
    handlers: {
      onDatagram: (id, _from, bytes) => heard.push([id, bytes[0] ?? -1]),
      onSendError: () => undefined,
      onState: (id, state) => states.push([id, state]),
    },
  });
  opened.push(sockets);
  sockets.start();
  const portOf = (id: SocketId): number | undefined =>
    states
      .map(([of, state]) => (of === id && state.step === "opened" ? state.port : 0))
      .find(Boolean);
  return { sockets, states, heard, portOf };
}

function loopback(port: number | undefined): Address {
  const address = addressOf("127.0.0.1", port ?? 0);
  if (address === undefined) throw new Error("No such port");
  return address;
}

test("a socket that was asked for is told with its port, and sends and hears", async () => {
  const ann = await keep();

  ann.sockets.open(7);
  await until(() => ann.portOf(7) !== undefined);
  ann.sockets.send({ socket: 7, to: loopback(ann.portOf(0)), bytes: Uint8Array.of(1) });
  ann.sockets.send({ socket: 0, to: loopback(ann.portOf(7)), bytes: Uint8Array.of(2) });
  ann.sockets.flush();
  await until(() => ann.heard.length === 2);

  expect(ann.heard.toSorted(([a], [b]) => a - b)).toEqual([
    [0, 1],
    [7, 2],
  ]);
  expect(ann.portOf(7)).not.toBe(ann.portOf(0));
});

test("one that is asked for with a port has it, and fails where that is taken", async () => {
  const ann = await keep();
  ann.sockets.open(1);
  await until(() => ann.portOf(1) !== undefined);
  const port = ann.portOf(1);
  ann.sockets.open(2, port);
  await until(() => ann.states.some(([id]) => id === 2));
  ann.sockets.close(1);
  ann.sockets.open(3, port);
  await until(() => ann.states.some(([id]) => id === 3));

  expect(ann.states.find(([id]) => id === 2)).toEqual([2, { step: "failed" }]);
  expect(ann.portOf(3)).toBe(port);
});

test("two hundred and fifty-six are there soon, each with a port of its own", async () => {
  const ann = await keep();

  for (let id = 1; id <= 256; id++) ann.sockets.open(id);
  await until(() => ann.states.length === 257);

  const ports = ann.states.map(([id]) => ann.portOf(id));
  expect(new Set(ports).size).toBe(257);
});

test("what was sent before a socket is closed leaves, and nothing is heard after", async () => {
  const ann = await keep();
  ann.sockets.open(1);
  await until(() => ann.portOf(1) !== undefined);

  ann.sockets.send({ socket: 1, to: loopback(ann.portOf(0)), bytes: Uint8Array.of(1) });
  ann.sockets.close(1);
  ann.sockets.send({ socket: 1, to: loopback(ann.portOf(0)), bytes: Uint8Array.of(2) });
  ann.sockets.flush();
  await until(() => ann.heard.length === 1);
  ann.sockets.send({ socket: 0, to: loopback(ann.portOf(1)), bytes: Uint8Array.of(3) });
  ann.sockets.flush();
  await Bun.sleep(20);

  expect(ann.heard).toEqual([[0, 1]]);
});

test("one that is closed before it is there is never told", async () => {
  const ann = await keep();

  ann.sockets.open(1);
  ann.sockets.close(1);
  await Bun.sleep(20);

  expect(ann.states.map(([id]) => id)).toEqual([0]);
});

test("one that cannot be bound is told as failed", async () => {
  const ann = await keep(() => Promise.reject(new Error("No ports left")));

  ann.sockets.open(1);
  await until(() => ann.states.length === 2);

  expect(ann.states[1]).toEqual([1, { step: "failed" }]);
});

test.each([
  ["set by the descriptor", undefined],
  ["set by Bun, where there is none", () => undefined],
] as const)("a datagram of few hops leaves by itself, in its turn: %s", async (_, tune) => {
  const ann = await keep(undefined, tune);
  const bob = await keep();
  const to = loopback(bob.portOf(0));

  for (const [byte, ttl] of [[1], [2, 1], [3], [4, 255], [5]] as const) {
    const hops = ttl === undefined ? {} : { ttl };
    ann.sockets.send({ socket: 0, to, bytes: Uint8Array.of(byte), ...hops });
  }
  ann.sockets.flush();
  await until(() => bob.heard.length === 5);

  expect(bob.heard.map(([, byte]) => byte)).toEqual([1, 2, 3, 4, 5]);
});
