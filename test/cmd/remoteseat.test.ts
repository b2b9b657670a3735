import { afterEach, expect, test } from "bun:test";
import { resolve } from "node:path";
import { RemoteSeat } from "../../cmd/remoteseat.ts";
import { outgoingOf } from "../../lib/contract/outgoing.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { ControlServer } from "../../lib/io/controlserver.ts";
import type { LineSocket } from "../../lib/io/linesocket.ts";
import { profilePaths } from "../../lib/io/profile.ts";
import { ownSocket } from "../../lib/io/runtime.ts";
import { NOW, ready } from "../contract/events.ts";
import { scratch } from "../io/support/scratch.ts";
import { until } from "../support/until.ts";

const { XDG_RUNTIME_DIR: before } = process.env;
const seats: RemoteSeat[] = [];

afterEach(() => {
  for (const seat of seats.splice(0)) seat.leave();
  if (before === undefined) delete process.env["XDG_RUNTIME_DIR"];
  else process.env["XDG_RUNTIME_DIR"] = before;
});

/** A node's end of the socket, which only notes what it is told. */
class Node {
  readonly heard: unknown[] = [];
  readonly #server: ControlServer;
  readonly #lines = new Set<LineSocket>();

  constructor(path: string) {
    this.#server = new ControlServer({
      path,
      onConnection: (lines) => {
        this.#lines.add(lines);
        return {
          onLine: (line) => {
            this.heard.push(line.kind === "line" ? JSON.parse(line.text) : line.kind);
          },
          onRead: () => undefined,
          onCaughtUp: () => undefined,
          onClosed: () => this.#lines.delete(lines),
        };
      },
    });
  }

  say(line: object): void {
    for (const lines of this.#lines) {
      lines.write(JSON.stringify(line));
      lines.flush();
    }
  }

  /** As a kill would. */
  go(): void {
    this.#server.stop();
    for (const lines of this.#lines) lines.end();
  }
}

/** A face's seat at whatever node has the socket of a new profile, and what the face was told. */
function sitDown() {
  process.env["XDG_RUNTIME_DIR"] = scratch();
  const dataDirectory = scratch();
  const paths = profilePaths({ profile: "alice", dataDirectory, env: {} });
  const socket = ownSocket(paths, process.env);
  const told: PeerEvent[] = [];
  const complaints: string[] = [];
  const aways: boolean[] = [];
  const seat = new RemoteSeat({
    dataDirectory,
    kind: "plain",
    first: [],
    sitter: {
      onEvent: (event) => told.push(event),
      onTurnEnd: () => undefined,
      onFree: () => undefined,
      complain: (text) => complaints.push(text),
      onAway: (isAway) => aways.push(isAway),
    },
  });
  seats.push(seat);
  return { seat, socket, told, complaints, aways };
}

const READY = outgoingOf(ready(), NOW);
const UNREAD = { v: 1, type: "reply", command: "unread", rooms: [] };

test("a face says which it is, then asks; what is answered is told", async () => {
  const { seat, socket, told } = sitDown();
  const node = new Node(socket);
  seat.start();
  await until(() => node.heard.length === 1, "it sits down");

  seat.command({ type: "unread", req: "1" });
  await until(() => node.heard.length === 2, "the question");
  node.say({ ...UNREAD, req: "1" });

  await until(() => told.length === 1, "the answer");
  expect(node.heard).toMatchObject([
    { type: "attach", face: "plain" },
    { type: "unread", req: "1" },
  ]);
  expect(told).toMatchObject([{ type: "reply", req: "1", command: "unread" }]);
  node.go();
});

test("a file is named so that a node finds it, wherever that was started", async () => {
  const { seat, socket } = sitDown();
  const node = new Node(socket);
  seat.start();
  await until(() => node.heard.length === 1, "it sits down");

  seat.command({ type: "join", req: "1", room: "#quiet", secretFile: "some/secret" });

  await until(() => node.heard.length === 2, "the command");
  expect(node.heard[1]).toMatchObject({ secretFile: resolve("some/secret") });
  node.go();
});

test("what a node that goes has not answered failed, and the next one is found", async () => {
  const { seat, socket, told, complaints, aways } = sitDown();
  const first = new Node(socket);
  seat.start();
  await until(() => first.heard.length === 1, "it sits down");
  seat.command({ type: "unread", req: "answered" });
  seat.command({ type: "unread", req: "open" });
  await until(() => first.heard.length === 3, "both questions");
  first.say({ ...UNREAD, req: "answered" });
  await until(() => told.length === 1, "the answer");

  first.go();
  await until(() => complaints.length === 1, "it is told");
  seat.command({ type: "unread", req: "late" });
  await until(() => told.length === 3, "both failures");
  const second = new Node(socket);
  await until(() => second.heard.length === 1, "it sits down again");

  expect(complaints).toEqual([
    "The node has gone; waiting for it to come back: start p2pchat client again as before",
  ]);
  expect(aways).toEqual([true]);
  expect(told.slice(1)).toMatchObject([
    {
      type: "error",
      req: "open",
      code: "INTERNAL",
      text: "The node has gone before it answered, and may not have done this: unread",
    },
    { type: "error", req: "late", code: "INTERNAL" },
  ]);
  second.say(READY);
  await until(() => aways.length === 2, "it is back");
  expect(aways).toEqual([true, false]);
  second.go();
});

test("what a node that ends has not heard of failed, and is told before the end", async () => {
  const { seat, socket, told } = sitDown();
  const node = new Node(socket);
  seat.start();
  await until(() => node.heard.length === 1, "it sits down");
  seat.command({ type: "send", req: "late", to: "#lobby", text: "hi" });
  node.say({ v: 1, type: "bye", at: new Date(0).toISOString() });

  await until(() => told.length === 2, "the failure and the end");
  expect(told).toMatchObject([{ type: "error", req: "late", code: "INTERNAL" }, { type: "bye" }]);
  node.go();

  const leaving = sitDown();
  const other = new Node(leaving.socket);
  leaving.seat.start();
  await until(() => other.heard.length === 1, "it sits down");
  leaving.seat.command({ type: "send", req: "last", to: "#lobby", text: "bye" });
  leaving.seat.command({ type: "quit" });
  await until(() => other.heard.length === 3, "both commands");
  other.say({ v: 1, type: "bye", at: new Date(0).toISOString() });
  await until(() => leaving.told.length > 0, "the end");
  expect(leaving.told).toEqual([{ type: "bye", waiting: [] }]);
  other.go();
});

test("who quits where no node is need not wait, and a node that says bye is let go", async () => {
  const away = sitDown();
  away.seat.start();
  await until(() => away.complaints.length === 1, "nobody is there");
  away.seat.command({ type: "quit" });
  await until(() => away.told.length === 1, "the end");
  expect(away.told).toEqual([{ type: "bye", waiting: [] }]);

  const { seat, socket, told, complaints } = sitDown();
  const node = new Node(socket);
  seat.start();
  await until(() => node.heard.length === 1, "it sits down");
  node.say({ v: 1, type: "bye", at: new Date(0).toISOString() });
  await until(() => told.length === 1, "bye");
  node.go();
  await Bun.sleep(20);
  expect(told).toMatchObject([{ type: "bye" }]);
  expect(complaints).toEqual([]);
});
