import { expect } from "bun:test";
import { Writer } from "../../../lib/base/bytes.ts";
import type { Frame } from "../../../lib/wire/frames.ts";
import { UNRELIABLE_BYTES_MAX } from "../../../lib/wire/limits.ts";
import { bytesOf, rawFrame, repeated } from "./attacker.ts";
import { EVE, type Misbehaviour, misbehaviours } from "./stage.ts";

const [PADDING, PING, STREAM, CLOSE, CHALLENGE, WINDOW] = [0, 1, 3, 5, 6, 8];

/** As large as a datagram can be. */
const LARGE = 65_000;

const malformed: readonly (readonly [string, Uint8Array])[] = [
  ["a frame longer than its packet", rawFrame(STREAM, Uint8Array.of(1, 0), 40)],
  ["a frame of 2^53 - 1 bytes", rawFrame(STREAM, Uint8Array.of(1, 0), Number.MAX_SAFE_INTEGER)],
  ["an unknown frame longer than its packet", rawFrame(99, Uint8Array.of(1, 2, 3), 100)],
  [
    "a length cut in the middle",
    Uint8Array.of(...[1, 2, 3, 4, 5].flatMap(() => [PING, 0]), STREAM, 0x80),
  ],
  ["a length that is no exact number", Uint8Array.of(STREAM, ...repeated(Uint8Array.of(0xff), 8))],
  ["a kind without a length", Uint8Array.of(PING)],
  ["good frames before a bad one", Uint8Array.of(PING, 0, PING, 0, CHALLENGE, 1, 9)],
  ["a stream frame without an offset", rawFrame(STREAM, Uint8Array.of(1))],
  ["a stream frame without anything", rawFrame(STREAM, new Uint8Array(0))],
  ["an offset cut in the middle", rawFrame(STREAM, Uint8Array.of(1, 0xc0, 0, 0))],
  ["an offset of 2^61", rawFrame(STREAM, Uint8Array.of(1, 0xe0, 0, 0, 0, 0, 0, 0, 0, 7))],
  ["a close frame without a reason's length", rawFrame(CLOSE, Uint8Array.of(0))],
  ["a reason longer than its frame", rawFrame(CLOSE, Uint8Array.of(0, 200, 65))],
  ["a challenge of seven bytes", rawFrame(CHALLENGE, new Uint8Array(7))],
  ["a window frame without a limit", rawFrame(WINDOW, Uint8Array.of(1))],
  ["an empty window frame", rawFrame(WINDOW, new Uint8Array(0))],
  ["a window of 2^61", rawFrame(WINDOW, Uint8Array.of(1, 0xe0, 0, 0, 0, 0, 0, 0, 0))],
  [
    "an unreliable datagram that fits no path",
    bytesOf([{ kind: "datagram", data: new Uint8Array(UNRELIABLE_BYTES_MAX + 1) }]),
  ],
];

const passedOver: readonly (readonly [string, Uint8Array])[] = [
  ["endless padding", rawFrame(PADDING, new Uint8Array(LARGE))],
  ["thousands of frames of padding", repeated(Uint8Array.of(PADDING, 0), LARGE / 2)],
  ["thousands of frames of unknown kinds", repeated(Uint8Array.of(77, 1, 0), LARGE / 3)],
  ["an unknown frame as large as a datagram", rawFrame(255, new Uint8Array(LARGE))],
  ["thousands of pings in one packet", repeated(Uint8Array.of(PING, 0), LARGE / 2)],
  ["bytes behind a frame's last field", rawFrame(PING, new Uint8Array(1_000))],
  ["lengths written longer than they need be", Uint8Array.of(PING, 0xc0, 0, 0, 0, 0, 0, 0, 0)],
];

/** So many packets of these frames, in turns of a hundred. */
const flood = (
  name: string,
  count: number,
  make: (i: number) => readonly Frame[],
): Misbehaviour => ({
  name,
  misbehave: ({ eve, net }) => {
    const from = net.sent.length;
    for (let i = 0; i < count; i++) {
      eve.send(make(i));
      if (i % 100 === 99) net.run(1);
    }
    net.run(50);
    // One acknowledgement for each packet at the most, and nothing else.
    expect(net.sent.length - from).toBeLessThanOrEqual(2 * count);
  },
  outcome: "bounded",
});

misbehaviours([
  ...malformed.map(([name, bytes]): Misbehaviour => {
    return { name, misbehave: ({ eve }) => eve.send(bytes), outcome: "violation" };
  }),
  ...passedOver.map(([name, bytes]): Misbehaviour => {
    return { name, misbehave: ({ eve }) => eve.send(bytes), outcome: "ignored" };
  }),
  {
    name: "a packet too short for a tag",
    misbehave: ({ eve }) => eve.deliver(eve.seal([]).subarray(0, 20)),
    outcome: "ignored",
  },
  {
    name: "a hundred empty packets",
    misbehave: (stage) => {
      const from = stage.net.sent.length;
      for (let i = 0; i < 100; i++) stage.eve.send(new Uint8Array(0), { isPadded: false });
      stage.net.run(50);
      expect(stage.datagramsTo(EVE, from)).toBe(0);
    },
    outcome: "ignored",
  },
  flood("pings without end", 5_000, () => [{ kind: "ping" }]),
  flood("unreliable datagrams without end", 5_000, (i) => {
    return [{ kind: "datagram", data: new Uint8Array(i % UNRELIABLE_BYTES_MAX) }];
  }),
  {
    name: "thousands of empty datagrams in one packet",
    misbehave: ({ eve }) => eve.send(repeated(Uint8Array.of(4, 0), LARGE / 2)),
    outcome: "bounded",
    also: ({ victim }) => expect(victim.count("datagram")).toBe(LARGE / 2),
  },
  {
    name: "every length of garbage",
    misbehave: (stage) => {
      const { eve, net } = stage;
      for (let length = 1; length < 100; length++) {
        eve.meet();
        eve.send(new Writer().u8(STREAM).bytes(net.prng.bytes(length)).finish());
        net.run(60);
      }
      eve.meet();
    },
    outcome: "bounded",
    also: ({ victim }) => expect(victim.heard).toEqual([]),
  },
]);
