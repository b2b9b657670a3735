import { afterEach, expect, spyOn, test } from "bun:test";
import { addressOf, type Address } from "../../lib/base/address.ts";
import type { OutboxRow } from "../../lib/chat/records.ts";
import {
  Driver,
  TURN_COMMANDS_MAX,
  TURN_DATAGRAMS_MAX,
  type DriverOptions,
  type StoreLike,
} from "../../lib/io/driver.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { NetworkWatch, type NetworkWatchOptions } from "../../lib/io/networkwatch.ts";
import type { ShownMarks } from "../../lib/io/stdio.ts";
import type { UdpSocket } from "../../lib/io/udp.ts";
import type { Interface, Loaded, NodeMachine, Output, Write } from "../../lib/node/machine.ts";
import { openSocket, until } from "./support/sockets.ts";

interface Event {
  readonly type: string;
}

type Command = { readonly type: string };

/** A machine that does what the test says and notes what it is told. */
class Puppet implements NodeMachine<Event, Command> {
  readonly notes: string[] = [];
  readonly outputs: Output<Event>[] = [];
  readonly turns: string[][] = [];
  dueAt = Infinity;
  onTimeout: (now: number) => void = () => undefined;
  onDatagram: (from: Address, bytes: Uint8Array) => void = () => undefined;
  onCommand: (command: Command) => void = () => undefined;
  onStored: (ok: boolean) => void = () => undefined;
  #now = 0;
  #turn: string[] = [];

  handleDatagram(now: number, socket: number, from: Address, bytes: Uint8Array): void {
    this.#note(now, `datagram ${bytes[0]} on ${socket}`);
    this.onDatagram(from, bytes);
  }
  handleTimeout(now: number): void {
    this.#note(now, "timeout");
    this.dueAt = Infinity;
    this.onTimeout(now);
  }
  handleSocket(now: number, socket: number, state: { readonly step: string }): void {
    this.#note(now, `socket ${socket} ${state.step}`);
  }
  handleSendError(now: number, _socket: number, _to: Address, error: string, size?: number): void {
    this.#note(now, `error ${error} of ${size}`);
  }
  handleNetwork(now: number, interfaces: readonly Interface[]): void {
    this.#note(now, `network ${interfaces.length}`);
  }
  handleFound(now: number): void {
    this.#note(now, "found");
  }
  handleStored(now: number, token: number, ok: boolean): void {
    this.#note(now, `stored ${token} ${ok}`);
    this.onStored(ok);
  }
  handleLoaded(now: number, token: number, loaded: Loaded): void {
    this.#note(now, `loaded ${token} ${loaded.kind}`);
  }
  handleCommand(now: number, command: Command): void {
    this.#note(now, `command ${command.type}`);
    this.onCommand(command);
  }
  pollOutput(): Output<Event> | undefined {
    if (this.#turn.length > 0) this.turns.push(this.#turn);
    this.#turn = [];
    return this.outputs.shift();
  }
  pollTimeout(): number {
    return this.dueAt;
  }
  #note(now: number, text: string): void {
    if (now < this.#now) throw new Error("Time went back");
    this.#now = now;
    this.notes.push(text);
    this.#turn.push(text);
  }
}

const drivers: Driver<Event, Command>[] = [];
const sockets: UdpSocket[] = [];

afterEach(() => {
  for (const driver of drivers.splice(0)) driver.close();
  for (const socket of sockets.splice(0)) socket.close();
});

type Extras = Partial<DriverOptions<Event, Command>>;

async function drive(machine: Puppet, extras: Extras = {}): Promise<Driver<Event, Command>> {
  const { socket } = await openSocket("127.0.0.1");
  sockets.push(socket);
  const driver = new Driver<Event, Command>({
    machine,
    sockets: [socket],
    store: undefined,
    onEvent: () => undefined,
    network: watchOf(() => []),
    ...extras,
  });
  drivers.push(driver);
  return driver;
}

function watchOf(
  interfaces: () => readonly Interface[],
  options: Partial<NetworkWatchOptions> = {},
): NetworkWatch {
  return new NetworkWatch({ clock: systemClock, interfaces, ...options });
}

const event = (type: string): Output<Event> => ({ kind: "event", event: { type } });
const SHOWN: Output<Event> = { kind: "shown" };

const store = (token: number, peer: string): Output<Event> => ({
  kind: "store",
  token,
  writes: [{ kind: "server", name: peer, noiseKey: new Uint8Array(32), isGiven: false }],
});

const loopback = (port: number): Address => {
  const address = addressOf("127.0.0.1", port);
  if (address === undefined) throw new Error("Not a port");
  return address;
};

test("the first turn tells the sockets and the addresses", async () => {
  const machine = new Puppet();
  const eth0 = { name: "eth0", ip: Uint8Array.of(192, 0, 2, 1), prefixBits: 24 };

  (await drive(machine, { network: watchOf(() => [eth0]) })).start();

  expect(machine.turns).toEqual([["socket 0 opened", "network 1"]]);
});

test("datagrams that arrive together are one turn, and its sends leave", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  const driver = await drive(machine);
  driver.start();
  machine.onDatagram = (to, bytes) =>
    machine.outputs.push({ kind: "send", socket: 0, to, bytes: bytes.map((byte) => byte + 100) });

  const port = sockets.at(-1)?.port ?? 0;
  for (const byte of [1, 2, 3]) ann.socket.send(loopback(port), Uint8Array.of(byte));
  ann.socket.flush();
  await until(() => ann.heard.length === 3);

  expect(machine.turns.at(-1)).toEqual(["datagram 1 on 0", "datagram 2 on 0", "datagram 3 on 0"]);
  expect(ann.heard.map(({ bytes }) => bytes[0])).toEqual([101, 102, 103]);
});

