import { afterEach, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectTo } from "../../lib/io/controlclient.ts";
import { CONNECTIONS_MAX, ControlServer } from "../../lib/io/controlserver.ts";
import { type LineSocket, type LineWatcher, WAITING_BYTES_MAX } from "../../lib/io/linesocket.ts";
import { type InputLine, LINE_BYTES_MAX } from "../../lib/io/stdio.ts";
import { until } from "../support/until.ts";
import { modeOf, scratch } from "./support/scratch.ts";
import { failureOf } from "./support/thrown.ts";

/** One end of a connection, and what was told there. */
class End {
  readonly heard: string[] = [];
  reads = 0;
  closed = 0;
  caughtUp = 0;
  lines: LineSocket | undefined;
  /** Called for every line. */
  onLine = (): void => undefined;

  readonly watch = (lines: LineSocket): LineWatcher => {
    this.lines = lines;
    return {
      onLine: (line) => {
        this.heard.push(wordsOf(line));
        this.onLine();
      },
      onRead: () => (this.reads += 1),
      onCaughtUp: () => (this.caughtUp += 1),
      onClosed: () => (this.closed += 1),
    };
  };

  /** Writes lines and sends them. */
  say(...lines: readonly string[]): void {
    for (const line of lines) this.lines?.write(line);
    this.lines?.flush();
  }
}

function wordsOf(line: InputLine): string {
  return line.kind === "line" ? line.text : `(${line.kind})`;
}

const servers: ControlServer[] = [];
const clients: End[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.lines?.end();
  for (const server of servers.splice(0)) server.stop();
});

/** A server whose connections come to `ends`. */
function serve(path = join(scratch(), "a.sock")) {
  const ends: End[] = [];
  const onConnection = (lines: LineSocket): LineWatcher => {
    const end = new End();
    ends.push(end);
    return end.watch(lines);
  };
  const server = new ControlServer({ path, onConnection });
  servers.push(server);
  return { path, ends, server };
}

async function enter(path: string): Promise<End> {
  const client = new End();
  expect(await connectTo(path, client.watch)).toBeDefined();
  clients.push(client);
  return client;
}

test("lines go both ways, each whole, however they are cut on their way", async () => {
  const { path, ends } = serve();
  const client = await enter(path);
  const long = "y".repeat(LINE_BYTES_MAX);

  client.say('{"type":"list"}', "", "grüße", long);
  await until(() => ends[0]?.heard.length === 4, "all four lines");
  ends[0]?.say("a", long, "b");
  await until(() => client.heard.length === 3, "all three lines");

  expect(ends[0]?.heard).toEqual(['{"type":"list"}', "", "grüße", long]);
  expect(client.heard).toEqual(["a", long, "b"]);
});

test("that all is read is told once for all that came together", async () => {
  const { path, ends } = serve();
  const client = await enter(path);

  client.say("1", "2", "3");
  await until(() => ends[0]?.heard.length === 3, "the lines");

  expect(ends[0]?.reads).toBe(1);
});

test("a line that is too long is none, and those after it are whole", async () => {
  const { path, ends } = serve();
  const client = await enter(path);

  client.say("z".repeat(LINE_BYTES_MAX + 1), "next");

  await until(() => ends[0]?.heard.length === 2, "what is left of both");
  expect(ends[0]?.heard).toEqual(["(too-long)", "next"]);
});

test("nobody else can open the socket, and it is gone at the end", async () => {
  const { path, server } = serve();

  expect(modeOf(path)).toBe("600");
  expect(server.isThere).toBe(true);

  server.stop();

  expect(existsSync(path)).toBe(false);
  expect(server.isThere).toBe(false);
  expect(await connectTo(path, new End().watch)).toBeUndefined();
});

