import { expect, test } from "bun:test";
import { silenceSentence } from "../../lib/node/silence.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person } from "./people.ts";

const SERVER = at("192.0.2.1:3478");
const ANN = at("198.51.100.1:4000");

const HOSTS = [{ ip: new Uint8Array([198, 51, 100, 1]), prefixBits: 24 }];
const LOOPBACK = [{ ip: new Uint8Array([127, 0, 0, 1]), prefixBits: 8 }];

function natsOf({ events }: Person) {
  return events.filter((event) => event.type === "nat");
}

test("a server from which nothing comes back is spoken of within some seconds, and once", () => {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });

  net.run(4_000);

  expect(natsOf(ann)).toMatchObject([{ nat: null }]);
  expect(natsOf(ann)[0]?.text).toContain("UDP seems blocked on this network");
  expect(ann.events.find(({ type }) => type !== "log")?.type).toBe("ready");
  net.run(60_000);
  expect(natsOf(ann)).toHaveLength(1);
});

test("a server that answers is not", () => {
  const net = new Net(1);
  host(net, SERVER, nth(1));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });

  net.run(10_000);

  expect(natsOf(ann)).toEqual([]);
});

test("a machine that refuses for its server is told apart from silence", () => {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  ann.machine.handleSendError(net.now, 0, SERVER, "refused");

  net.run(4_000);

  expect(natsOf(ann)[0]?.text).toStartWith(`Nothing listens at ${SERVER}`);
});

test.each([
  [{ hosts: LOOPBACK, isOtherHeard: false }, undefined, "This machine has no network"],
  [{ hosts: HOSTS, isOtherHeard: false }, "unreachable", "No way leads from this network"],
  [{ hosts: HOSTS, isOtherHeard: true }, undefined, "while others are heard"],
  [{ hosts: HOSTS, isOtherHeard: false }, undefined, "or the server is down"],
] as const)("no more is said than can be told apart: %#", (circumstances, error, words) => {
  expect(silenceSentence(SERVER, error, circumstances)).toContain(words);
});

test("nobody's UDP is blocked on the way to oneself", () => {
  const circumstances = { hosts: LOOPBACK, isOtherHeard: false };

  const sentence = silenceSentence(at("127.0.0.1:3478"), undefined, circumstances);

  expect(sentence).not.toContain("blocked");
});
