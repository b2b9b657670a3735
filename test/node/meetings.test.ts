import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { NO_BYTES, Writer } from "../../lib/base/bytes.ts";
import { signCard } from "../../lib/crypto/card.ts";
import type { Identity } from "../../lib/crypto/identity.ts";
import type { Attempt } from "../../lib/node/attempt.ts";
import { Attempts } from "../../lib/node/attempts.ts";
import { Indices } from "../../lib/node/indices.ts";
import { MAIN_SOCKET } from "../../lib/node/machine.ts";
import { type Meeting, Meetings, type PunchPacket } from "../../lib/node/meetings.ts";
import { Responder } from "../../lib/node/responder.ts";
import { SideSockets } from "../../lib/node/sidesockets.ts";
import { Trails } from "../../lib/node/trails.ts";
import { OPENER_TTL } from "../../lib/paths/punch.ts";
import { PUNCH_SOCKETS_MAX } from "../../lib/paths/punchbudget.ts";
import type { Tactic } from "../../lib/paths/tactics.ts";
import type { Card } from "../../lib/wire/card.ts";
import { writeFrame } from "../../lib/wire/frames.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { seeded } from "../crypto/seeded.ts";
import { nth } from "./end.ts";
import { at } from "./net.ts";

const THEIRS = at("203.0.113.9:40000");
const NEAR = at("192.168.1.7:5000");

const SPREAD: Tactic = { kind: "spread", sockets: 16, reaches: false };

const MEETING: Meeting = {
  by: "server",
  token: new Uint8Array(8).fill(7),
  tactic: undefined,
  seenAt: THEIRS,
  socket: MAIN_SOCKET,
  opensFirst: false,
  isTrusted: true,
  isTurn: undefined,
  waitMs: 0,
  headStartMs: 0,
  isSuccession: false,
};

function cardOf({ signing, noise }: Identity): Card {
  return signCard({ signing, noiseKey: noise.publicKey, name: "somebody", serial: 1 });
}

/** Ann's calls. */
class Stage {
  readonly sockets = new SideSockets();
  readonly meetings: Meetings;
  readonly #attempts: Attempts;

  constructor() {
    const [random, identity] = [seeded(1), nth(0)];
    const ownCard = cardOf(identity);
    this.meetings = new Meetings({ now: 0, random, ownCard, sockets: this.sockets });
    this.#attempts = new Attempts({
      random,
      identity,
      ownCard,
      run: 1,
      observe: undefined,
      indices: new Indices(random),
      connections: new Map(),
      connectionsMax: 10,
      trails: new Trails(),
    });
  }

  call(to = nth(1)): Attempt {
    const attempt = this.#attempts.begin(0, cardOf(to), "peer");
    if (attempt === undefined) throw new Error("A call begins");
    return attempt;
  }

  /** What a turn asks of the shell, which opens all at once. */
  turn(...attempts: readonly Attempt[]): { opened: number[]; closed: number[] } {
    const [opened, closed]: [number[], number[]] = [[], []];
    for (let it = this.sockets.pollChange(); it; it = this.sockets.pollChange()) {
      (it.kind === "open" ? opened : closed).push(it.socket);
    }
    for (const socket of opened) {
      this.meetings.handleSocket(attempts, socket, { step: "opened", port: 50_000 + socket });
    }
    return { opened, closed };
  }
}

function punch(sender: PunchPacket["sender"], token = MEETING.token): PunchPacket {
  return { kind: "punch", token, sender };
}

test("a call is known by the other side's punches, and by nobody else's", () => {
  const stage = new Stage();
  const { meetings } = stage;
  const attempt = stage.call();
  meetings.begin(0, attempt, MEETING, []);

  const [lower, higher] = [meetings.of(punch("lower")), meetings.of(punch("higher"))];

  expect([lower, higher].filter((of) => of !== undefined)).toEqual([attempt]);
  expect(meetings.of(punch("lower", new Uint8Array(8)))).toBeUndefined();
  expect(meetings.of(punch("higher", new Uint8Array(8)))).toBeUndefined();
});

