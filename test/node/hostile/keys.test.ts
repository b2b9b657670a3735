import { expect } from "bun:test";
import { encodeUtf8 } from "../../../lib/base/text.ts";
import { REPLAY_WINDOW } from "../../../lib/crypto/replay.ts";
import { CLOSE_CODES } from "../../../lib/session/session.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { KEY_PACKETS_MAX, OLD_KEY_MS } from "../../../lib/wire/limits.ts";
import { encodePacket, putTransportHeader } from "../../../lib/wire/packet.ts";
import { flipped } from "../../crypto/seeded.ts";
import { nth } from "../end.ts";
import { at } from "../net.ts";
import type { Attacker } from "./attacker.ts";
import { BYSTANDER, EVE, type Misbehaviour, misbehaviours, type Stage } from "./stage.ts";

const ELSEWHERE = at("192.0.2.9");
const HELLO = encodeUtf8("hello");

/** A packet whose header claims another counter. */
function misnumbered(eve: Attacker, counter: number): Uint8Array {
  const bytes = eve.seal([{ kind: "ping" }]);
  putTransportHeader(bytes, eve.keys.remoteIndex, counter);
  return bytes;
}

/** Keys of the epoch that follows. */
function renewal(eve: Attacker, ahead = 1) {
  return { session: eve.sessionId, epoch: eve.keys.epoch + ahead };
}

const epochOf = ({ session }: Stage) => session?.epoch;

const counters: readonly Misbehaviour[] = [
  {
    name: "every packet twice, and once more later",
    misbehave: ({ eve, net }) => {
      const said = Array.from({ length: 50 }, (_, i) => {
        return eve.seal([eve.streamOf(CHAT_CHANNEL, Uint8Array.of(1, 65 + (i % 26)))]);
      });
      for (const bytes of [...said, ...said.toReversed()]) eve.deliver(bytes);
      net.run(5_000);
      for (const bytes of said) eve.deliver(bytes, ELSEWHERE);
    },
    outcome: "bounded",
    also: (stage) => {
      expect(stage.heardOfEve).toBe(50);
      expect(stage.sentTo(ELSEWHERE)).toBe(0);
    },
  },
  {
    name: "a packet that is older than is remembered",
    misbehave: ({ eve, net }) => {
      const old = eve.seal([eve.streamOf(CHAT_CHANNEL, Uint8Array.of(1, 65))]);
      eve.send([{ kind: "ping" }], { counter: REPLAY_WINDOW + 100 });
      const from = net.sent.length;
      eve.deliver(old);
      net.run(50);
      expect(net.sent.slice(from)).toEqual([]);
    },
    outcome: "ignored",
  },
  {
    name: "the last counter that there is, and the ones before",
    misbehave: ({ eve, net }) => {
      const frame = eve.streamOf(CHAT_CHANNEL, Uint8Array.of(1, 65));
      const before = eve.seal([frame]);
      eve.send([{ kind: "ping" }], { counter: KEY_PACKETS_MAX - 1 });
      eve.deliver(before);
      net.run(50);
      const acks = eve.framesOf("ack").flatMap(({ ranges }) => ranges);
      expect(acks.map(({ last }) => last)).toContain(KEY_PACKETS_MAX - 1);
      // Nothing can follow but new keys.
      expect(eve.meet(renewal(eve))).toBe(true);
      eve.send([frame]);
    },
    outcome: "bounded",
    also: (stage) => expect([epochOf(stage), stage.heardOfEve]).toEqual([1, 1]),
  },
  {
    name: "counters that leap by thousands",
    misbehave: ({ eve }) => {
      for (let i = 1; i <= 500; i++) eve.send([{ kind: "ping" }], { counter: 8_000 * i });
    },
    outcome: "ignored",
    also: ({ eve }) => {
      const ranges = eve.framesOf("ack").map((ack) => ack.ranges.length);
      expect(Math.max(...ranges)).toBeLessThanOrEqual(32);
    },
  },
  ...[1_000_000, KEY_PACKETS_MAX, KEY_PACKETS_MAX + 1, Number.MAX_SAFE_INTEGER].map(
    (counter): Misbehaviour => ({
      name: `a header with the counter ${counter} for a packet sealed under another`,
      misbehave: ({ eve }) => {
        eve.deliver(misnumbered(eve, counter));
        eve.say(CHAT_CHANNEL, HELLO);
      },
      outcome: "bounded",
      also: (stage) => expect(stage.heardOfEve).toBe(1),
    }),
  ),
  {
    name: "a packet with every bit flipped in turn",
    misbehave: ({ eve, net }) => {
      const bytes = eve.seal([eve.streamOf(CHAT_CHANNEL, Uint8Array.of(1, 65))]);
      const from = net.sent.length;
      for (let bit = 0; bit < 8 * bytes.length; bit++) eve.deliver(flipped(bytes, bit), ELSEWHERE);
      expect(net.sent).toHaveLength(from);
    },
    outcome: "bounded",
    also: ({ victim }) => expect(victim.events.at(-1)?.kind).toBe("opened"),
  },
  {
    name: "packets sealed with its own keys for somebody else's session",
    misbehave: ({ eve, net, bystander, victim }) => {
      const bytes = eve.seal([{ kind: "close", code: 0, reason: "left" }]);
      const indices = bystander.connectionTo(victim).session.localIndices;
      for (const index of [...indices, ...victim.connectionTo(bystander).session.localIndices]) {
        putTransportHeader(bytes, index, 50);
        eve.deliver(bytes, BYSTANDER);
      }
      net.run(50);
    },
    outcome: "ignored",
  },
];

