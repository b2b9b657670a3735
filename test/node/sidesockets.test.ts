import { expect, test } from "bun:test";
import { MAIN_SOCKET } from "../../lib/node/machine.ts";
import { SideSockets, type SocketChange } from "../../lib/node/sidesockets.ts";

const PUNCH = {};
const PATH = {};

/** What the shell is asked for by the end of a turn. */
function turn(sockets: SideSockets): SocketChange[] {
  const changes: SocketChange[] = [];
  for (let change = sockets.pollChange(); change; change = sockets.pollChange()) {
    changes.push(change);
  }
  return changes;
}

function opened(count: number): { sockets: SideSockets; ids: number[] } {
  const sockets = new SideSockets();
  const ids = Array.from({ length: count }, () => sockets.take());
  for (const id of ids) sockets.open(id, PUNCH);
  turn(sockets);
  return { sockets, ids };
}

test("one that is asked for is opened, under a number that nobody else has", () => {
  const sockets = new SideSockets();
  const [one, other] = [sockets.take(), sockets.take()];

  sockets.open(one, PUNCH);

  expect(one).not.toBe(other);
  expect(Math.min(one, other)).toBeGreaterThan(MAIN_SOCKET);
  expect(turn(sockets)).toEqual([{ kind: "open", socket: one, port: undefined }]);
  expect(sockets.size).toBe(1);
});

test("one closes with its last claim, and no earlier", () => {
  const { sockets, ids } = opened(1);
  const [socket = 0] = ids;
  sockets.claim(socket, PATH);

  sockets.release(socket, PUNCH);
  const stillNeeded = turn(sockets);
  sockets.release(socket, PATH);

  expect(stillNeeded).toEqual([]);
  expect(turn(sockets)).toEqual([{ kind: "close", socket }]);
  expect(sockets.size).toBe(0);
});

test("within a turn one goes from owner to owner without being closed", () => {
  const { sockets, ids } = opened(3);
  const [first = 0, met = 0, last = 0] = ids;

  sockets.releaseAll(PUNCH);
  sockets.claim(met, PATH);

  const closed = turn(sockets).map(({ kind, socket }) => [kind, socket]);
  expect(closed).toEqual([
    ["close", first],
    ["close", last],
  ]);
  sockets.releaseAll(PUNCH);
  expect(turn(sockets)).toEqual([]);
});

test("an owner can keep one of its own and leave the others", () => {
  const { sockets, ids } = opened(2);
  const [left = 0, kept = 0] = ids;

  sockets.releaseAll(PUNCH, [kept]);

  expect(turn(sockets)).toEqual([{ kind: "close", socket: left }]);
});

test("what the shell could not open is nobody's, and is not closed", () => {
  const { sockets, ids } = opened(1);
  const [socket = 0] = ids;

  sockets.handleSocket(socket, { step: "failed" });
  sockets.releaseAll(PUNCH);

  expect(turn(sockets)).toEqual([]);
  expect(sockets.size).toBe(0);
});

test("a socket of the shell's own is never closed, whoever claims it", () => {
  const sockets = new SideSockets();

  sockets.claim(MAIN_SOCKET, PATH);
  sockets.releaseAll(PATH);

  expect(turn(sockets)).toEqual([]);
});

test("who leaves what was closed long ago changes nothing", () => {
  const { sockets, ids } = opened(1);
  const [socket = 0] = ids;
  sockets.release(socket, PUNCH);
  turn(sockets);

  sockets.release(socket, PUNCH);
  sockets.claim(socket, PATH);
  sockets.release(socket, PATH);

  expect(turn(sockets)).toEqual([]);
});

test("one that is open is found by its port, until it closes", () => {
  const { sockets, ids } = opened(2);
  const [socket = 0, other = 0] = ids;
  sockets.handleSocket(socket, { step: "opened", port: 50_000 });
  sockets.handleSocket(other, { step: "failed" });

  expect([50_000, 50_001].map((port) => sockets.boundTo(port))).toEqual([socket, undefined]);
  sockets.release(socket, PUNCH);
  turn(sockets);
  expect(sockets.boundTo(50_000)).toBeUndefined();
});
