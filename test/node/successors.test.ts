import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { TransportKey } from "../../lib/crypto/transport.ts";
import { Connection } from "../../lib/node/connection.ts";
import { PathRules } from "../../lib/node/pathrules.ts";
import { Successors } from "../../lib/node/successors.ts";
import { DATAGRAM_BYTES_MAX } from "../../lib/wire/limits.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";

const ANN = at("203.0.113.1");
const BOB = at("203.0.113.2");

/** A client's sessions, one path's socket each, and a router of whose mappings this is known. */
class Rig {
  readonly successors: Successors;
  goneMs = 100_000;
  /** How often anybody asked for that. */
  questions = 0;
  readonly #net = new Net(1);

  constructor() {
    const { random } = this.#net;
    const { endpoint } = new End(this.#net, ANN, { identity: nth(0) });
    const goneMs = (): number => {
      this.questions += 1;
      return this.goneMs;
    };
    const aging = {
      get goneMs() {
        return goneMs();
      },
      sinceMs: 0,
      onGone: () => undefined,
    };
    const server = { aging, connection: undefined };
    const isTrusted = () => true;
    this.successors = new Successors({ random, endpoint, server, mayFollow: isTrusted, isTrusted });
  }

  open(now: number, number: number): Connection {
    const { random } = this.#net;
    const [send, receive] = [random(32), random(32)].map((key) => new TransportKey(key));
    if (send === undefined || receive === undefined) throw new Error("Two keys are two");
    const hash = random(32);
    const keys = { send, receive, tagKey: random(32), hash };
    const noiseKey = new Uint8Array(32).fill(0xff);
    const peerId = peerIdOf(random(32));
    const connection = new Connection({
      random,
      card: { peerId, noiseKey, name: `x${number}`, serial: 1, signature: random(64) },
      purpose: "peer",
      isInitiator: true,
      run: undefined,
      hash,
      epoch: { now, number: 0, localIndex: number, remoteIndex: number, keys },
      path: { socket: number, remote: BOB, kind: "direct" },
      rttMs: 20,
      rules: new PathRules(() => "direct", DATAGRAM_BYTES_MAX),
    });
    this.successors.onOpened(now, connection);
    return connection;
  }

  /** The questions of one turn in which nothing is due. */
  turn(now: number): number {
    const before = this.questions;
    this.successors.handleTimeout(now);
    expect(this.successors.pollTimeout()).toBeGreaterThan(now);
    return this.questions - before;
  }
}

test("each session has its turn when its own mapping is old, and none that is closed", () => {
  const rig = new Rig();
  const { successors } = rig;
  rig.open(0, 1);
  rig.open(1_000, 2);
  const third = rig.open(2_000, 3);
  const dues: number[] = [successors.pollTimeout()];

  // Nothing is known of the router, so that nothing comes of it, and it is tried again.
  successors.handleTimeout(30_000);
  dues.push(successors.pollTimeout());
  successors.handleTimeout(31_000);
  dues.push(successors.pollTimeout());
  successors.onClosed(third);
  dues.push(successors.pollTimeout());
  rig.goneMs = Infinity;
  dues.push(successors.pollTimeout());

  expect(dues).toEqual([30_000, 31_000, 32_000, 40_000, Infinity]);
});

test("a turn looks at no more of 2048 sessions than of one", () => {
  const [one, many] = [1, 2048].map((sessions) => {
    const rig = new Rig();
    for (let number = 1; number <= sessions; number++) rig.open(0, number);
    rig.turn(0);
    return rig.turn(1);
  });

  expect(many).toBe(one ?? 0);
});
