import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { addressOf, type Address } from "../../lib/base/address.ts";
import { tuneSocket } from "../../lib/io/sockopts.ts";
import { PENDING_DATAGRAMS_MAX, UdpSocket } from "../../lib/io/udp.ts";
import { SKIPPED } from "../support/tally.ts";
import type { Narrow } from "./support/narrow.ts";
import type { Shaped } from "./support/shaped.ts";
import { type Opened, openSocket, until } from "./support/sockets.ts";

const opened: UdpSocket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

const open = async (...args: Parameters<typeof openSocket>): Promise<Opened> => {
  const socket = await openSocket(...args);
  opened.push(socket.socket);
  return socket;
};

const UNTUNED = { tune: () => undefined };

function at(host: string, port: number): Address {
  const address = addressOf(host, port);
  if (address === undefined) throw new Error(`Not an address: ${host}`);
  return address;
}

/** The port of a socket that is closed again. */
async function closedPort(): Promise<number> {
  const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 });
  socket.close();
  return socket.port;
}

test("one socket hears IPv4 and IPv6, and names IPv4 senders without their mapping", async () => {
  const ann = await open();
  const four = await open("127.0.0.1");
  const six = await open("::1");

  for (const [bob, host] of [
    [four, "127.0.0.1"],
    [six, "::1"],
  ] as const) {
    bob.socket.send(at(host, ann.socket.port), Uint8Array.of(1));
    bob.socket.flush();
  }
  await until(() => ann.heard.length === 2);

  expect(ann.heard.map(({ from }) => from).toSorted()).toEqual(
    [at("127.0.0.1", four.socket.port), at("::1", six.socket.port)].toSorted(),
  );
});

test("a dual socket sends to IPv4 and IPv6 alike", async () => {
  const ann = await open();
  const four = await open("127.0.0.1");
  const six = await open("::1");

  ann.socket.send(at("127.0.0.1", four.socket.port), Uint8Array.of(4));
  ann.socket.send(at("::1", six.socket.port), Uint8Array.of(6));
  ann.socket.flush();
  await until(() => four.heard.length + six.heard.length === 2);

  expect(four.heard[0]?.bytes).toEqual(Uint8Array.of(4));
  expect(six.heard[0]?.bytes).toEqual(Uint8Array.of(6));
});

