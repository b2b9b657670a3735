import { expect, test } from "bun:test";
import type { RoomId } from "../../../lib/base/ids.ts";
import { directRoom, openRoom } from "../../../lib/chat/rooms.ts";
import { signCard } from "../../../lib/crypto/card.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { type ChatMessage, decodeChat, encodeChat } from "../../../lib/wire/chat.ts";
import { forge } from "../../chat/forge.ts";
import { encodeLone, type LoneEntry } from "../../support/lonerun.ts";
import { nth } from "../end.ts";
import { at, Net } from "../net.ts";
import { host, type Person, person, shownTo } from "../people.ts";
import { Attacker } from "./attacker.ts";

const SERVER = at("203.0.113.1");
const VICTIM = at("198.51.100.1");
const BYSTANDER = at("198.51.100.2");
const EVE = at("203.0.113.66");

export const LOBBY = openRoom("#lobby");
export const ME = nth(5).peerId;
export const OTHER = nth(0).peerId;
export const EVES = nth(1).peerId;

export interface ChatMisbehaviour {
  readonly name: string;
  readonly misbehave: (stage: ChatStage) => void;
  /** `talks`: the conversation with the attacker goes on. */
  readonly outcome: "talks" | "gone";
  readonly also?: (stage: ChatStage) => void;
}

/** Two who chat in the lobby, and an attacker who has come to it and keeps to no rule. */
export class ChatStage {
  readonly net = new Net(1);
  readonly victim: Person;
  readonly bystander: Person;
  readonly eve: Attacker;

  constructor() {
    const { net } = this;
    host(net, SERVER, nth(7));
    this.victim = person(net, VICTIM, { identity: nth(5), name: "victim", server: SERVER });
    this.bystander = person(net, BYSTANDER, { identity: nth(0), name: "other", server: SERVER });
    net.run(4_000);
    const { signing, noise } = nth(5);
    const card = signCard({ signing, noiseKey: noise.publicKey, name: "victim", serial: 1 });
    const victim = { address: VICTIM, card };
    this.eve = new Attacker({ net, address: EVE, identity: nth(1), victim });
    this.eve.meet();
    this.eve.isAcking = true;
    this.tell({ kind: "rooms", rooms: [LOBBY], proofs: [] });
    this.tell({ kind: "heads", heads: [] });
    net.run(500);
    this.eve.heard = [];
  }

  /** A chat message of the attacker's, or any bytes instead. */
  tell(...messages: readonly (ChatMessage | Uint8Array)[]): void {
    for (const message of messages) {
      this.eve.say(CHAT_CHANNEL, message instanceof Uint8Array ? message : encodeChat(message));
    }
  }

  /** An entry of the attacker's, a good one unless told otherwise. */
  tellEntry(change: Partial<LoneEntry> = {}): void {
    const time = { wallMs: this.net.now + (change.seq ?? 1), tick: 0 };
    const { entry } = forge({ room: LOBBY, author: EVES, time, ...change });
    this.tell({ kind: "entries", run: encodeLone(entry) });
  }

  /** What the victim has answered in the chat, in order. */
  get answers(): ChatMessage[] {
    const bytes: number[] = [];
    for (const { channel, offset, data } of this.eve.framesOf("stream")) {
      if (channel === CHAT_CHANNEL)
        for (const [i, byte] of data.entries()) bytes[offset + i] = byte;
    }
    return messagesIn(bytes);
  }

  /** Refusals among them. */
  get refusals(): string[] {
    return this.answers.flatMap((answer) => (answer.kind === "refusal" ? [answer.reason] : []));
  }

  get direct(): RoomId {
    return directRoom(ME, EVES);
  }

  /** Entries that are on the victim's disk under the attacker's name. */
  get stored(): number {
    return this.victim.store.entries().filter(({ author }) => author === EVES).length;
  }

  /** What the victim's faces were told of one type. */
  told<Type extends PeerEvent["type"]>(type: Type) {
    return this.victim.events.filter((event): event is Extract<PeerEvent, { type: Type }> => {
      return event.type === type;
    });
  }

  /** What the victim's faces were last told of the attacker. */
  get stateOfEve(): string | undefined {
    return this.told("peer").findLast(({ who }) => who.id === EVES)?.state;
  }
}

/** The answers from the first whole one on: what came before `heard` was emptied is not there. */
function messagesIn(stream: readonly number[]): ChatMessage[] {
  const start = stream.findIndex((byte) => byte !== undefined);
  const messages: ChatMessage[] = [];
  const bytes = Uint8Array.from(stream.slice(Math.max(0, start)));
  for (let next = 0; next < bytes.length;) {
    const first = bytes[next] ?? 0;
    const long = first >= 64;
    const size = long ? ((first & 63) << 8) | (bytes[next + 1] ?? 0) : first;
    next += long ? 2 : 1;
    const message = decodeChat(bytes.subarray(next, next + size));
    if (message !== undefined) messages.push(message);
    next += size;
  }
  return messages;
}

/** One test for each, and after each of them the two others chat on. */
export function chatMisbehaviours(all: readonly ChatMisbehaviour[]): void {
  test.each(all.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const stage = new ChatStage();
    const { net, victim, bystander } = stage;

    one.misbehave(stage);
    net.run(500);

    expect(stage.stateOfEve).toBe(one.outcome === "talks" ? "connected" : "gone");
    one.also?.(stage);
    const [said, heard] = [shownTo(victim).length, shownTo(bystander).length];
    bystander.command({ type: "send", req: "b", to: "#lobby", text: "are you there?" });
    victim.command({ type: "send", req: "v", to: "#lobby", text: "I am" });
    net.run(2_000);
    expect(shownTo(victim).slice(said)).toContain("are you there?");
    expect(shownTo(bystander).slice(heard)).toContain("I am");
    const delivered = stage.told("status").filter(({ req, state }) => {
      return req === "v" && state === "delivered";
    });
    expect(delivered.map(({ by }) => by?.id)).toContain(OTHER);
  });
}
