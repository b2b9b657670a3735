import { expect } from "bun:test";
import { openRoom, privateRoom } from "../../../lib/chat/rooms.ts";
import { sha256 } from "../../../lib/crypto/primitives.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { encodeChat } from "../../../lib/wire/chat.ts";
import { ROOMS_MAX } from "../../../lib/wire/limits.ts";
import { shownTo } from "../people.ts";
import { repeated, sized } from "./attacker.ts";
import {
  chatMisbehaviours,
  type ChatMisbehaviour,
  type ChatStage,
  EVES,
  LOBBY,
  ME,
  OTHER,
} from "./chatstage.ts";

const DEV = privateRoom(new Uint8Array(32).fill(1));
const ELSEWHERE = openRoom("#elsewhere");
const HOUR_MS = 3_600_000;

/** What the two others said before, and the attacker may speak of. */
function chatter({ bystander, victim, net }: ChatStage): void {
  victim.command({ type: "send", req: "1", to: "@other", text: "for you alone" });
  victim.command({ type: "send", req: "2", to: "#lobby", text: "for all" });
  bystander.command({ type: "send", req: "3", to: "#lobby", text: "indeed" });
  net.run(1_000);
}

const deliveredBy = (stage: ChatStage, id: string): number => {
  const all = stage
    .told("status")
    .filter(({ state, by }) => state === "delivered" && by?.id === id);
  return all.length;
};

const entries: readonly ChatMisbehaviour[] = [
  {
    name: "an entry in somebody else's name",
    misbehave: (stage) => stage.tellEntry({ author: OTHER }),
    outcome: "talks",
    also: (stage) => expect([stage.refusals, stage.stored]).toEqual([["invalid"], 0]),
  },
  {
    name: "an entry for a room that the victim is not in",
    misbehave: (stage) => stage.tellEntry({ room: ELSEWHERE }),
    outcome: "talks",
    also: (stage) => expect([stage.refusals, stage.stored]).toEqual([["not-a-member"], 0]),
  },
  {
    name: "an entry for what two others say to one another",
    misbehave: (stage) => stage.tellEntry({ room: openRoom("#") }),
    outcome: "talks",
    also: (stage) => expect(stage.stored).toBe(0),
  },
  {
    name: "two entries under one number",
    misbehave: (stage) => {
      stage.tellEntry();
      stage.tellEntry({ body: Uint8Array.of(66) });
    },
    outcome: "talks",
    also: (stage) => {
      expect(stage.refusals).toEqual(["invalid"]);
      expect(shownTo(stage.victim)).toEqual(["forged 1"]);
    },
  },
  {
    name: "an entry that does not follow the one before it",
    misbehave: (stage) => {
      stage.tellEntry();
      stage.tellEntry({ seq: 2, previous: new Uint8Array(32).fill(7) });
    },
    outcome: "talks",
    // A member who holds the other history would bring it as well.
    also: (stage) => {
      expect([stage.refusals, stage.stored]).toEqual([[], 2]);
      expect(stage.told("equivocation")).toHaveLength(1);
    },
  },
  {
    name: "an entry from before the one before it",
    misbehave: (stage) => {
      stage.tellEntry();
      stage.tellEntry({ seq: 5, time: { wallMs: 1, tick: 0 } });
    },
    outcome: "talks",
    also: (stage) => expect([stage.refusals, stage.stored]).toEqual([["invalid"], 1]),
  },
  {
    name: "the last number that there is, and the ones before",
    misbehave: (stage) => {
      stage.tellEntry({ seq: 2 ** 48 - 1 });
      for (let seq = 1; seq < 5; seq++) stage.tellEntry({ seq });
    },
    outcome: "talks",
    also: (stage) => expect(stage.stored).toBe(1),
  },
  {
    name: "an entry from the year 10889",
    misbehave: (stage) => {
      stage.tellEntry({ time: { wallMs: 2 ** 48 - 1, tick: 0xffff } });
      stage.victim.command({ type: "send", req: "1", to: "#lobby", text: "now" });
    },
    outcome: "talks",
    // Nobody's clock goes along.
    also: ({ bystander, net }) => {
      net.run(1_000);
      const sent = bystander.events.find((it) => it.type === "message" && it.text === "now");
      const atMs = sent?.type === "message" ? sent.sentAtMs : Infinity;
      expect(atMs).toBeLessThan(net.now + HOUR_MS);
    },
  },
  {
    name: "a text that is no text",
    misbehave: (stage) => stage.tellEntry({ body: Uint8Array.of(0xff, 0xfe) }),
    outcome: "talks",
    also: (stage) => expect([stage.refusals, stage.stored]).toEqual([["invalid"], 0]),
  },
  {
    name: "the same entry five hundred times",
    misbehave: (stage) => {
      for (let i = 0; i < 500; i++) stage.tellEntry({ time: { wallMs: 5, tick: 0 } });
    },
    outcome: "talks",
    also: (stage) => expect(shownTo(stage.victim)).toEqual(["forged 1"]),
  },
  {
    name: "a thousand entries that are refused",
    misbehave: (stage) => {
      for (let i = 0; i < 1_000; i++) {
        stage.tellEntry({ room: ELSEWHERE, seq: i + 1 });
        if (i % 50 === 49) stage.net.run(1);
      }
    },
    outcome: "talks",
    // Each is answered, and a few are told of.
    also: (stage) => {
      expect(stage.refusals).toHaveLength(1_000);
      expect(
        stage.told("log").filter(({ message }) => message === "entry refused").length,
      ).toBeWithin(16, 20);
    },
  },
  {
    name: "bytes that are no chat message",
    misbehave: (stage) => {
      const { prng } = stage.net;
      for (let i = 0; i < 1_000; i++) stage.tell(prng.bytes(prng.below(100)));
      for (let kind = 0; kind < 256; kind++) stage.tell(Uint8Array.of(kind));
      stage.tell(new Uint8Array(66_000).fill(3));
    },
    outcome: "talks",
    also: (stage) => expect(stage.stored).toBe(0),
  },
];