test("nothing leaves before flush, and then everything does, in order", async () => {
  const ann = await open();
  const bob = await open("127.0.0.1");

  for (let i = 0; i < 100; i++) {
    ann.socket.send(at("127.0.0.1", bob.socket.port), Uint8Array.of(i));
  }
  await Bun.sleep(5);
  const early = bob.heard.length;
  ann.socket.flush();
  await until(() => bob.heard.length === 100);

  expect(early).toBe(0);
  expect(bob.heard.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test.each([
  ["a tuned socket", undefined, {}],
  ["an IPv4 socket that hears ICMP", "127.0.0.1", UNTUNED],
  ["a dual socket that hears ICMP", undefined, UNTUNED],
])("closed ports take nothing from healthy peers: %s", async (_name, host, options) => {
  const ann = await open(host, options);
  const bob = await open("127.0.0.1");
  const dead = at("127.0.0.1", await closedPort());

  for (let i = 0; i < 20; i++) {
    for (const to of [dead, at("127.0.0.1", bob.socket.port), dead]) {
      ann.socket.send(to, Uint8Array.of(i));
      if (i % 2 === 0) ann.socket.flush();
    }
    ann.socket.flush();
    await Bun.sleep(1);
  }
  await until(() => bob.heard.length >= 20);

  expect(bob.heard.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test.each([
  ["longer than a datagram can be", undefined, "127.0.0.1", 65_600, "too-big"],
  ["to the other kind of address", "127.0.0.1", "::1", 9, "unreachable"],
  ["to everybody", "127.0.0.1", "255.255.255.255", 9, "refused|unreachable"],
])("what cannot be sent is told, and the rest leaves: %s", async (_name, host, to, size, error) => {
  const ann = await open(host);
  const bob = await open("127.0.0.1");
  const healthy = at("127.0.0.1", bob.socket.port);

  ann.socket.send(healthy, Uint8Array.of(1));
  ann.socket.send(at(to, 9), new Uint8Array(size));
  ann.socket.send(healthy, Uint8Array.of(2));
  ann.socket.flush();
  await until(() => bob.heard.length === 2);

  expect(bob.heard.map(({ bytes }) => bytes[0])).toEqual([1, 2]);
  expect(ann.errors).toHaveLength(1);
  expect(ann.errors[0]?.to).toBe(at(to, 9));
  expect(ann.errors[0]?.sizeBytes).toBe(size);
  expect(error.split("|")).toContain(ann.errors[0]?.error ?? "nothing");
});

/** 34 full datagrams and the rest of them to each, as bulk data makes them, and some odd ones. */
const BURST = [...Array.from({ length: 34 }, () => 1200), 700, 50, 1200, 1200, 0, 3, 900, 901, 1];

test.each([
  ["IPv4", "127.0.0.1", {}],
  ["IPv4 from a dual socket", undefined, {}],
  ["IPv6", undefined, {}],
  ["an untuned socket", "127.0.0.1", UNTUNED],
])(
  "a burst to several peers is cut nowhere and leaves in order: %s",
  async (kind, host, options) => {
    const ip = kind === "IPv6" ? "::1" : "127.0.0.1";
    const ann = await open(host, options);
    const bob = await open(ip);
    const carol = await open(ip);

    for (let round = 0; round < 3; round++) {
      for (const [i, size] of BURST.entries()) {
        for (const peer of i % 5 === 0 ? [bob, carol] : [bob])
          ann.socket.send(at(ip, peer.socket.port), new Uint8Array(size).fill(i));
      }
    }
    ann.socket.flush();
    const toCarol = BURST.filter((_, i) => i % 5 === 0);
    await until(
      () => bob.heard.length + carol.heard.length === 3 * (BURST.length + toCarol.length),
    );

    const heard = bob.heard.map(({ bytes }) => bytes);
    const sent = BURST.map((size, i) => new Uint8Array(size).fill(i));
    expect(heard).toEqual([...sent, ...sent, ...sent]);
    expect(carol.heard.map(({ bytes }) => bytes.length)).toEqual([
      ...toCarol,
      ...toCarol,
      ...toCarol,
    ]);
    expect(ann.errors).toEqual([]);
  },
);

test("a kernel that refuses to cut a burst is asked once, and all of it arrives", async () => {
  const asked: number[] = [];
  const ann = await open("127.0.0.1", {
    tune: (fd) => {
      const tuned = tuneSocket(fd);
      const set = tuned?.setSegmentBytes;
      if (tuned === undefined || set === undefined) return undefined;
      const setWrong = (bytes: number): void => {
        asked.push(bytes);
        // More than 128 segments make it answer EINVAL.
        set(bytes === 0 ? 0 : 1);
      };
      return { ...tuned, setSegmentBytes: setWrong };
    },
  });
  const bob = await open("127.0.0.1");

  for (let i = 0; i < 60; i++) {
    ann.socket.send(at("127.0.0.1", bob.socket.port), new Uint8Array(1000).fill(i));
    if (i % 20 === 19) ann.socket.flush();
  }
  await until(() => bob.heard.length === 60);

  expect(bob.heard.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 60 }, (_, i) => i));
  expect(bob.heard.every(({ bytes }) => bytes.length === 1000)).toBe(true);
  expect(ann.errors).toEqual([]);
  if (ann.socket.receiveBufferBytes !== undefined) expect(asked).toEqual([1000, 0]);
});

test("the receive buffer holds what it says while nobody reads", async () => {
  const ann = await open("127.0.0.1");
  const bob = await open("127.0.0.1");
  const { receiveBufferBytes = 212_992 } = bob.socket;
  // A third more than each takes here.
  const count = Math.floor(receiveBufferBytes / 3072);

  for (let i = 0; i < count; i++) {
    ann.socket.send(at("127.0.0.1", bob.socket.port), new Uint8Array(1200));
    if (i % 30 === 29) ann.socket.flush();
  }
  ann.socket.flush();
  await until(() => bob.heard.length === count);

  expect(count).toBeGreaterThanOrEqual(69);
});

test("an empty datagram and the largest one arrive whole", async () => {
  const ann = await open("127.0.0.1");
  const bob = await open("127.0.0.1");
  const largest = new Uint8Array(65_507).map((_, i) => i);

  ann.socket.send(at("127.0.0.1", bob.socket.port), new Uint8Array(0));
  ann.socket.send(at("127.0.0.1", bob.socket.port), largest);
  ann.socket.flush();
  await until(() => bob.heard.length === 2);

  expect(bob.heard.map(({ bytes }) => bytes)).toEqual([new Uint8Array(0), largest]);
});

test.each([
  ["all addresses", undefined, "address already in use", ""],
  ["one address", "127.0.0.1", "address already in use", " on 127.0.0.1"],
])("a port in use is refused in words: %s", async (_name, host, words, where) => {
  const ann = await open(host);
  const again = UdpSocket.open({ host, port: ann.socket.port });

  await expect(again).rejects.toMatchObject({
    message: `Cannot bind UDP port ${ann.socket.port}${where}: ${words}`,
    exitCode: 1,
  });
});

test("another machine's address is refused in words", async () => {
  const foreign = UdpSocket.open({ host: "192.0.2.1", port: 5000 });

  await expect(foreign).rejects.toThrow(
    "Cannot bind UDP port 5000 on 192.0.2.1: this machine has no such address",
  );
});

test("a closed socket takes what is sent and does nothing", async () => {
  const ann = await open();

  ann.socket.close();
  ann.socket.send(at("127.0.0.1", 9), Uint8Array.of(1));
  ann.socket.flush();
  ann.socket.close();

  expect(ann.errors).toEqual([]);
});

/** What a script of `support` prints in a network of its own that is made so. */
function runInNetwork(setUp: string, script: string, ...args: string[]): unknown {
  const child = [process.execPath, join(import.meta.dir, "support", script), ...args];
  const run = Bun.spawnSync(
    ["unshare", "-rn", "sh", "-c", `${setUp} && exec "$0" "$@"`, ...child],
    { stderr: "ignore" },
  );
  return run.exitCode === 0 ? JSON.parse(run.stdout.toString()) : undefined;
}

/** Runs a burst over a loopback of 40 Mbit/s. */
function sendShaped(count: number): Shaped | undefined {
  const shape =
    "ip link set lo up && tc qdisc add dev lo root tbf rate 40mbit burst 16kb limit 9mb";
  return runInNetwork(shape, "shaped.ts", `${count}`) as Shaped | undefined;
}

/** Sends datagrams of some sizes over a loopback of 1400 bytes, whose routes claim 1300. */
function sendNarrow(host: string, to: string, sizes: readonly number[]): Narrow | undefined {
  const narrow =
    "ip link set lo mtu 1400 up && ip route replace local 127.0.0.1 dev lo table local mtu 1300";
  return runInNetwork(narrow, "narrow.ts", host, to, ...sizes.map(String)) as Narrow | undefined;
}

const canNarrow = Bun.which("unshare") !== null && sendNarrow("::", "::1", []) !== undefined;
const whyWide = canNarrow ? "" : `${SKIPPED}unshare or ip cannot make a network here`;

test.skipIf(!canNarrow).each([
  ["IPv4", "127.0.0.1", "127.0.0.1", 28],
  ["IPv4 from a dual socket", "::", "127.0.0.1", 28],
  ["IPv6", "::1", "::1", 48],
])(`nothing is fragmented, and only the interface says what fits: %s${whyWide}`, (...row) => {
  const [, host, to, headerBytes] = row;
  const fitting = 1400 - headerBytes;

  const big = fitting + 1;
  const narrow = sendNarrow(host, to, [fitting, fitting, big, 1200, 65_000, big, big, 99, 1200]);

  expect(narrow).toEqual({
    heard: [fitting, fitting, 1200, 99, 1200],
    errors: [big, 65_000, big, big].map((size) => `too-big ${size}`),
  });
});

const canShape = Bun.which("unshare") !== null && sendShaped(1) !== undefined;
const why = canShape ? "" : `${SKIPPED}unshare or tc cannot shape a loopback here`;

test.skipIf(!canShape)(
  `a full send buffer is told, and nothing that may wait is lost${why}`,
  () => {
    const shaped = sendShaped(600);

    expect(shaped).toMatchObject({ heard: 600, isInOrder: true, dropped: 0 });
    expect(shaped?.states[0]).toBe("blocked");
    expect(shaped?.states.at(-1)).toBe("writable");
  },
);

test.skipIf(!canShape)(`behind a full send buffer only so many datagrams wait${why}`, () => {
  const shaped = sendShaped(PENDING_DATAGRAMS_MAX + 1000);

  expect(shaped?.dropped).toBeGreaterThan(0);
  expect(shaped?.heard).toBeGreaterThan(PENDING_DATAGRAMS_MAX);
});

test("what arrives before anybody takes it waits, up to a limit", async () => {
  const ann = await open("127.0.0.1");
  const bob = await UdpSocket.open({ host: "127.0.0.1", port: 0 });
  for (let i = 0; i < 65; i++) ann.socket.send(at("127.0.0.1", bob.port), Uint8Array.of(i));
  ann.socket.flush();
  await Bun.sleep(50);
  const heard: number[] = [];

  bob.attach({
    onDatagram: (_from, bytes) => heard.push(bytes[0] ?? -1),
    onSendError: () => undefined,
    onBlocked: () => undefined,
    onWritable: () => undefined,
  });
  const heardAtOnce = heard.length;
  await until(() => heard.length > 0);

  expect(heardAtOnce).toBe(0);
  expect(heard).toEqual(Array.from({ length: 64 }, (_, i) => i));
  bob.close();
});

/** Its first two bytes say how long it is. */
function sized(length: number, fill: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  new DataView(bytes.buffer).setUint16(0, length);
  return bytes;
}

const firstDatagramBytes = (bytes: Uint8Array): number | undefined =>
  bytes.length < 2 ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getUint16(0);

test("datagrams that the system joins come apart as they were sent", async () => {
  const ann = await open("127.0.0.1");
  const bob = await open("127.0.0.1", { firstDatagramBytes });
  const run = [...Array.from({ length: 40 }, () => 1200), 700, 64, 64, 64, 64, 2, 1300];

  for (const [i, size] of run.entries()) {
    ann.socket.send(at("127.0.0.1", bob.socket.port), sized(size, i));
  }
  ann.socket.flush();
  await until(() => bob.heard.length === run.length);

  expect(bob.heard.map(({ bytes }) => bytes)).toEqual(run.map((size, i) => sized(size, i)));
});

test("a datagram that says it is longer than what came is handed over as it is", async () => {
  const ann = await open("127.0.0.1");
  const bob = await open("127.0.0.1", { firstDatagramBytes });
  const liar = sized(1200, 7).subarray(0, 600);

  for (const bytes of [sized(90, 1), liar, sized(90, 2), Uint8Array.of(3)]) {
    ann.socket.send(at("127.0.0.1", bob.socket.port), bytes);
    ann.socket.flush();
  }
  await until(() => bob.heard.length === 4);

  expect(bob.heard.map(({ bytes }) => bytes)).toEqual([
    sized(90, 1),
    liar,
    sized(90, 2),
    Uint8Array.of(3),
  ]);
});

test("a datagram that says it is thousands is one", async () => {
  const ann = await open("127.0.0.1");
  const bob = await open("127.0.0.1", { firstDatagramBytes: () => 3 });
  const many = new Uint8Array(1200).fill(3);

  ann.socket.send(at("127.0.0.1", bob.socket.port), many);
  ann.socket.flush();
  await until(() => bob.heard.length > 0);

  expect(bob.heard.map(({ bytes }) => bytes)).toEqual([many]);
});
