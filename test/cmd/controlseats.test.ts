import { afterEach, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ControlSeats } from "../../cmd/controlseats.ts";
import type { FaceKind, Seat, Sitter } from "../../cmd/seat.ts";
import type { Asked } from "../../lib/contract/asked.ts";
import { connectTo } from "../../lib/io/controlclient.ts";
import { Failure } from "../../lib/io/failure.ts";
import type { LineSocket } from "../../lib/io/linesocket.ts";
import { scratch } from "../io/support/scratch.ts";
import { until } from "../support/until.ts";

/** A seat at a node that only notes what it is asked. */
class NotedSeat implements Seat {
  readonly kind: FaceKind | null;
  readonly sitter: Sitter;
  readonly asked: Asked[] = [];
  readonly behind: boolean[] = [];
  hasLeft = false;
  isBusy = false;

  constructor(kind: FaceKind | null, sitter: Sitter) {
    this.kind = kind;
    this.sitter = sitter;
  }

  command(asked: Asked): void {
    this.asked.push(asked);
  }

  readonly endsToo = 0;

  setBehind(isBehind: boolean): void {
    this.behind.push(isBehind);
  }

  leave(): void {
    this.hasLeft = true;
  }
}

const doors: ControlSeats[] = [];

afterEach(() => {
  for (const door of doors.splice(0)) door.close();
});

/** A door, and the seats that were taken through it. */
function open(options: { place?: () => string; lookMs?: number } = {}) {
  const path = join(scratch(), "node.sock");
  const seats: NotedSeat[] = [];
  const door = new ControlSeats({
    place: () => path,
    ...options,
    sit: (kind, sitter) => {
      const seat = new NotedSeat(kind, sitter);
      seats.push(seat);
      return seat;
    },
  });
  doors.push(door);
  return { door, path, seats };
}

/** Somebody on the other side. */
class Caller {
  readonly heard: unknown[] = [];
  lines: LineSocket | undefined;
  hasEnded = false;

  static async at(path: string): Promise<Caller> {
    const caller = new Caller();
    caller.lines = await connectTo(path, () => ({
      onLine: (line) => {
        caller.heard.push(line.kind === "line" ? JSON.parse(line.text) : line.kind);
      },
      onRead: () => undefined,
      onCaughtUp: () => undefined,
      onClosed: () => (caller.hasEnded = true),
    }));
    return caller;
  }

  say(...lines: readonly (string | object)[]): void {
    for (const line of lines) {
      this.lines?.write(typeof line === "string" ? line : JSON.stringify(line));
    }
    this.lines?.flush();
  }
}

/** The first seat that somebody takes by saying this. */
async function seated(...lines: readonly (string | object)[]) {
  const { door, path, seats } = open();
  const caller = await Caller.at(path);
  caller.say(...lines);
  await until(() => seats.length > 0, "a seat is taken");
  const [seat] = seats;
  if (seat === undefined) throw new Error("no seat");
  return { door, path, seats, seat, caller };
}

test("nobody sits before they say what they are, and then what they say is asked", async () => {
  const { path, seats } = open();
  const caller = await Caller.at(path);
  await Bun.sleep(20);
  expect(seats).toEqual([]);

  caller.say({ type: "attach", face: "full-screen" }, { req: "1", type: "list" }, "");

  await until(() => seats[0]?.asked.length === 1, "the command");
  expect(seats[0]?.kind).toBe("full-screen");
  expect(seats[0]?.asked).toEqual([{ req: "1", type: "list" }]);
});

test.each([{ req: "1", type: "node" }, { type: "attach", face: "spoon" }, "no JSON"])(
  "whoever begins with something else only asks: %p",
  async (line) => {
    const { seat } = await seated(line, { req: "2", type: "rooms" });

    await until(() => seat.asked.some(({ type }) => type === "rooms"), "the second command");
    expect(seat.kind).toBeNull();
  },
);

test("what happens is told as lines once the turn has ended", async () => {
  const { seat, caller } = await seated({ type: "attach", face: "json" });

  seat.sitter.onEvent({ type: "disk", state: "refusing" });
  seat.sitter.onEvent({ type: "log", level: "info", message: "not for faces", fields: {} });
  seat.sitter.complain("The disk is full");
  seat.sitter.onEvent({ type: "disk", state: "working" });
  seat.sitter.onTurnEnd();

  await until(() => caller.heard.length === 3, "three lines");
  expect(caller.heard).toMatchObject([
    { v: 1, type: "disk", state: "refusing" },
    { v: 1, type: "error", req: null, code: "INTERNAL", text: "The disk is full" },
    { v: 1, type: "disk", state: "working" },
  ]);
});