test("a socket that a killed node has left is known as such, and replaced", async () => {
  const path = join(scratch(), "a.sock");
  const script = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } });
    process.kill(process.pid, "SIGKILL");`;
  Bun.spawnSync([process.execPath, "-e", script]);
  expect(existsSync(path)).toBe(true);

  expect(await connectTo(path, new End().watch)).toBeUndefined();

  const { ends } = serve(path);
  (await enter(path)).say("here");
  await until(() => ends[0]?.heard.includes("here") === true, "the line");
});

test("a file that is no socket makes way too, and a directory does not", async () => {
  const directory = scratch();
  const path = join(directory, "a.sock");
  writeFileSync(path, "left over");
  serve(path);

  const failure = await failureOf(() => serve(directory));

  expect(failure.message).toStartWith(`Cannot listen at ${directory}: `);
  expect(failure.exitCode).toBe(1);
});

test("who pauses is told no line until they go on, and then all of them in order", async () => {
  const { path, ends } = serve();
  const client = await enter(path);
  await until(() => ends.length === 1, "the connection");
  const [end = new End()] = ends;
  end.onLine = () => end.lines?.pause();

  client.say("1", "2", "3");
  await until(() => end.heard.length === 1, "the first line");
  client.say("4");
  client.say("", "5");
  await Bun.sleep(50);
  expect(end.heard).toEqual(["1"]);

  end.lines?.resume();
  expect(end.heard).toEqual(["1", "2"]);

  end.onLine = () => undefined;
  end.lines?.resume();
  await until(() => end.heard.length === 6, "the rest");
  expect(end.heard).toEqual(["1", "2", "3", "4", "", "5"]);
});

test("what was said before the end is heard, also by who paused, and then the end", async () => {
  const { path, ends } = serve();
  const client = await enter(path);
  await until(() => ends.length === 1, "the connection");
  const [end = new End()] = ends;
  end.onLine = () => end.lines?.pause();

  client.say("1", "2");
  client.lines?.end();
  await until(() => client.closed === 1, "the end");
  await until(() => end.heard.length === 1, "the first line");
  expect(end.closed).toBe(0);

  end.lines?.resume();
  end.lines?.resume();
  await until(() => end.closed === 1, "the end there");
  expect(end.heard).toEqual(["1", "2"]);
});

test("a last line without its end is heard", async () => {
  const { path, ends } = serve();
  const socket = await Bun.connect({ unix: path, socket: { data: () => undefined } });

  socket.end('{"type":"quit"}');

  await until(() => ends[0]?.closed === 1, "the end");
  expect(ends[0]?.heard).toEqual(['{"type":"quit"}']);
});

test("what a reader does not take waits for it, and it is told that all is out", async () => {
  const { path, ends } = serve();
  const client = await enter(path);
  await until(() => ends.length === 1, "the connection");
  const [end = new End()] = ends;
  const line = "w".repeat(100_000);
  client.lines?.pause();

  for (let count = 0; count < 50; count++) end.say(`${count} ${line}`);
  await Bun.sleep(20);
  expect(end.lines?.waitingBytes).toBeGreaterThan(1_000_000);
  expect(end.caughtUp).toBe(0);

  client.lines?.resume();
  await until(() => end.caughtUp > 0, "all is out");
  await until(() => client.heard.length === 50, "all is read");
  expect(client.heard).toEqual(Array.from({ length: 50 }, (_none, count) => `${count} ${line}`));
  expect(end.lines?.waitingBytes).toBe(0);
});

test("who does not read at all is told why it ends, in a line of its own", async () => {
  const { path, ends } = serve();
  const client = await enter(path);
  const other = await enter(path);
  await until(() => ends.length === 2, "the connections");
  const [end = new End(), otherEnd = new End()] = ends;
  const line = "w".repeat(300_000);
  client.lines?.pause();

  for (let bytes = 0; bytes <= WAITING_BYTES_MAX + 1_000_000; bytes += line.length) end.say(line);
  end.say("never told");
  expect(end.lines?.waitingBytes).toBeLessThan(WAITING_BYTES_MAX);
  client.lines?.resume();
  await until(() => client.closed === 1, "the end");
  otherEnd.say("still here");

  expect(client.heard.slice(0, -1).every((heard) => heard === line)).toBe(true);
  expect(JSON.parse(client.heard.at(-1) ?? "")).toMatchObject({
    type: "error",
    req: null,
    text: "This node has ended the connection: what it told was not read",
  });
  await until(() => other.heard.length === 1 && end.closed === 1, "the other's line");
});

test("who never reads and never goes away is given up", async () => {
  const { path, ends } = serve();
  const client = await enter(path);
  await until(() => ends.length === 1, "the connection");
  client.lines?.pause();

  ends[0]?.say("w".repeat(1_000_000));
  ends[0]?.lines?.end();

  await until(() => ends[0]?.closed === 1, "the end");
  expect(ends[0]?.lines?.waitingBytes).toBe(0);
});

test("of too many the last is told so and sent away, and one who leaves makes room", async () => {
  const { path, ends } = serve();
  for (let count = 0; count < CONNECTIONS_MAX; count++) await enter(path);

  const last = await enter(path);
  await until(() => last.closed === 1, "it is sent away");
  expect(last.heard.map((line): unknown => JSON.parse(line))).toMatchObject([
    { type: "error", req: null, text: "This node has 64 faces, and takes no more" },
  ]);
  expect(ends.length).toBe(CONNECTIONS_MAX);

  clients[0]?.lines?.end();
  await until(() => ends[0]?.closed === 1, "one leaves");
  (await enter(path)).say("room");
  await until(() => ends.at(-1)?.heard.includes("room") === true, "its line");
});

test("the path of a socket that cannot be says so", async () => {
  const failure = await failureOf(() => connectTo(`/${"x".repeat(200)}`, new End().watch));

  expect(failure.message).toStartWith("Cannot connect to /xxx");
  expect(failure.exitCode).toBe(1);
});