const answers: readonly ChatMisbehaviour[] = [
  {
    name: "receipts for what was never sent",
    misbehave: (stage) => {
      chatter(stage);
      for (let seq = 0; seq < 100; seq++) {
        stage.tell({ kind: "receipt", room: ELSEWHERE, seqs: [seq, 2 ** 48, 2 ** 52] });
        stage.tell({ kind: "receipt", room: LOBBY, seqs: [seq + 2, seq + 2] });
      }
    },
    outcome: "talks",
    also: (stage) => expect(deliveredBy(stage, EVES)).toBeLessThanOrEqual(1),
  },
  {
    name: "receipts for what somebody else is sent",
    misbehave: (stage) => {
      stage.net.fate = ({ to }) => (to === stage.bystander.address ? [] : [10]);
      chatter(stage);
      const { store } = stage.victim;
      for (const { room, seq } of store.entries())
        stage.tell({ kind: "receipt", room, seqs: [seq] });
      stage.net.run(100);
      expect(deliveredBy(stage, OTHER)).toBe(0);
      // Of the three only what went to the lobby is the attacker's to answer.
      expect(deliveredBy(stage, EVES)).toBe(1);
      stage.net.fate = () => [10];
      stage.net.run(3_000);
    },
    outcome: "talks",
    also: (stage) => expect(deliveredBy(stage, OTHER)).toBe(2),
  },
  {
    name: "refusals without end",
    misbehave: (stage) => {
      chatter(stage);
      for (let seq = 0; seq < 500; seq++) {
        for (const reason of ["storage", "invalid"] as const) {
          stage.tell({ kind: "refusal", room: LOBBY, seq, reason });
          stage.tell({ kind: "refusal", room: ELSEWHERE, seq, reason });
        }
      }
    },
    outcome: "talks",
    also: (stage) => {
      const failed = stage.told("status").filter(({ state }) => state === "failed");
      expect(failed.length).toBeLessThanOrEqual(1);
      expect(failed.every(({ by }) => by?.id === EVES)).toBe(true);
    },
  },
  {
    name: "a disk that is always full, said of every message",
    misbehave: (stage) => {
      for (let i = 0; i < 300; i++) {
        stage.victim.command({ type: "send", req: `${i}`, to: "#lobby", text: `${i}` });
        stage.tell({ kind: "refusal", room: LOBBY, seq: i + 1, reason: "storage" });
        stage.net.run(10);
      }
    },
    outcome: "talks",
    // It waits on disk, for the attacker alone.
    also: (stage) => {
      expect(shownTo(stage.bystander)).toHaveLength(300);
      expect(stage.told("log").filter(({ message }) => /disk/.test(message)).length).toBeLessThan(
        5,
      );
    },
  },
];