test("a burst is one turn, read whole before anything leaves and dated as it comes", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  let readings = 0;
  const clock = { now: () => (readings += 1) };
  const driver = await drive(machine, {
    clock,
    network: watchOf(() => [], { clock, pollMs: 60_000 }),
  });
  driver.start();
  const before = readings;

  const port = sockets.at(-1)?.port ?? 0;
  for (let i = 0; i < 60; i++) ann.socket.send(loopback(port), Uint8Array.of(i));
  ann.socket.flush();
  await until(() => machine.turns.length > 1);

  expect(machine.turns.slice(1)).toEqual([
    Array.from({ length: 60 }, (_, i) => `datagram ${i} on 0`),
  ]);
  // Four for the sixty, and one for the alarm.
  expect(readings - before).toBe(5);
});

test("a turn's first datagrams leave before the machine has made the last", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  const driver = await drive(machine);
  driver.start();
  const flush = spyOn(sockets.at(-1) ?? ann.socket, "flush");
  const toMake: number[] = [];
  flush.mockImplementation(() => void toMake.push(machine.outputs.length));
  const to = loopback(ann.socket.port);
  for (let i = 1; i <= 20; i++) {
    machine.outputs.push({ kind: "send", socket: 0, to, bytes: Uint8Array.of(i) });
  }

  driver.close();
  flush.mockRestore();

  expect(toMake).toEqual([16, 12, 4, 0]);
});

test("a flood is cut into turns, and keeps no deadline waiting", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  (await drive(machine, { network: watchOf(() => [], { pollMs: 60_000 }) })).start();
  machine.onDatagram = () => {
    machine.dueAt = 0;
    machine.onDatagram = () => undefined;
  };

  const port = sockets.at(-1)?.port ?? 0;
  const count = TURN_DATAGRAMS_MAX + 40;
  for (let i = 1; i <= count; i++) ann.socket.send(loopback(port), Uint8Array.of(i & 0xff));
  ann.socket.flush();
  await until(() => machine.turns.flat().length >= 2 + count + 1);

  const note = (_: unknown, i: number): string => `datagram ${(i + 1) & 0xff} on 0`;
  const burst = Array.from({ length: count }, note);
  expect(machine.turns.slice(1)).toEqual([
    [...burst.slice(0, TURN_DATAGRAMS_MAX), "timeout"],
    burst.slice(TURN_DATAGRAMS_MAX),
  ]);
});

