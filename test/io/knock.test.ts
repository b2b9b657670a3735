import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { knock, refusalOf } from "../../lib/io/doctor/knock.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import { SKIPPED } from "../support/tally.ts";
import { address } from "../contract/events.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux is known to tell of it`;

/** Where nobody listens any more. */
async function closedPort(): Promise<number> {
  const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 });
  const { port } = socket;
  socket.close();
  return port;
}

test("a machine that refuses a connection is there, as is one that takes it", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;

  const taken = await knock(address(`127.0.0.1:${port}`), 2000);
  server.close();

  expect(taken).toBe("answers");
  expect(await knock(address(`127.0.0.1:${await closedPort()}`), 2000)).toBe("answers");
});

test.skipIf(!isLinux)(`a closed port is told apart from silence${why}`, async () => {
  const closed = address(`127.0.0.1:${await closedPort()}`);
  const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 });
  const silent = address(`127.0.0.1:${socket.port}`);

  const outcomes = await Promise.all([refusalOf(closed, 2000), refusalOf(silent, 400)]);
  socket.close();

  expect(outcomes).toEqual(["refused", undefined]);
});
