import { expect, test } from "bun:test";
import { signCard } from "../../../lib/crypto/card.ts";
import { identityFromSecret } from "../../../lib/crypto/identity.ts";
import { RENDEZVOUS_CHANNEL } from "../../../lib/wire/channels.ts";
import type { Card } from "../../../lib/wire/card.ts";
import {
  decodeAnswer,
  encodeAnswer,
  encodeRequest,
  type RendezvousAnswer,
  type RendezvousRequest,
} from "../../../lib/wire/rendezvous.ts";
import { Prng } from "../../sim/prng.ts";
import { nth } from "../end.ts";
import { at } from "../net.ts";
import { ChatStage, LOBBY, OTHER } from "./chatstage.ts";

const TARGETS = Array.from({ length: 8 }, (_, i) => at(`192.0.2.${i + 1}:53`));
const prng = new Prng(1, "invented");

function inventedCard(): Card {
  const { signing, noise } = identityFromSecret(prng.bytes(64));
  return signCard({ signing, noiseKey: noise.publicKey, name: "x", serial: 1 });
}

function introduce(stage: ChatStage, card: Card): void {
  const answer = { kind: "introduction", number: 1, card, candidates: TARGETS } as const;
  stage.eve.say(RENDEZVOUS_CHANNEL, encodeAnswer(answer));
}

function ask(stage: ChatStage, request: RendezvousRequest): RendezvousAnswer[] {
  stage.eve.heard = [];
  stage.eve.say(RENDEZVOUS_CHANNEL, encodeRequest(request));
  stage.net.run(1_000);
  return stage.eve
    .framesOf("stream")
    .filter(({ channel }) => channel === RENDEZVOUS_CHANNEL)
    .map(({ data }) => decodeAnswer(data.subarray(data[0] !== undefined && data[0] >= 64 ? 2 : 1)))
    .filter((answer) => answer !== undefined);
}

/** The same without introductions, of which one may come again that was not acknowledged. */
function others(stage: ChatStage, request: RendezvousRequest): RendezvousAnswer[] {
  return ask(stage, request).filter(({ kind }) => kind !== "introduction");
}

/** What the victim has sent to where nobody is. */
function astray(stage: ChatStage) {
  return stage.net.sent.filter(({ to }) => TARGETS.includes(to));
}

test("a member that invents people causes few calls, and no others' introductions to fail", () => {
  const stage = new ChatStage();

  for (let i = 0; i < 120; i++) {
    introduce(stage, inventedCard());
    stage.net.run(500);
  }

  // In a minute: 16 at once, one in two seconds, each of 20 calls.
  expect(astray(stage).length).toBeWithin(20, (16 + 30 + 1) * 20);
  stage.victim.command({ type: "send", req: "r", to: "#lobby", text: "still here" });
  stage.net.run(1_000);
  const told = stage.told("status").filter(({ req, by }) => req === "r" && by?.id === OTHER);
  expect(told.at(-1)?.state).toBe("delivered");
});

test("introductions by who is in no room with us are passed over", () => {
  const stage = new ChatStage();
  stage.tell({ kind: "leave", room: LOBBY });
  stage.net.run(500);

  for (let i = 0; i < 10; i++) introduce(stage, inventedCard());
  stage.net.run(20_000);

  expect(astray(stage)).toEqual([]);
});

test("only who is in a room with both is told of another, and of nobody's number or name", () => {
  const stage = new ChatStage();
  ask(stage, { kind: "register", candidates: [], topics: [] });

  const [introduction] = ask(stage, { kind: "seek", peerId: OTHER });
  expect(introduction).toMatchObject({ kind: "introduction", card: { peerId: OTHER } });
  expect(others(stage, { kind: "seek", peerId: nth(3).peerId })).toEqual([
    { kind: "unknown", peerId: nth(3).peerId },
  ]);
  expect(others(stage, { kind: "list", request: 1, after: 0 })).toEqual([]);
  expect(others(stage, { kind: "find", request: 2, name: "other", prefix: "" })).toEqual([]);

  stage.tell({ kind: "leave", room: LOBBY });
  stage.net.run(5_000);
  expect(others(stage, { kind: "seek", peerId: OTHER })).toEqual([
    { kind: "unknown", peerId: OTHER },
  ]);
});

test("questions without end are answered at most eight a second", () => {
  const stage = new ChatStage();
  ask(stage, { kind: "register", candidates: [], topics: [] });
  stage.eve.heard = [];

  for (let i = 0; i < 1_000; i++) {
    stage.eve.say(RENDEZVOUS_CHANNEL, encodeRequest({ kind: "seek", peerId: nth(3).peerId }));
    stage.net.run(10);
  }

  // 33 bytes and a length each, 64 at once and 8 a second for 10 s.
  const bytes = stage.eve
    .framesOf("stream")
    .filter(({ channel }) => channel === RENDEZVOUS_CHANNEL)
    .reduce((end, { offset, data }) => Math.max(end, offset + data.length), 0);
  expect(bytes).toBeWithin(1, (64 + 80 + 8) * 34 + 400);
});