test("a burst of commands is cut into turns", async () => {
  const machine = new Puppet();
  const driver = await drive(machine, { network: watchOf(() => [], { pollMs: 60_000 }) });
  driver.start();
  const count = TURN_COMMANDS_MAX + 40;

  const burst = Array.from({ length: count }, (_, i) => `${i}`);
  for (const type of burst) driver.command({ type });
  const before = machine.turns.length;
  await until(() => machine.turns.length > before);

  const notes = burst.map((type) => `command ${type}`);
  expect(before).toBe(2);
  expect(machine.turns.slice(1)).toEqual([
    notes.slice(0, TURN_COMMANDS_MAX),
    notes.slice(TURN_COMMANDS_MAX),
  ]);
});

test("a face may close the driver in the midst of a flood", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  const driver = await drive(machine, { onEvent: () => driver.close() });
  driver.start();
  machine.onDatagram = () => machine.outputs.push(event("enough"));

  const port = sockets.at(-1)?.port ?? 0;
  for (let i = 0; i < TURN_DATAGRAMS_MAX + 40; i++)
    ann.socket.send(loopback(port), Uint8Array.of(1));
  ann.socket.flush();
  await until(() => machine.turns.length > 1);
  await Bun.sleep(5);

  expect(machine.turns.flat()).toHaveLength(2 + TURN_DATAGRAMS_MAX);
});

test("what comes between the datagrams of a burst is not dated after them", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  let readings = 0;
  const driver = await drive(machine, { clock: { now: () => (readings += 1) } });
  machine.onDatagram = (_from, [byte]) => {
    if (byte === 1) driver.command({ type: "between" });
  };
  driver.start();

  const port = sockets.at(-1)?.port ?? 0;
  for (const byte of [1, 2]) ann.socket.send(loopback(port), Uint8Array.of(byte));
  ann.socket.flush();
  await until(() => machine.turns.length > 1);

  expect(machine.turns.at(-1)).toEqual(["datagram 1 on 0", "command between", "datagram 2 on 0"]);
});

test("a turn's stores are one transaction, answered before the next turn is polled", async () => {
  const machine = new Puppet();
  const commits: string[][] = [];
  const disk = storeOf({
    commit: (writes) => {
      commits.push(writes.map((write) => (write.kind === "server" ? write.name : write.kind)));
      return true;
    },
  });
  const driver = await drive(machine, { store: disk });
  driver.start();

  machine.outputs.push(store(1, "ann"), event("x"), store(2, "bob"));
  machine.onStored = () => machine.outputs.push(event("after"));
  driver.command({ type: "go" });
  await until(() => machine.notes.includes("stored 2 true"));

  expect(commits).toEqual([["ann", "bob"]]);
  expect(machine.turns.slice(1)).toEqual([["command go"], ["stored 1 true", "stored 2 true"]]);
});

test("what the disk does not take is answered as not stored", async () => {
  const machine = new Puppet();
  const driver = await drive(machine, { store: storeOf({ commit: () => false }) });
  driver.start();

  machine.outputs.push(store(7, "ann"));
  driver.command({ type: "go" });
  await until(() => machine.notes.includes("stored 7 false"));

  expect(machine.notes).not.toContain("stored 7 true");
});

test("what was shown is marked right after its event, and before more is stored", async () => {
  const machine = new Puppet();
  const order: string[] = [];
  const disk = storeOf({
    commit: () => {
      order.push("commit");
      return true;
    },
    shown: marksOf((what) => order.push(what)),
  });
  const driver = await drive(machine, {
    store: disk,
    onEvent: ({ type }) => order.push(type),
    onShown: (shown) => shown.one(),
    onTurnEnd: () => order.push("end"),
  });
  driver.start();

  machine.outputs.push(event("message"), SHOWN, store(1, "ann"), event("peer"), SHOWN);
  driver.command({ type: "go" });
  await until(() => order.includes("commit"));

  expect(order).toEqual(["message", "one", "peer", "one", "end", "commit"]);
});

