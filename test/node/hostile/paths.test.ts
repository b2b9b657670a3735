import { expect } from "bun:test";
import type { Address } from "../../../lib/base/address.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import type { Frame } from "../../../lib/wire/frames.ts";
import { at } from "../net.ts";
import { ackOf } from "./attacker.ts";
import { BYSTANDER, EVE, type Misbehaviour, misbehaviours, type Stage } from "./stage.ts";

const VICTIM_OF_EVE = at("192.0.2.9");
const OTHER = at("203.0.113.67");
const PING: Frame = { kind: "ping" };

const challenge = (byte: number): Frame => {
  return { kind: "path-challenge", data: new Uint8Array(8).fill(byte) };
};
const response = (data: Uint8Array): Frame => ({ kind: "path-response", data });

const sources = (count: number): Address[] => {
  return Array.from({ length: count }, (_, i) =>
    at(`192.0.${2 + (i >> 8)}.${i & 255}:${1024 + i}`),
  );
};

/** Everything that the victim says goes on going where the attacker has proved to be. */
function expectStillAt(stage: Stage, address: Address): void {
  const from = stage.net.sent.length;
  stage.offer("where are you?");
  stage.net.run(50);
  expect(stage.sentTo(address, from)).toBeGreaterThan(0);
}

const challenges: readonly Misbehaviour[] = [
  {
    name: "path challenges without end",
    misbehave: (stage) => {
      const { eve, net } = stage;
      for (let i = 0; i < 5_000; i++) {
        eve.send([challenge(i & 255)]);
        if (i % 100 === 99) net.run(20);
      }
    },
    outcome: "ignored",
    // A second's worth at once, and eight in the second that it took.
    also: ({ eve }) => expect(eve.framesOf("path-response").length).toBeWithin(8, 20),
  },
  {
    name: "many challenges in one packet, as if from somewhere else",
    misbehave: (stage) => {
      const frames = Array.from({ length: 100 }, (_, i) => challenge(i));
      stage.eve.send(frames.slice(0, 8), { from: VICTIM_OF_EVE });
      stage.net.run(2_000);
      stage.eve.send(frames, { from: VICTIM_OF_EVE });
      stage.net.run(50);
      expect(stage.datagramsTo(VICTIM_OF_EVE)).toBe(2);
    },
    outcome: "ignored",
  },
  {
    name: "challenges in the smallest packets, as if from somewhere else",
    misbehave: (stage) => {
      for (let i = 0; i < 100; i++) {
        stage.eve.send([challenge(i)], { from: VICTIM_OF_EVE });
        stage.net.run(50);
      }
      expect(stage.sentTo(VICTIM_OF_EVE)).toBeLessThanOrEqual(
        stage.eve.spent.get(VICTIM_OF_EVE) ?? 0,
      );
      expectStillAt(stage, EVE);
    },
    outcome: "ignored",
  },
  {
    name: "answers to challenges that were never made",
    misbehave: (stage) => {
      for (let i = 0; i < 2_000; i++) {
        stage.eve.send([response(stage.net.prng.bytes(8))], { from: OTHER });
      }
      expectStillAt(stage, EVE);
    },
    outcome: "ignored",
    also: (stage) => expect(stage.sentTo(OTHER)).toBe(0),
  },
];

const spoofs: readonly Misbehaviour[] = [
  {
    name: "packets as if from a thousand addresses",
    misbehave: (stage) => {
      const all = sources(1_000);
      for (const [i, from] of all.entries()) {
        stage.eve.send([PING], { from });
        if (i % 50 === 49) stage.net.run(20);
      }
      stage.net.run(5_000);
      // Four addresses are tried at a time, for three seconds each.
      const tried = all.filter((address) => stage.sentTo(address) > 0);
      expect(tried.length).toBeLessThanOrEqual(8);
      expectStillAt(stage, EVE);
    },
    outcome: "ignored",
  },
  {
    name: "answers guessed for a challenge that went elsewhere",
    misbehave: (stage) => {
      stage.eve.send([PING], { from: VICTIM_OF_EVE });
      for (let i = 0; i < 2_000; i++) stage.eve.send([response(stage.net.prng.bytes(8))]);
      stage.net.run(5_000);
      expectStillAt(stage, EVE);
    },
    outcome: "ignored",
  },
  {
    name: "packets too small to pay for a challenge",
    misbehave: (stage) => {
      for (let i = 0; i < 100; i++) {
        stage.eve.send(new Uint8Array(0), { from: VICTIM_OF_EVE, isPadded: false });
        stage.net.run(20);
      }
      expect(stage.sentTo(VICTIM_OF_EVE)).toBe(0);
    },
    outcome: "ignored",
  },
  {
    name: "a flood that comes as if from the bystander",
    misbehave: (stage) => {
      const { eve, net, bystander, victim } = stage;
      for (let i = 0; i < 500; i++) eve.send([PING], { from: BYSTANDER });
      net.run(5_000);
      expect(victim.connectionTo(bystander).path.remote).toBe(BYSTANDER);
      expect(bystander.events.filter(({ kind }) => kind !== "strangers")).toHaveLength(1);
      expectStillAt(stage, EVE);
    },
    outcome: "ignored",
  },
  {
    name: "its own words as if from somewhere else",
    misbehave: (stage) => {
      const { eve, net } = stage;
      for (let i = 0; i < 200; i++) {
        eve.send([eve.streamOf(CHAT_CHANNEL, Uint8Array.of(1, 65))], { from: VICTIM_OF_EVE });
        while (stage.offer(new Uint8Array(1_000)));
        net.run(20);
      }
      // What its user has to say to it does not go there.
      expect(stage.sentTo(VICTIM_OF_EVE)).toBeLessThanOrEqual(200 * 39);
    },
    outcome: "bounded",
  },
  {
    name: "moving to and fro without end",
    misbehave: (stage) => {
      const { eve, net, proved } = stage;
      proved.add(OTHER);
      net.attach(OTHER, eve);
      const from = net.sent.length;
      // What it acknowledges comes from where it is, too.
      eve.isAcking = false;
      for (let i = 0; i < 200; i++) {
        const here = { from: i % 2 === 0 ? OTHER : EVE };
        stage.offer(new Uint8Array(1_000));
        eve.send([PING], here);
        net.run(20);
        eve.send([ackOf(...eve.heard.map(({ number }) => number))], here);
        for (const { data } of eve.framesOf("path-challenge")) eve.send([response(data)], here);
        eve.heard = [];
        net.run(20);
      }
      // Every move repeats what is under way, which is little: it was acknowledged before.
      expect(stage.sentTo(EVE, from) + stage.sentTo(OTHER, from)).toBeLessThan(200 * 4_000);
    },
    outcome: "bounded",
    also: ({ victim }) => expect(victim.count("moved")).toBeWithin(100, 201),
  },
];

misbehaviours([...challenges, ...spoofs]);