const comings: readonly ChatMisbehaviour[] = [
  {
    name: "lists of rooms without end",
    misbehave: (stage) => {
      for (let i = 0; i < 1_000; i++) {
        const rooms = Array.from({ length: ROOMS_MAX }, (_, k) => openRoom(`#${i} ${k}`));
        stage.tell({ kind: "rooms", rooms, proofs: [] });
        if (i % 100 === 0) stage.net.run(10);
      }
    },
    outcome: "talks",
    also: (stage) => {
      const met = stage
        .told("peer")
        .filter(({ who, state }) => who.id === EVES && state !== "gone");
      expect(met.length).toBeLessThanOrEqual(2);
    },
  },
  {
    name: "coming and going a thousand times",
    misbehave: (stage) => {
      const before = stage.victim.events.length;
      for (let i = 0; i < 1_000; i++) {
        stage.tell({ kind: "leave", room: LOBBY }, { kind: "join", room: LOBBY });
      }
      expect(stage.victim.events.length - before).toBeLessThan(5 * ROOMS_MAX);
    },
    outcome: "talks",
  },
  {
    name: "rooms by the thousand",
    misbehave: (stage) => {
      for (let i = 0; i < 3_000; i++) stage.tell({ kind: "join", room: openRoom(`#${i}`) });
    },
    outcome: "talks",
  },
  {
    name: "proofs by the thousand, given and withdrawn",
    misbehave: (stage) => {
      stage.victim.command({ type: "join", req: "j", room: "#dev", key: DEV });
      for (let i = 0; i < 3_000; i++) {
        const proof = sha256(Uint8Array.of(i, i >> 8));
        stage.tell({ kind: "prove", proof });
        if (i % 2 === 0) stage.tell({ kind: "withdraw", proof });
      }
      stage.victim.command({ type: "send", req: "s", to: "#dev", text: "nobody hears" });
    },
    outcome: "talks",
    also: ({ answers: told, victim }) => {
      expect(told.map(({ kind }) => kind)).toEqual(["prove"]);
      expect(victim.store.waiting(EVES)).toBe(0);
      victim.command({ type: "who", req: "w", room: "#dev" });
      expect(victim.events.at(-1)).toMatchObject({ members: [{ id: ME }] });
    },
  },
  {
    name: "entries, receipts and goodbyes of a private room whose id it has found out",
    misbehave: (stage) => {
      const { room } = DEV;
      stage.victim.command({ type: "join", req: "j", room: "#dev", key: DEV });
      stage.victim.command({ type: "send", req: "s", to: "#dev", text: "nobody hears" });
      stage.tell({ kind: "join", room }, { kind: "receipt", room, seqs: [1] });
      stage.tellEntry({ room });
      stage.tell(
        { kind: "refusal", room, seq: 1, reason: "not-a-member" },
        { kind: "leave", room },
      );
    },
    outcome: "talks",
    also: (stage) => {
      expect(stage.answers.map(({ kind }) => kind)).toEqual(["prove", "refusal"]);
      expect([stage.refusals, stage.stored]).toEqual([["not-a-member"], 0]);
      const settled = stage.told("status").filter(({ state }) => state !== "queued");
      expect(settled).toEqual([]);
    },
  },
  {
    name: "questions without end whose answers are not acknowledged",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.isAcking = false;
      const question = sized(encodeChat({ kind: "punch", token: 1 }));
      for (let i = 0; i < 1_500 && stage.stateOfEve !== "gone"; i++) {
        eve.send([eve.streamOf(CHAT_CHANNEL, repeated(question, 150))]);
        if (i % 100 === 99) net.run(1);
      }
    },
    // What waits for it exceeds what is kept.
    outcome: "gone",
  },
  {
    name: "answers to questions that nobody asked",
    misbehave: (stage) => {
      for (let token = 0; token < 1_000; token++) stage.tell({ kind: "punched", token });
    },
    outcome: "talks",
  },
  {
    name: "words on the channels that have none",
    misbehave: ({ eve }) => {
      for (const channel of [0, 2, 3]) {
        for (let i = 0; i < 100; i++) eve.say(channel, new Uint8Array(1_000));
      }
    },
    outcome: "talks",
  },
  {
    name: "leaving as if a new session had begun",
    misbehave: ({ eve, net }) => {
      eve.send([{ kind: "close", code: 2, reason: "replaced" }]);
      net.run(100);
    },
    outcome: "gone",
  },
  {
    name: "leaving with control characters in its reason",
    misbehave: ({ eve }) => {
      eve.send([{ kind: "close", code: 0, reason: "\u001b[2J\u202egone\r\n" }]);
    },
    outcome: "gone",
  },
  {
    name: "a hundred sessions in ten seconds",
    misbehave: (stage) => {
      for (let i = 0; i < 100; i++) {
        stage.eve.meet();
        stage.tell({ kind: "rooms", rooms: [LOBBY], proofs: [] });
        stage.net.run(80);
      }
    },
    outcome: "talks",
  },
];

chatMisbehaviours([...entries, ...answers, ...comings]);