test("where no face says when, what was told counts as shown at once", async () => {
  const machine = new Puppet();
  const order: string[] = [];
  const disk = storeOf({
    shown: marksOf((what) => order.push(what)),
  });
  const driver = await drive(machine, { store: disk, onEvent: ({ type }) => order.push(type) });

  machine.outputs.push(event("status"), event("message"), SHOWN);
  driver.start();

  expect(order).toEqual(["status", "message", "one"]);
});

test("what can wait is done step by step while nothing happens, and each is told", async () => {
  let left = 3;
  const told: boolean[] = [];
  const disk = { ...storeOf({}), tend: () => --left > 0 };
  const driver = await drive(new Puppet(), {
    store: disk,
    onTended: (isMore) => told.push(isMore),
  });
  driver.start();
  await until(() => told.length === 3);

  expect(told).toEqual([true, true, false]);
});

test("a read is answered in the next turn", async () => {
  const machine = new Puppet();
  const row = { position: 1 } as OutboxRow;
  const disk = storeOf({ load: () => ({ kind: "outbox", rows: [row, row] }) });
  const driver = await drive(machine, { store: disk });
  driver.start();
  const query = { kind: "outbox", peer: "" as never, after: 0, limit: 9 } as const;

  machine.outputs.push({ kind: "load", token: 3, query });
  driver.command({ type: "go" });
  await until(() => machine.turns.length === 3);

  expect(machine.turns.slice(1)).toEqual([["command go"], ["loaded 3 outbox"]]);
});

test("a command given by a face while it is told an event is the next turn's", async () => {
  const machine = new Puppet();
  const driver = await drive(machine, {
    onEvent: ({ type }) => {
      if (type === "first") driver.command({ type: "second" });
    },
  });

  machine.outputs.push(event("first"));
  driver.start();

  expect(machine.turns).toEqual([["socket 0 opened", "network 0"], ["command second"]]);
});

test("timeouts come when they are due, not before, also when moved", async () => {
  const machine = new Puppet();
  const now = (): number => performance.timeOrigin + performance.now();
  const fired: number[] = [];
  machine.onTimeout = (at) => fired.push(at);
  const driver = await drive(machine);

  const first = now() + 300;
  machine.dueAt = first;
  driver.start();
  const sooner = now() + 12.7;
  machine.dueAt = sooner;
  driver.command({ type: "sooner" });
  await until(() => fired.length === 1);
  const later = now() + 30.2;
  machine.dueAt = now() + 5;
  driver.command({ type: "soon" });
  await Bun.sleep(1);
  machine.dueAt = later;
  driver.command({ type: "later" });
  await until(() => fired.length === 2);

  expect(fired[0]).toBeGreaterThanOrEqual(sooner);
  expect(fired[0]).toBeLessThan(first);
  expect(fired[1]).toBeGreaterThanOrEqual(later);
});

test("a deadline further away than timers reach does not fire at once", async () => {
  const machine = new Puppet();
  machine.dueAt = performance.timeOrigin + performance.now() + 2 ** 33;

  (await drive(machine)).start();
  await Bun.sleep(10);

  expect(machine.notes).not.toContain("timeout");
});

test("addresses that come and go are told, and nothing where they stay", async () => {
  const machine = new Puppet();
  const eth0 = { name: "eth0", ip: Uint8Array.of(192, 0, 2, 1), prefixBits: 24 };
  const lo = { name: "lo", ip: Uint8Array.of(127, 0, 0, 1), prefixBits: 8 };
  let interfaces = [lo, eth0];
  let asked = 0;
  const read = (): readonly Interface[] => {
    asked += 1;
    return interfaces;
  };
  (await drive(machine, { network: watchOf(read, { pollMs: 2 }) })).start();

  await until(() => asked > 3);
  interfaces = [eth0, lo];
  await until(() => asked > 6);
  interfaces = [lo];
  await until(() => machine.notes.length === 3);

  expect(machine.notes).toEqual(["socket 0 opened", "network 2", "network 1"]);
});