const renewals: readonly Misbehaviour[] = [
  {
    name: "old keys after new ones, from somewhere else",
    misbehave: (stage) => {
      const { eve, net } = stage;
      const keys = eve.keys;
      eve.meet(renewal(eve));
      const from = net.sent.length;
      eve.send([{ kind: "ping" }], { keys, counter: 900, from: ELSEWHERE });
      net.run(300);
      // It counts, but does not tell where the peer is.
      expect(stage.datagramsTo(ELSEWHERE, from)).toBe(0);
      expect(stage.datagramsTo(EVE, from)).toBeGreaterThan(0);
    },
    outcome: "bounded",
  },
  {
    name: "old keys when their time is over",
    misbehave: (stage) => {
      const { eve, net } = stage;
      const keys = eve.keys;
      eve.meet(renewal(eve));
      net.run(OLD_KEY_MS + 1_000);
      const from = net.sent.length;
      eve.send([{ kind: "close", code: 0, reason: "left" }], { keys, counter: 900 });
      net.run(50);
      expect(stage.datagramsTo(EVE, from)).toBe(0);
    },
    outcome: "bounded",
  },
  {
    name: "a hundred renewals in a row",
    misbehave: ({ eve, net }) => {
      for (let i = 0; i < 100; i++) {
        eve.meet(renewal(eve, i % 2 === 0 ? 1 : 2));
        if (i % 4 === 0) net.run(10);
      }
    },
    outcome: "bounded",
    also: (stage) => {
      expect(epochOf(stage)).toBeGreaterThan(50);
      expect(stage.session?.id).toEqual(stage.eve.sessionId);
      expect(stage.victim.endpoint.sizes.routes).toBeLessThanOrEqual(3);
      stage.eve.say(CHAT_CHANNEL, HELLO);
      expect(stage.heardOfEve).toBe(1);
    },
  },
  {
    name: "a renewal that leaps ahead",
    misbehave: ({ eve }) => {
      for (const ahead of [3, 1_000, 2 ** 32 - 1])
        expect(eve.meet(renewal(eve, ahead))).toBe(false);
    },
    outcome: "ignored",
  },
  {
    name: "a renewal of keys that were replaced",
    misbehave: ({ eve }) => {
      for (let i = 0; i < 3; i++) eve.meet(renewal(eve));
      for (const ahead of [-1, -2]) expect(eve.meet(renewal(eve, ahead))).toBe(false);
    },
    outcome: "bounded",
    also: (stage) => expect(epochOf(stage)).toBe(3),
  },
  {
    name: "a renewal of somebody else's session",
    misbehave: ({ eve, victim, bystander }) => {
      const session = victim.connectionTo(bystander).session.id;
      expect(eve.meet({ session, epoch: 1 })).toBe(true);
    },
    outcome: "bounded",
    also: (stage) => {
      // What it gets is a session of its own, which replaces the one it had.
      expect(epochOf(stage)).toBe(0);
      expect(stage.session?.id).toEqual(stage.eve.sessionId);
      const { victim, bystander } = stage;
      expect(victim.connectionTo(bystander).session.epoch).toBe(0);
    },
  },
  {
    name: "new sessions without end",
    misbehave: ({ eve, net }) => {
      for (let i = 0; i < 80; i++) {
        eve.meet();
        net.run(5);
      }
    },
    outcome: "bounded",
    also: ({ victim }) => {
      const codes = victim.events.map((event) => (event.kind === "closed" ? event.code : -1));
      expect(new Set(codes)).toEqual(new Set([-1, CLOSE_CODES.replaced]));
      const { connections, routes } = victim.endpoint.sizes;
      expect([connections, routes]).toEqual([2, 2]);
    },
  },
  {
    name: "four thousand calls that nothing confirms",
    misbehave: ({ eve, net, victim }) => {
      const from = net.sent.length;
      const first = eve.spent.get(EVE) ?? 0;
      for (let i = 0; i < 40; i++) eve.callInVain(100);
      const answered = net.sent.slice(from).filter(({ to }) => to === EVE);
      // The first 250, and after that 250 in a second.
      expect(answered.length).toBeLessThanOrEqual(300);
      const bytes = answered.reduce((sum, sent) => sum + sent.bytes.length, 0);
      expect(bytes).toBeLessThanOrEqual((eve.spent.get(EVE) ?? 0) - first);
      expect(victim.endpoint.sizes.halfOpen).toBeLessThanOrEqual(300);
      net.run(20_000);
      expect(victim.endpoint.sizes.halfOpen).toBe(0);
    },
    outcome: "bounded",
  },
  {
    name: "answers to calls that nobody made",
    misbehave: ({ eve, net, victim, bystander }) => {
      const indices = [
        ...victim.connectionTo(bystander).session.localIndices,
        eve.keys.remoteIndex,
      ];
      for (const receiver of [...indices, 0, 2 ** 32 - 1]) {
        for (const size of [0, 48, 300]) {
          const [echo, challenge, noise] = [
            net.prng.bytes(8),
            net.prng.bytes(8),
            net.prng.bytes(size),
          ];
          const response = {
            kind: "response",
            receiver,
            echo,
            challenge,
            tag: echo,
            noise,
          } as const;
          eve.deliver(encodePacket(response), BYSTANDER);
        }
      }
    },
    outcome: "ignored",
  },
  {
    name: "a call under the bystander's card",
    misbehave: ({ eve, bystander, victim }) => {
      const cards = [
        bystander.endpoint.card,
        { ...eve.card, peerId: nth(0).peerId },
        victim.endpoint.card,
      ];
      for (const card of cards) expect(eve.shakeHands(undefined, card)).toBeUndefined();
    },
    outcome: "ignored",
  },
];

misbehaviours([...counters, ...renewals]);