test("a wrong line is answered and harms nothing", async () => {
  const { seat, caller } = await seated(
    { type: "attach", face: "json" },
    { req: "1", type: "fly" },
    "x".repeat(500_000),
    { req: "2", type: "list" },
  );

  await until(() => seat.asked.length === 1 && caller.heard.length === 2, "both complaints");
  expect(caller.heard).toMatchObject([
    { type: "error", req: "1", code: "USAGE" },
    { type: "error", req: null, text: "This line of input is too long: it was skipped" },
  ]);
});

test("while a seat is busy, further lines wait", async () => {
  const { seat, caller } = await seated({ type: "attach", face: "json" }, { type: "list" });
  await until(() => seat.asked.length === 1, "the first command");
  seat.isBusy = true;

  caller.say({ type: "rooms" }, { type: "unread" }, { type: "node" });
  await until(() => seat.asked.length === 2, "the one that finds it busy");
  await Bun.sleep(20);
  expect(seat.asked.map(({ type }) => type)).toEqual(["list", "rooms"]);

  seat.isBusy = false;
  seat.sitter.onFree();
  await until(() => seat.asked.length === 4, "the rest");
  expect(seat.asked.map(({ type }) => type)).toEqual(["list", "rooms", "unread", "node"]);
});

test("who does not read is given history no faster, until all of it is read", async () => {
  const { seat, caller } = await seated({ type: "attach", face: "json" });
  caller.lines?.pause();

  for (let count = 0; count < 40; count++) {
    seat.sitter.complain("z".repeat(60_000));
    seat.sitter.onTurnEnd();
  }
  expect(seat.behind).toEqual([true]);

  caller.lines?.resume();
  await until(() => seat.behind.length === 2, "it has caught up");
  expect(seat.behind).toEqual([true, false]);
  await until(() => caller.heard.length === 40, "all lines");
});

test("who goes away leaves the seat; who quits is told bye, and the connection ends", async () => {
  const { seat, seats, path, caller } = await seated({ type: "attach", face: "json" });
  caller.lines?.end();
  await until(() => seat.hasLeft, "the seat is left");

  const other = await Caller.at(path);
  other.say({ type: "attach", face: "plain" }, { type: "quit" });
  await until(() => seats[1]?.asked.length === 1, "quit");
  seats[1]?.sitter.onEvent({ type: "bye", waiting: [] });

  await until(() => other.hasEnded, "the end");
  expect(other.heard).toMatchObject([{ type: "bye" }]);
  await until(() => seats[1]?.hasLeft === true, "the second seat is left");
});

test("at a node's end nobody gets in, and who is there is told all before it is over", async () => {
  const { door, path, seat, caller } = await seated({ req: "1", type: "stop" });
  seat.sitter.onEvent({ type: "bye", waiting: [] });
  seat.sitter.onTurnEnd();
  await until(() => caller.heard.length === 1, "bye");

  door.close();
  expect(await connectTo(path, () => expect.unreachable())).toBeUndefined();
  expect(caller.hasEnded).toBe(false);

  await door.sendAway();
  await until(() => caller.hasEnded, "the end");
  expect(seat.hasLeft).toBe(true);
});

test("a socket that is taken away comes back, where there is a place for it by then", async () => {
  const [first, second] = [join(scratch(), "a.sock"), join(scratch(), "b.sock")];
  let place: string | undefined = first;
  const { seats } = open({
    place: () => {
      if (place === undefined) throw new Failure("no place", 1);
      return place;
    },
    lookMs: 5,
  });
  const caller = await Caller.at(first);
  caller.say({ type: "attach", face: "json" });
  await until(() => seats.length === 1, "a seat");

  place = undefined;
  rmSync(first);
  await Bun.sleep(30);
  place = second;
  await until(() => existsSync(second), "the other place is taken");

  (await Caller.at(second)).say({ type: "attach", face: "plain" });
  await until(() => seats.length === 2, "a seat through it");
  caller.say({ req: "1", type: "list" });
  await until(() => seats[0]?.asked.length === 1, "who came before is still there");
});
