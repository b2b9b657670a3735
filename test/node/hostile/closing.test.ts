import { expect } from "bun:test";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import type { Frame } from "../../../lib/wire/frames.ts";
import { CLOSE_REASON_BYTES_MAX } from "../../../lib/wire/limits.ts";
import { bytesOf, rawFrame, repeated } from "./attacker.ts";
import { EVE, type Misbehaviour, misbehaviours, type Stage } from "./stage.ts";

const CLOSE = 5;

/** A close frame with a reason of these bytes. */
const closeOf = (code: number, reason: Uint8Array): Uint8Array => {
  return rawFrame(CLOSE, Uint8Array.of(code, reason.length, ...reason));
};
const LEFT: Frame = { kind: "close", code: 0, reason: "left" };

const endings = ({ victim }: Stage) => victim.events.filter((event) => event.kind === "closed");

const junk: readonly (readonly [string, Uint8Array])[] = [
  ["a reason that is not UTF-8", Uint8Array.of(0x68, 0xff, 0xfe)],
  ["a reason longer than there are", new Uint8Array(CLOSE_REASON_BYTES_MAX + 1).fill(65)],
  ["half of a surrogate pair", Uint8Array.of(0xed, 0xa0, 0x80)],
];

misbehaviours([
  ...junk.map(([name, reason]): Misbehaviour => ({
    name: `a close with ${name}`,
    misbehave: ({ eve }) => eve.send(closeOf(0, reason)),
    outcome: "done",
    also: (stage) => expect(endings(stage)).toMatchObject([{ reason: "" }]),
  })),
  {
    name: "a close after which nothing is as it was",
    misbehave: ({ eve, net }) => {
      eve.send([LEFT]);
      const from = net.sent.length;
      for (let i = 0; i < 1_000; i++) eve.send([LEFT, { kind: "ping" }]);
      eve.say(CHAT_CHANNEL, Uint8Array.of(65));
      net.run(5_000);
      expect(net.sent.slice(from).filter(({ to }) => to === EVE)).toEqual([]);
    },
    outcome: "done",
    also: (stage) => {
      expect(endings(stage)).toHaveLength(1);
      expect(stage.heardOfEve).toBe(0);
    },
  },
  {
    name: "ten thousand closes in one packet",
    misbehave: ({ eve }) => eve.send(repeated(bytesOf([{ ...LEFT, reason: "" }]), 10_000)),
    outcome: "done",
    also: (stage) => expect(endings(stage)).toHaveLength(1),
  },
  {
    name: "a close, and challenges behind it",
    misbehave: ({ eve, net }) => {
      const from = net.sent.length;
      eve.send([LEFT, { kind: "path-challenge", data: new Uint8Array(8) }]);
      net.run(50);
      expect(net.sent.slice(from).filter(({ to }) => to === EVE)).toEqual([]);
    },
    outcome: "done",
  },
  {
    name: "a message behind the close in its packet",
    misbehave: ({ eve }) => eve.send([LEFT, eve.streamOf(CHAT_CHANNEL, Uint8Array.of(1, 65))]),
    outcome: "done",
    // It came with the close, not after it.
    also: (stage) => {
      const kinds = stage.victim.events.map(({ kind }) => kind).slice(-2);
      expect(kinds).toEqual(["messages", "closed"]);
    },
  },
  {
    name: "a code that nobody knows",
    misbehave: ({ eve }) => eve.send(closeOf(200, new Uint8Array(0))),
    outcome: "done",
  },
  {
    name: "a close that says the victim broke the rules",
    misbehave: ({ eve }) => eve.send([{ kind: "close", code: 1, reason: "you did" }]),
    outcome: "violation",
  },
  {
    name: "an overflow that only the victim could tell of",
    misbehave: ({ eve }) => eve.send([{ kind: "close", code: 5, reason: "" }]),
    outcome: "overflow",
  },
  {
    name: "a violation, and thousands of packets before it is told of it",
    misbehave: ({ eve, net }) => {
      const from = net.sent.length;
      for (let i = 0; i < 2_000; i++) eve.send(rawFrame(CLOSE, new Uint8Array(0)));
      net.run(50);
      const told = net.sent.slice(from).filter(({ to }) => to === EVE);
      expect(told).toHaveLength(1);
    },
    outcome: "violation",
  },
  {
    name: "coming back at once after each of forty violations",
    misbehave: ({ eve, net }) => {
      for (let i = 0; i < 40; i++) {
        eve.send(rawFrame(CLOSE, new Uint8Array(0)));
        net.run(60);
        eve.meet();
      }
      eve.send([{ kind: "close", code: 0, reason: "" }]);
    },
    outcome: "done",
    also: ({ victim }) => expect(victim.endpoint.sizes.connections).toBe(1),
  },
]);
