import { expect, test } from "bun:test";
import type { Address } from "../../../lib/base/address.ts";
import { encodeUtf8 } from "../../../lib/base/text.ts";
import { CLOSE_CODES } from "../../../lib/session/session.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { End, nth } from "../end.ts";
import { at, Net } from "../net.ts";
import { Attacker } from "./attacker.ts";

export const VICTIM = at("198.51.100.1");
export const BYSTANDER = at("198.51.100.2");
export const EVE = at("203.0.113.66");

/** What a misbehaviour comes to. */
export type Outcome =
  /** The session goes on, and the victim's user heard nothing of it. */
  | "ignored"
  /** The session goes on, and `also` says what else there is to see. */
  | "bounded"
  /** The session ends with this code. */
  | keyof typeof CLOSE_CODES;

export interface Misbehaviour {
  readonly name: string;
  readonly misbehave: (stage: Stage) => void;
  readonly outcome: Outcome;
  /** What is seen after it, besides the outcome. */
  readonly also?: (stage: Stage) => void;
}

/** A victim between an honest peer and one that keeps to no rule; both have sessions with it. */
export class Stage {
  readonly net = new Net(1);
  /** Addresses at which somebody has proved to be. */
  readonly proved = new Set<Address>([BYSTANDER, EVE]);
  readonly victim: End;
  readonly bystander: End;
  readonly eve: Attacker;

  constructor() {
    const { net } = this;
    // The victim leads neither: it answers calls.
    this.victim = new End(net, VICTIM, { identity: nth(5) });
    this.bystander = new End(net, BYSTANDER, { identity: nth(0) });
    const victim = { address: VICTIM, card: this.victim.endpoint.card };
    this.eve = new Attacker({ net, address: EVE, identity: nth(1), victim });
    this.bystander.call(this.victim);
    net.run(1_000);
    this.eve.meet();
    this.eve.isAcking = true;
    net.run(100);
    this.eve.heard = [];
  }

  /** The victim's session with the attacker. */
  get session() {
    return this.victim.endpoint.connectionTo(nth(1).peerId)?.session;
  }

  /** How it ended. */
  get ending(): number | undefined {
    if (this.session !== undefined) return undefined;
    const { events } = this.victim;
    const closed = events.findLast(
      (it) => it.kind === "closed" && it.connection.card.name === "eve",
    );
    return closed?.kind === "closed" ? closed.code : undefined;
  }

  /** The victim's user speaks to the attacker. */
  offer(message: string | Uint8Array, channel = CHAT_CHANNEL): boolean {
    const bytes = typeof message === "string" ? encodeUtf8(message) : message;
    return this.victim.endpoint.offer(nth(1).peerId, channel, bytes);
  }

  /** Bytes that the victim sent there since `from`, a length of `net.sent`. */
  sentTo(to: Address, from = 0): number {
    const sent = this.net.sent.slice(from).filter((it) => it.from === VICTIM && it.to === to);
    return sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Datagrams that the victim sent there since `from`. */
  datagramsTo(to: Address, from = 0): number {
    return this.net.sent.slice(from).filter((it) => it.from === VICTIM && it.to === to).length;
  }

  /** Texts that the attacker had handed to the victim's user. */
  get heardOfEve(): number {
    return this.victim.events.filter((event) => {
      return event.kind === "messages" && event.connection.card.name === "eve";
    }).length;
  }
}

/** One test for each, and after each of them everybody else talks on. */
export function misbehaviours(all: readonly Misbehaviour[]): void {
  test.each(all.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const stage = new Stage();
    const before = stage.victim.events.length;

    one.misbehave(stage);
    stage.net.run(500);

    if (one.outcome === "ignored" || one.outcome === "bounded") {
      expect(stage.ending).toBeUndefined();
      expect(stage.session?.isOpen).toBe(true);
    } else {
      expect(stage.ending).toBe(CLOSE_CODES[one.outcome]);
      expect(stage.session).toBeUndefined();
    }
    if (one.outcome === "ignored") expect(stage.victim.events.slice(before)).toEqual([]);
    one.also?.(stage);
    expectOthersUnharmed(stage);
  });
}

function expectOthersUnharmed({ net, victim, bystander, eve, proved }: Stage): void {
  const { connections, routes, indices, attempts, halfOpen } = victim.endpoint.sizes;
  expect(connections).toBeLessThanOrEqual(2);
  expect(routes).toBeLessThanOrEqual(4);
  expect(indices).toBeLessThanOrEqual(routes + attempts + halfOpen);
  expect(halfOpen).toBeLessThanOrEqual(1024);

  const [asked, answered] = [victim.heard.length, bystander.heard.length];
  bystander.say(victim, "are you there?");
  victim.say(bystander, "I am");
  net.run(1_000);
  expect(victim.heard.slice(asked)).toContain("are you there?");
  expect(bystander.heard.slice(answered)).toEqual(["I am"]);
  expect(bystander.count("opened")).toBe(1);
  expect(bystander.count("closed")).toBe(0);

  // An address that nobody has proved to be at gets no more than seemed to come from it.
  const sent = new Map<Address, number>();
  for (const { from, to, bytes } of net.sent) {
    if (from === VICTIM) sent.set(to, (sent.get(to) ?? 0) + bytes.length);
  }
  for (const [address, bytes] of sent) {
    if (!proved.has(address)) expect(bytes).toBeLessThanOrEqual(eve.spent.get(address) ?? 0);
  }
}
