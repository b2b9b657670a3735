import { describe, expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import {
  STUN_LONGER_PER_SECOND,
  STUN_LONGER_PER_SOURCE,
  STUN_LONGER_PER_SOURCE_BURST,
  STUN_SOURCES_MAX,
  StunService,
} from "../../lib/rendezvous/stunservice.ts";
import {
  type BindingRequest,
  CHANGE_REQUEST,
  decodeStun,
  encodeStun,
  STUN_REQUEST_BYTES,
} from "../../lib/wire/stun.ts";
import { DATAGRAM_BYTES_BASE } from "../../lib/wire/limits.ts";
import { seeded } from "../crypto/seeded.ts";
import { addr, START } from "./people.ts";

const CLIENT = addr("203.0.113.7:4000");
const CLIENT_V6 = addr("[2001:db8:7::7]:4000");

/** Both ports of both addresses, in the order of a server with two --listen. */
const SQUARE = [
  addr("198.51.100.10:3478"),
  addr("198.51.100.11:3478"),
  addr("198.51.100.10:3479"),
  addr("198.51.100.11:3479"),
];
const SQUARE_V6 = [
  addr("[2001:db8::1]:3478"),
  addr("[2001:db8::2]:3478"),
  addr("[2001:db8::1]:3479"),
  addr("[2001:db8::2]:3479"),
];
const ANYWHERE = [addr("[::]:3478"), addr("[::]:3479")];
const ALONE = [addr("198.51.100.10:3478")];

const BOTH = { ip: true, port: true };
const IP = { ip: true, port: false };
const PORT = { ip: false, port: true };

const REQUEST: BindingRequest = {
  kind: "request",
  transaction: Uint8Array.from({ length: 12 }, (_, i) => 7 * i),
  change: { ip: false, port: false },
  responsePort: undefined,
  isPadded: false,
  unknown: [],
};

interface Asked {
  readonly sockets?: readonly Address[];
  readonly socket?: number;
  readonly from?: Address;
}

/** The answer of a new service, read, and how it leaves. */
function ask(request: Partial<BindingRequest>, asked: Asked = {}) {
  const { sockets = SQUARE, socket = 0, from = CLIENT } = asked;
  const service = new StunService(START, sockets);
  const bytes = encodeStun({ ...REQUEST, ...request });
  const answer = service.handleDatagram(START, socket, from, bytes);
  return answer === undefined
    ? undefined
    : { ...answer, size: answer.bytes.length, message: decodeStun(answer.bytes) };
}

test.each([CLIENT, CLIENT_V6])("a request is answered with where it comes from: %s", (from) => {
  const answer = ask({}, { from, sockets: ANYWHERE });

  expect(answer).toMatchObject({ socket: 0, to: from });
  expect(answer?.message).toEqual({
    kind: "response",
    transaction: REQUEST.transaction,
    mapped: from,
    origin: undefined,
    other: undefined,
    paddingBytes: undefined,
  });
});

describe("a server with two ports of two addresses", () => {
  test.each([0, 1, 2, 3])("tells the opposite socket of %d", (socket) => {
    const opposite = 3 - socket;

    expect(ask({}, { socket })?.message).toMatchObject({
      origin: SQUARE[socket],
      other: SQUARE[opposite],
    });
  });

  test.each([
    ["another port", PORT, 2],
    ["another address", IP, 1],
    ["both", BOTH, 3],
  ])("answers from %s", (_what, change, socket) => {
    const answer = ask({ change });

    expect(answer).toMatchObject({ socket, to: CLIENT });
    expect(answer?.message).toMatchObject({ origin: SQUARE[socket], other: SQUARE[3] });
  });

  test("does the same in IPv6, and mixes no families", () => {
    const sockets = [SQUARE[0] ?? CLIENT, ...SQUARE_V6, SQUARE[2] ?? CLIENT];

    const v6 = ask({ change: BOTH }, { sockets, socket: 1, from: CLIENT_V6 });
    const v4 = ask({ change: IP }, { sockets, socket: 0 });

    expect(v6).toMatchObject({ socket: 4, message: { other: SQUARE_V6[3] } });
    expect(v4?.message).toMatchObject({ kind: "error", code: 420 });
  });
});

describe("a server without a second address", () => {
  test.each([
    ["anywhere", ANYWHERE],
    ["at one address", [SQUARE[0] ?? CLIENT, SQUARE[2] ?? CLIENT]],
  ])("that listens %s answers from its other port, and offers no more", (_where, sockets) => {
    expect(ask({ change: PORT }, { sockets })).toMatchObject({ socket: 1 });
    expect(ask({}, { sockets })?.message).toMatchObject({ kind: "response", other: undefined });
  });

  test.each([
    ["anywhere", "its address", ANYWHERE, IP],
    ["anywhere", "address and port", ANYWHERE, BOTH],
    ["at one port", "it", ALONE, PORT],
    ["nowhere", "its port", [], PORT],
  ])("that listens %s cannot change %s, and says so", (_where, _what, sockets, change) => {
    expect(ask({ change }, { sockets })).toMatchObject({
      socket: 0,
      to: CLIENT,
      message: { kind: "error", code: 420, unknown: [CHANGE_REQUEST] },
    });
  });

  test("tells nobody outside its private address", () => {
    const sockets = [addr("10.0.0.5:3478")];

    expect(ask({}, { sockets })?.message).toMatchObject({ origin: undefined });
    expect(ask({}, { sockets, from: addr("10.0.0.9:9") })?.message).toMatchObject({
      origin: sockets[0],
    });
  });
});

test("a response goes to another port where that is asked for, and says where from it was", () => {
  const answer = ask({ responsePort: 5000, change: PORT });

  expect(answer).toMatchObject({ socket: 2, to: addr("203.0.113.7:5000") });
  expect(answer?.message).toMatchObject({ mapped: CLIENT });
});

test("what is not understood is refused by its types, to where it came from", () => {
  const answer = ask({ unknown: [0x0006, 0x0024], responsePort: 5000, change: PORT });

  expect(answer).toMatchObject({ socket: 0, to: CLIENT });
  expect(answer?.message).toMatchObject({ code: 420, unknown: [0x0006, 0x0024] });
});

test("PADDING and another port are refused together", () => {
  expect(ask({ isPadded: true, responsePort: 5000 })?.message).toMatchObject({ code: 400 });
});

test("PADDING is answered with PADDING to the question's length, as far as paths carry it", () => {
  for (let size = 24; size <= 1600; size += 4) {
    const service = new StunService(START, SQUARE);
    const bare = encodeStun({ ...REQUEST, isPadded: true });
    const head = bare.slice(0, 20);
    head.set([(size - 20) >> 8, (size - 20) & 0xff], 2);
    const padded = new Uint8Array(size);
    padded.set(head);
    padded.set([0, 0x26, (size - 24) >> 8, (size - 24) & 0xff], 20);

    const answer = service.handleDatagram(START, 0, CLIENT, padded);

    expect(answer?.bytes).toHaveLength(Math.min(Math.max(size, 64), DATAGRAM_BYTES_BASE));
    expect(answer && decodeStun(answer.bytes)).toMatchObject({ mapped: CLIENT });
  }
});

test("only requests are answered", () => {
  const service = new StunService(START, SQUARE);
  const { transaction } = REQUEST;
  const response = ask({})?.bytes ?? new Uint8Array(0);
  const error = encodeStun({ kind: "error", transaction, code: 420, reason: "", unknown: [] });
  const cut = encodeStun(REQUEST).slice(0, -1);

  for (const bytes of [response, error, cut, seeded(1)(100), new Uint8Array(0)]) {
    expect(service.handleDatagram(START, 0, CLIENT, bytes)).toBeUndefined();
  }
});

describe("answers longer than their questions", () => {
  const short = encodeStun(REQUEST);
  const long = encodeStun(REQUEST, STUN_REQUEST_BYTES);

  /** How many of so many questions, asked evenly, are answered, and with how many bytes more. */
  function flood(count: number, overMs: number, from: (i: number) => Address, bytes = short) {
    const service = new StunService(START, SQUARE);
    let answers = 0;
    let more = 0;
    for (let i = 0; i < count; i++) {
      const now = START + (i * overMs) / count;
      const answer = service.handleDatagram(now, 0, from(i), bytes);
      if (answer === undefined) continue;
      answers++;
      more += answer.bytes.length - bytes.length;
    }
    return { answers, more };
  }

  test("are few for one address, whatever its ports", () => {
    const { answers } = flood(5_000, 60_000, (i) => addr(`203.0.113.7:${1 + i}`));

    expect(answers).toBeGreaterThanOrEqual(STUN_LONGER_PER_SOURCE_BURST);
    expect(answers).toBeLessThanOrEqual(STUN_LONGER_PER_SOURCE_BURST + 60 * STUN_LONGER_PER_SOURCE);
  });

  test("are few for one site of IPv6", () => {
    const { answers } = flood(5_000, 60_000, (i) =>
      addr(`[2001:db8:0:${(i & 0xff).toString(16)}::1]:9`),
    );

    expect(answers).toBeLessThanOrEqual(STUN_LONGER_PER_SOURCE_BURST + 60 * STUN_LONGER_PER_SOURCE);
  });

  test("are few for all the world, and 20 kB a second", () => {
    const from = (i: number) => addr(`198.${i % 251}.${i % 241}.${1 + (i % 239)}:9`);
    const { answers, more } = flood(20_000, 10_000, from);

    expect(answers).toBeGreaterThan(10 * STUN_LONGER_PER_SECOND);
    expect(answers).toBeLessThanOrEqual(11 * STUN_LONGER_PER_SECOND);
    expect(more).toBeLessThanOrEqual(80 * answers);
    expect(80 * STUN_LONGER_PER_SECOND).toBeLessThanOrEqual(20_480);
  });

  test("take nothing from questions that are filled up", () => {
    const service = new StunService(START, SQUARE);
    for (let i = 0; i < STUN_SOURCES_MAX + 500; i++) {
      const from = addr(`10.${i >> 16}.${(i >> 8) & 0xff}.${i & 0xff}:9`);
      service.handleDatagram(START, 0, from, short);
      const answer = service.handleDatagram(START, 0, from, long);
      expect(answer?.bytes.length).toBeLessThanOrEqual(long.length);
    }
  });

  test("are allowed again when the source has been still", () => {
    const service = new StunService(START, SQUARE);
    while (service.handleDatagram(START, 0, CLIENT, short) !== undefined);

    expect(service.handleDatagram(START + 249, 0, CLIENT, short)).toBeUndefined();
    expect(service.handleDatagram(START + 251, 0, CLIENT, short)).toBeDefined();
    expect(service.handleDatagram(START + 251, 0, CLIENT_V6, short)).toBeDefined();
  });
});

test("no answer is more than 80 bytes longer, with headers 2.2 times as long", () => {
  for (const [sockets, from, headers] of [
    [SQUARE, CLIENT, 28],
    [SQUARE_V6, CLIENT_V6, 48],
  ] as const) {
    for (const change of [REQUEST.change, BOTH]) {
      for (let count = 0; count <= 16; count++) {
        const unknown = Array.from({ length: count }, (_, i) => 0x4000 + i);
        const whole = encodeStun({ ...REQUEST, change, unknown });
        // Nobody has to send FINGERPRINT.
        const bytes = whole.slice(0, -8);
        bytes.set([(bytes.length - 20) >> 8, (bytes.length - 20) & 0xff], 2);
        const answer = new StunService(START, sockets).handleDatagram(START, 0, from, bytes);
        const size = answer?.bytes.length ?? Infinity;

        expect(size - bytes.length).toBeLessThanOrEqual(80);
        expect((size + headers) / (bytes.length + headers)).toBeLessThanOrEqual(2.2);
      }
    }
  }
});
