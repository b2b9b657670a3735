import { afterAll, beforeAll, expect } from "bun:test";
import { hasLab, labTest } from "./labtest.ts";
import { siteOf } from "./plan.ts";
import { Probe } from "./probe.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 5000;

const SILENCE_MS = 60;

const HOSTNAME = siteOf("server").v4 ?? "";

let lab: Topology;
beforeAll(async () => {
  if (hasLab) lab = await Topology.build("port-restricted.1");
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

labTest("a place that is added reaches those who were there before", TEST_MS, async () => {
  await lab.add("port-restricted.2", "port-restricted.1");
  using one = await Probe.open(lab, "port-restricted.1");
  using other = await Probe.open(lab, "port-restricted.2");
  const toOne = `${siteOf("port-restricted.1").public[0]}:${one.port}`;
  const toOther = `${siteOf("port-restricted.2").public[0]}:${other.port}`;

  one.send(toOther, "first, into a closed door");
  await Bun.sleep(SILENCE_MS);
  other.send(toOne, "other to one");
  await one.receive("other to one");
  one.send(toOther, "one to other");

  expect(await other.receive("one to other")).toMatchObject({ from: toOne });
  expect(one.received).toMatchObject([{ from: toOther, text: "other to one" }]);
  expect(other.received).toHaveLength(1);
});

labTest("labs side by side know nothing of one another", TEST_MS, async () => {
  await using second = await Topology.build("open.1");
  using inFirst = await Probe.open(lab, "server", { hostname: HOSTNAME });
  using inSecond = await Probe.open(second, "server", {
    hostname: HOSTNAME,
    port: inFirst.port,
  });
  using probe = await Probe.open(second, "open.1");

  probe.send(inFirst.address, "hello");

  expect(await inSecond.receive("hello")).toBeDefined();
  expect(inFirst.received).toEqual([]);
});

labTest("datagrams at the server are counted by client, direction and size", TEST_MS, async () => {
  using home = await Probe.open(lab, "port-restricted.1");
  using server = await Probe.open(lab, "server", { hostname: HOSTNAME });

  for (const text of ["12345", "abcde", "1234567"]) home.send(server.address, text);
  const seen = await server.receive("1234567");
  server.send(seen?.from ?? "", "123");
  await home.receive("123");
  const client = seen?.from ?? "";
  const traffic = (await lab.serverTraffic()).filter((row) => row.client === client);

  expect(traffic).toHaveLength(3);
  expect(traffic).toContainEqual({ direction: "in", client, bytes: 5, datagrams: 2 });
  expect(traffic).toContainEqual({ direction: "in", client, bytes: 7, datagrams: 1 });
  expect(traffic).toContainEqual({ direction: "out", client, bytes: 3, datagrams: 1 });
});

labTest("what a place sends is counted, though it may end on the way", TEST_MS, async () => {
  using probe = await Probe.open(lab, "port-restricted.1");
  const before = lab.datagramsSent("port-restricted.1");

  for (let index = 0; index < 7; index += 1) probe.send(`${HOSTNAME}:9`, "lost", 2);

  expect(lab.datagramsSent("port-restricted.1") - before).toBe(7);
});