test("after sleep the addresses are told before what is overdue", async () => {
  const machine = new Puppet();
  let sleptMs = 0;
  const clock = { now: () => systemClock.now() + sleptMs };
  const network = watchOf(() => [], { clock, pollMs: 60_000 });
  (await drive(machine, { clock, network })).start();
  machine.onTimeout = () => (machine.dueAt = Infinity);

  machine.dueAt = clock.now() + 50;
  drivers.at(-1)?.command({ type: "go" });
  sleptMs = 3_600_000;
  await until(() => machine.notes.includes("timeout"));

  expect(machine.notes).toEqual([
    "socket 0 opened",
    "network 0",
    "command go",
    "network 0",
    "timeout",
  ]);
});

test("what could not be sent is told to the machine", async () => {
  const machine = new Puppet();
  const driver = await drive(machine);
  driver.start();

  const to = loopback(9);
  machine.outputs.push({ kind: "send", socket: 0, to, bytes: new Uint8Array(65_600) });
  driver.command({ type: "go" });
  await until(() => machine.notes.includes("error too-big of 65600"));

  expect(machine.turns.at(-1)).toEqual(["error too-big of 65600"]);
});

test("closing takes a last turn, whose farewells leave, and is deaf afterwards", async () => {
  const machine = new Puppet();
  const ann = await openSocket("127.0.0.1");
  sockets.push(ann.socket);
  const driver = await drive(machine);
  driver.start();

  const to = loopback(ann.socket.port);
  machine.outputs.push({ kind: "send", socket: 0, to, bytes: Uint8Array.of(9) });
  driver.close();
  driver.command({ type: "late" });
  await until(() => ann.heard.length === 1);

  expect(ann.heard[0]?.bytes).toEqual(Uint8Array.of(9));
  expect(machine.notes).not.toContain("command late");
});

test("a face may close the driver while it is told an event", async () => {
  const machine = new Puppet();
  const driver = await drive(machine, { onEvent: () => driver.close() });

  machine.outputs.push(event("bye"));
  driver.start();
  driver.command({ type: "late" });

  expect(machine.notes).not.toContain("command late");
});

test.each(["machine", "face", "clock"] as const)(
  "a %s that throws ends the driver",
  async (who) => {
    const machine = new Puppet();
    const broken: unknown[] = [];
    const mistake = new Error("ours");
    const fail = (): never => {
      throw mistake;
    };
    let ticks = 0;
    const driver = await drive(machine, {
      onEvent: who === "face" ? fail : () => undefined,
      clock: { now: () => (who === "clock" && (ticks += 1) > 2 ? fail() : 1000 + ticks) },
      onBroken: (error) => broken.push(error),
    });
    if (who === "machine") machine.onCommand = fail;
    driver.start();

    machine.outputs.push(event("x"));
    driver.command({ type: "go" });
    driver.command({ type: "go" });
    await until(() => broken.length === 1);
    const heard = machine.notes.length;
    driver.command({ type: "late" });

    expect(broken).toEqual([mistake]);
    expect(machine.notes).toHaveLength(heard);
  },
);

function storeOf(parts: Partial<StoreLike>): StoreLike {
  return {
    commit: (_writes: readonly Write[]) => true,
    load: () => ({ kind: "outbox", rows: [] }),
    shown: marksOf(() => undefined),
    ...parts,
  };
}

function marksOf(note: (what: string) => void): ShownMarks {
  return {
    one: () => note("one"),
    oneWithLineFeed: () => {
      note("one with its line feed");
      return true;
    },
  };
}

test("by default what is broken ends the process with code 1, and says where", () => {
  const script = `
    const { Driver } = await import("../../lib/io/driver.ts");
    const machine = { handleNetwork: () => { throw new Error("Broken invariant: x"); } };
    new Driver({ machine, sockets: [], store: undefined, onEvent: () => undefined }).start();
    setTimeout(() => process.exit(9), 2000);
  `;

  const run = Bun.spawnSync([process.execPath, "-e", script], { cwd: import.meta.dir });

  expect(run.exitCode).toBe(1);
  expect(run.stderr.toString()).toContain("Error: Broken invariant: x\n    at ");
});
