import { expect, test } from "bun:test";
import { STUN_LONGER_PER_SECOND } from "../../lib/rendezvous/stunservice.ts";
import { decodeStun, encodeStun, STUN_REQUEST_BYTES } from "../../lib/wire/stun.ts";
import { mutated } from "../wire/mutations.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host } from "./people.ts";

const SERVER = at("203.0.113.1:3478");
const SOCKETS = [SERVER, at("203.0.113.2:3478"), at("203.0.113.1:3479"), at("203.0.113.2:3479")];
const STRANGER = at("192.0.2.66");

const REQUEST = encodeStun(
  {
    kind: "request",
    transaction: new Uint8Array(12).fill(7),
    change: { ip: true, port: true },
    responsePort: undefined,
    isPadded: false,
    unknown: [],
  },
  STUN_REQUEST_BYTES,
);

test("a server answers STUN from the socket that was asked for, whatever its buffer holds", () => {
  const net = new Net(1);
  const server = host(net, SERVER, nth(1), { sockets: SOCKETS });
  const bytes = REQUEST.slice();

  server.machine.handleDatagram(net.now, 0, STRANGER, bytes);
  bytes.fill(0xa5);
  const output = server.machine.pollOutput();

  expect(output).toMatchObject({ kind: "send", socket: 3, to: STRANGER });
  expect(output?.kind === "send" && decodeStun(output.bytes)).toMatchObject({
    kind: "response",
    mapped: STRANGER,
    transaction: new Uint8Array(12).fill(7),
    origin: SOCKETS[3],
  });
  expect(server.machine.pollOutput()).toBeUndefined();
});

test("STUN that is no request is nobody's, and not even a stranger's", () => {
  const net = new Net(1);
  const server = host(net, SERVER, nth(1), { sockets: SOCKETS });
  const response = encodeStun({
    kind: "response",
    transaction: new Uint8Array(12),
    mapped: STRANGER,
    origin: undefined,
    other: undefined,
    paddingBytes: undefined,
  });

  for (let i = 0; i < 100; i++) net.deliver(SERVER, STRANGER, response);
  net.run(2_000);

  expect(net.sent).toEqual([]);
  expect(server.events).toEqual([]);
});

test("forged questions of every kind get few answers that are longer", () => {
  const net = new Net(Number(process.env["SEED"] ?? 1));
  host(net, SERVER, nth(1), { sockets: SOCKETS });
  const short = REQUEST.slice(0, 20);
  short.set([0, 0], 2);
  let longer = 0;
  for (let i = 0; i < 5_000; i++) {
    const bytes = i % 4 < 3 ? short : mutated(net.random, i % 8 === 3 ? short : REQUEST);
    const said = net.sent.length;
    net.deliver(SERVER, at(`10.${i % 7}.${(i >> 8) & 0xff}.${i & 0xff}`), bytes);
    const answers = net.sent.slice(said);
    expect(answers.length).toBeLessThanOrEqual(1);
    longer += answers.filter((answer) => answer.bytes.length > bytes.length).length;
    net.run(1);
  }

  expect(longer).toBeGreaterThan(1_000);
  expect(longer).toBeLessThanOrEqual(STUN_LONGER_PER_SECOND * (1 + net.elapsedMs / 1000));
});