test("a newer token takes the place of the last, and at the end there is none", () => {
  const stage = new Stage();
  const { meetings } = stage;
  const attempt = stage.call();
  const newer = new Uint8Array(8).fill(8);
  const known = (token: Uint8Array): boolean => {
    return [punch("lower", token), punch("higher", token)].some((it) => meetings.of(it));
  };
  meetings.begin(0, attempt, MEETING, []);
  meetings.begin(0, attempt, { ...MEETING, token: newer }, []);

  expect([known(MEETING.token), known(newer)]).toEqual([false, true]);
  meetings.end(attempt);
  expect(known(newer)).toBe(false);
});

test("a member's token takes nothing from the server's, nor from what was begun by that", () => {
  const stage = new Stage();
  const { meetings } = stage;
  const attempt = stage.call();
  const [begun, ...others] = Array.from({ length: 10 }, (_, i) => 7 + i).map((byte) =>
    new Uint8Array(8).fill(byte),
  );
  const tactic: Tactic = { kind: "search", low: 40_000, high: 40_511, probes: 128 };
  const known = (token: Uint8Array): boolean => {
    return [punch("lower", token), punch("higher", token)].some((it) => meetings.of(it));
  };

  meetings.begin(0, attempt, { ...MEETING, tactic }, []);
  for (const token of others) meetings.begin(1, attempt, { ...MEETING, by: "member", token }, []);

  expect(known(MEETING.token)).toBe(true);
  expect(others.map(known)).toEqual([false, ...others.slice(1).map(() => true)]);
  const sent = meetings.takePunches(20, attempt).map(({ bytes }) => decodePacket(bytes));
  expect(sent.length).toBeGreaterThan(0);
  for (const packet of sent) expect(packet).toMatchObject({ kind: "punch", token: begun });
  meetings.end(attempt);
  expect([MEETING.token, ...others].some(known)).toBe(false);
});

test("before the call of somebody whose router must not be called first, few hops go out", () => {
  const stage = new Stage();

  const ahead = stage.meetings.begin(0, stage.call(), { ...MEETING, opensFirst: true }, [
    THEIRS,
    NEAR,
  ]);

  expect(ahead).toMatchObject([{ socket: MAIN_SOCKET, to: THEIRS, ttl: OPENER_TTL }]);
});

test("sockets that a call asks for punch as they come, and close when they are of no use", () => {
  const stage = new Stage();
  const { meetings } = stage;
  const attempt = stage.call();
  meetings.begin(0, attempt, { ...MEETING, tactic: SPREAD }, []);
  meetings.takePunches(0, attempt);
  const { opened } = stage.turn(attempt);
  const punches = meetings.takePunches(10, attempt);

  expect(opened).toHaveLength(16);
  expect(punches.map(({ socket, to, ttl }) => [socket, to, ttl])).toEqual(
    opened.map((socket) => [socket, THEIRS, OPENER_TTL]),
  );
  meetings.takePunches(4_999, attempt);
  expect(stage.turn().closed).toEqual([]);
  meetings.takePunches(5_000, attempt);
  expect(stage.turn().closed.toSorted((a, b) => a - b)).toEqual(opened);
});

test("what is bound to the port of a search already is used for the next, not opened again", () => {
  const stage = new Stage();
  const { meetings, sockets } = stage;
  const attempt = stage.call();
  const tactic: Tactic = { kind: "predict", ports: [40_000], from: 50_000 };
  meetings.begin(0, attempt, { ...MEETING, tactic }, []);
  meetings.takePunches(0, attempt);
  const [source = 0] = stage.turn(attempt).opened;
  sockets.handleSocket(source, { step: "opened", port: 50_000 });
  const first = meetings.takePunches(0, attempt);
  meetings.takePunches(150, attempt);

  meetings.begin(500, attempt, { ...MEETING, tactic }, []);
  const next = meetings.takePunches(500, attempt);

  expect([...first, ...next].map(({ socket }) => socket)).toEqual([source, source]);
  expect(stage.turn(attempt)).toEqual({ opened: [], closed: [] });
  meetings.end(attempt);
  expect(stage.turn().closed).toEqual([source]);
});

