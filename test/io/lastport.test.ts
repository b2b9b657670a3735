import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "bun:test";
import { openOwnSocket } from "../../cmd/options.ts";
import { readLastPort } from "../../lib/io/lastport.ts";
import type { UdpSocket } from "../../lib/io/udp.ts";
import { modeOf, scratch } from "./support/scratch.ts";

const ANY = { host: "127.0.0.1", port: 0 };
const open: UdpSocket[] = [];

async function openAt(file: string): Promise<number> {
  const socket = await openOwnSocket(ANY, file);
  open.push(socket);
  return socket.port;
}

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

test("a client that starts again has the port that it had", async () => {
  const file = join(scratch(), "port");

  const first = await openAt(file);
  open.pop()?.close();
  const second = await openAt(file);

  expect(second).toBe(first);
  expect(modeOf(file)).toBe("600");
});

test("where somebody else has the port it takes another, and that the next time", async () => {
  const file = join(scratch(), "port");
  const first = await openAt(file);

  const second = await openAt(file);

  expect(second).not.toBe(first);
  expect(readLastPort(file)).toBe(second);
});

test("a port that is said is taken, and not remembered", async () => {
  const file = join(scratch(), "port");
  const port = await openAt(file);
  open.pop()?.close();

  const socket = await openOwnSocket({ host: "127.0.0.1", port: 0 }, file);
  open.push(socket);
  const said = await openOwnSocket({ host: "127.0.0.2", port }, join(scratch(), "port"));
  open.push(said);

  expect(said.port).toBe(port);
  expect(readLastPort(file)).toBe(port);
});

test.each(["", "80", "70000", "12ab", "4000 4001", "-4000", "99999999999"])(
  "a file that holds %j names no port",
  (content) => {
    const file = join(scratch(), "port");
    writeFileSync(file, content);

    expect(readLastPort(file)).toBeUndefined();
  },
);

test("what is no file of ours is not followed", () => {
  const folder = scratch();
  writeFileSync(join(folder, "other"), "4000");
  symlinkSync(join(folder, "other"), join(folder, "port"));

  expect(readLastPort(join(folder, "port"))).toBeUndefined();
});