test("at its end a call keeps none but what somebody else has claimed", () => {
  const stage = new Stage();
  const attempt = stage.call();
  stage.meetings.begin(0, attempt, { ...MEETING, tactic: SPREAD }, []);
  stage.meetings.takePunches(0, attempt);
  const [met = 0, ...others] = stage.turn(attempt).opened;

  stage.meetings.end(attempt);
  stage.sockets.claim(met, stage);

  expect(stage.turn().closed.toSorted((a, b) => a - b)).toEqual(others);
});

test("all calls together have no more sockets than may be", () => {
  const stage = new Stage();
  const calls = Array.from({ length: 40 }, (_, i) => stage.call(nth(1 + (i % 3))));
  const tactic: Tactic = { kind: "spread", sockets: 64, reaches: false };

  for (const call of calls) {
    stage.meetings.begin(0, call, { ...MEETING, tactic }, []);
    stage.meetings.takePunches(0, call);
  }

  expect(stage.turn(...calls).opened).toHaveLength(PUNCH_SOCKETS_MAX);
});

test("a socket of nobody's call is nobody's", () => {
  const stage = new Stage();
  const state = { step: "opened", port: 50_000 } as const;

  expect(stage.meetings.handleSocket([stage.call()], 99, state)).toBeUndefined();
});

test("whoever confirms an answer is met by the way whose challenge it returns", () => {
  const random = seeded(2);
  const [ann, bob] = [new Stage().call(nth(1)), nth(1)];
  const responder = new Responder({
    now: 0,
    random,
    identity: bob,
    ownCard: ann.card,
    run: 2,
    purpose: "peer",
    observe: undefined,
    indices: new Indices(random),
    trails: new Trails(),
  });
  const packet = decodePacket(ann.initiation(0, THEIRS));
  if (packet?.kind !== "initiation") throw new Error("It is a call");
  const [first, copy] = [
    { socket: MAIN_SOCKET, remote: THEIRS },
    { socket: 20, remote: at("203.0.113.9:41000") },
  ];
  const caller = responder.read(0, packet, first.remote);
  const [answer, again] = [
    caller && decodePacket(responder.answer(0, caller, first, undefined, 1200) ?? NO_BYTES),
    decodePacket(responder.answerTo(1, packet, copy) ?? NO_BYTES),
  ];
  if (answer?.kind !== "response" || again?.kind !== "response") throw new Error("It is answered");
  const accepted = ann.accept(2, THEIRS, answer);
  const halfOpen = accepted && responder.halfOpenAt(accepted.payload.index);
  if (halfOpen === undefined) throw new Error("It is half open");
  let counter = 0;
  const by = (socket: number, remote: Address, data?: Uint8Array) => {
    const frames = new Writer();
    writeFrame(frames, data === undefined ? { kind: "ping" } : { kind: "path-response", data });
    const sealed = accepted?.result.send.seal(counter, frames.finish()) ?? NO_BYTES;
    const confirming = { kind: "transport", receiver: 0, counter: counter++, sealed } as const;
    return responder.provedBy(halfOpen, confirming, { socket, remote });
  };

  expect(answer.challenge).not.toEqual(again.challenge);
  expect(by(copy.socket, copy.remote, again.challenge)).toEqual(copy);
  expect(by(first.socket, first.remote, answer.challenge)).toEqual(first);
  // Where a packet comes from shows nothing, what it returns does.
  expect(by(copy.socket, copy.remote, answer.challenge)).toEqual(first);
  expect(by(33, at("198.51.100.1:9"), again.challenge)).toEqual(copy);
  expect(by(first.socket, first.remote, new Uint8Array(8))).toBeUndefined();
  expect(by(first.socket, first.remote)).toBeUndefined();
});
