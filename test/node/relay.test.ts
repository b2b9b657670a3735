import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import type { PeerStateEvent } from "../../lib/node/events.ts";
import { nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";
import { type Host, host, type Person, person, shownTo, statesOf } from "./people.ts";

const SERVER = at("203.0.113.1");
const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const CAROL = at("198.51.100.3");
const DAVE = at("198.51.100.4");

interface Unwilling {
  readonly ann?: boolean;
  readonly carol?: boolean;
}

/** Ann and Bob, between whom nothing gets through, and Carol and Dave, whom both can reach. */
class Stage {
  readonly net = new Net(1);
  readonly server: Host;
  readonly ann: Person;
  bob: Person;
  carol: Person | undefined;
  dave: Person | undefined;
  /** Of what is sent at all, this share is lost. */
  loss = 0;
  #isCut = true;

  constructor({ ann, carol }: Unwilling = {}, rooms?: readonly string[]) {
    const { net } = this;
    this.server = host(net, SERVER, nth(7));
    net.fate = (sent) => (this.#isLost(sent) ? [] : [10]);
    const relays = (isUnwilling = false) => ({ relays: !isUnwilling, server: SERVER });
    this.carol = person(net, CAROL, {
      identity: nth(2),
      name: "carol",
      ...relays(carol),
      ...(rooms === undefined ? {} : { rooms }),
    });
    this.ann = person(net, ANN, { identity: nth(0), name: "ann", ...relays(ann) });
    this.bob = person(net, BOB, { identity: nth(1), name: "bob", ...relays() });
  }

  comeDave(): void {
    this.dave = person(this.net, DAVE, { identity: nth(3), name: "dave", server: SERVER });
  }

  /** Bob begins a new life, with no session and with the disk of the old one. */
  restartBob(): void {
    const { store } = this.bob;
    this.net.detach(BOB);
    this.bob = person(this.net, BOB, { identity: nth(1), name: "bob", server: SERVER, store });
  }

  /** How often Ann has asked the server for Bob. */
  get seeks(): number {
    const asked = { client: "ann", wanted: nth(1).peerId };
    return this.server.events.filter((event) => {
      return event.type === "log" && event.message === "seek" && Bun.deepMatch(asked, event.fields);
    }).length;
  }

  mend(): void {
    this.#isCut = false;
  }

  cut(): void {
    this.#isCut = true;
  }

  /** What Ann's faces were last told of Bob. */
  get bobToAnn(): PeerStateEvent | undefined {
    return this.ann.events.findLast(
      (event): event is PeerStateEvent => event.type === "peer" && event.who.id === nth(1).peerId,
    );
  }

  get isCarried(): boolean {
    return this.bobToAnn?.path?.kind === "relay";
  }

  between(a: Address, b: Address): Sent[] {
    return this.net.sent.filter(({ from, to }) => {
      return (from === a && to === b) || (from === b && to === a);
    });
  }

  #isLost({ from, to }: Sent): boolean {
    const isBetween = (from === ANN && to === BOB) || (from === BOB && to === ANN);
    return (isBetween && this.#isCut) || this.net.prng.chance(this.loss);
  }
}

function say(from: Person, to: string, text: string): void {
  from.command({ type: "send", req: text, to, text });
}

function isDelivered(by: Person, text: string): boolean {
  return by.events.some((event) => {
    return event.type === "status" && event.req === text && event.state === "delivered";
  });
}

test("two whom nothing direct connects talk through a member of their room within 3 s", () => {
  const stage = new Stage();

  const isCarried = stage.net.runUntil(() => stage.isCarried, 3_000);

  expect(isCarried).toBe(true);
  expect(stage.bobToAnn?.path).toMatchObject({
    kind: "relay",
    via: { name: "carol", id: nth(2).peerId },
    remote: CAROL,
  });
  say(stage.ann, "@bob", "hello");
  say(stage.bob, "@ann", "hello yourself");
  stage.net.run(1_000);
  expect(shownTo(stage.bob)).toEqual(["hello"]);
  expect(shownTo(stage.ann)).toEqual(["hello yourself"]);
  expect(isDelivered(stage.ann, "hello")).toBe(true);
});

test("a direct path is taken as soon as it opens, and nothing is lost meanwhile", () => {
  const stage = new Stage();
  stage.net.run(5_000);
  expect(stage.isCarried).toBe(true);

  stage.mend();
  for (let i = 0; i < 100; i++) {
    say(stage.ann, "@bob", `${i}`);
    stage.net.run(200);
  }

  expect(stage.bobToAnn?.path?.kind).toBe("lan");
  expect(shownTo(stage.bob)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  const viaCarol = stage.between(ANN, CAROL).filter(({ atMs }) => atMs > stage.net.now - 5_000);
  expect(viaCarol.length).toBeLessThan(10);
});

test("who loses the direct path is carried, and gets back to it", () => {
  const stage = new Stage();
  stage.mend();
  stage.net.run(4_000);
  expect(stage.bobToAnn?.path?.kind).toBe("lan");

  stage.cut();
  say(stage.ann, "@bob", "now");
  const isCarried = stage.net.runUntil(() => isDelivered(stage.ann, "now"), 4_000);
  expect(isCarried).toBe(true);
  expect(stage.isCarried).toBe(true);
  stage.mend();
  stage.net.run(60_000);

  expect(stage.bobToAnn?.path?.kind).toBe("lan");
  expect(statesOf(stage.ann, nth(1))).not.toContain("gone");
});

test.each(["leaves", "dies"])("when the carrier %s another takes over", (how) => {
  const stage = new Stage();
  stage.comeDave();
  stage.net.run(5_000);
  const via = stage.bobToAnn?.path?.via?.name;
  const [carrier, address] = via === "carol" ? [stage.carol, CAROL] : [stage.dave, DAVE];
  const sent: string[] = [];
  const speak = (ms: number) => {
    for (let i = 0; i < ms / 100; i++) {
      sent.push(`${sent.length}`);
      say(stage.ann, "@bob", sent.at(-1) ?? "");
      stage.net.run(100);
    }
  };
  speak(1_000);

  if (how === "leaves") carrier?.command({ type: "quit" });
  else stage.net.detach(address);
  speak(3_000);

  const heard = shownTo(stage.bob).length;
  expect(sent.length - heard).toBeLessThan(10);
  expect(stage.bobToAnn?.path?.via?.name).toBe(via === "carol" ? "dave" : "carol");
  stage.net.run(2_000);
  expect(shownTo(stage.bob)).toEqual(sent);
  expect(statesOf(stage.ann, nth(1))).not.toContain("gone");
});

test.each([
  ["who is to carry refuses", { carol: true }],
  ["one of the two refuses to be carried", { ann: true }],
])("nobody is carried where %s", (_, unwilling) => {
  const stage = new Stage(unwilling);

  stage.net.run(15_000);

  expect(statesOf(stage.ann, nth(1)).at(-1)).toBe("unreachable");
  expect(statesOf(stage.ann, nth(2)).at(-1)).toBe("connected");
});

test("nobody carries for those who share no room with it", () => {
  const stage = new Stage({}, ["#elsewhere"]);

  stage.net.run(15_000);

  expect(statesOf(stage.ann, nth(1)).at(-1)).toBe("unreachable");
});

test("a member that comes later carries at once", () => {
  const stage = new Stage({ carol: true });
  stage.net.run(20_000);
  expect(stage.isCarried).toBe(false);

  stage.comeDave();
  const isCarried = stage.net.runUntil(() => stage.isCarried, 5_000);

  expect(isCarried).toBe(true);
  expect(stage.bobToAnn?.path?.via?.name).toBe("dave");
});

test("the longest texts and many of them pass through a carrier, whatever is lost", () => {
  const stage = new Stage();
  stage.loss = 0.1;
  stage.net.runUntil(() => stage.isCarried, 10_000);
  const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(60_000));

  for (const text of texts) say(stage.ann, "@bob", text);
  const isThere = stage.net.runUntil(() => shownTo(stage.bob).length === texts.length, 60_000);

  expect(isThere).toBe(true);
  expect(shownTo(stage.bob)).toEqual(texts);
});

test("those who are carried and are still cost their carrier next to nothing", () => {
  const stage = new Stage();
  stage.net.run(120_000);
  const before = stage.between(ANN, CAROL).length;

  stage.net.run(600_000);

  expect(stage.isCarried).toBe(true);
  // Keepalives, renewals of keys, and a look for a direct path in a minute.
  expect((stage.between(ANN, CAROL).length - before) / 10).toBeLessThan(40);
});

test("who was carried and is met directly in a new life is looked for no longer", () => {
  const stage = new Stage();
  stage.net.runUntil(() => stage.isCarried, 5_000);
  stage.mend();
  stage.restartBob();
  stage.net.runUntil(() => stage.bobToAnn?.path?.kind === "lan", 5_000);
  stage.net.run(1_000);
  const before = stage.seeks;

  stage.net.run(120_000);

  expect(before).toBeGreaterThan(0);
  expect(stage.bobToAnn?.path?.kind).toBe("lan");
  expect(stage.seeks).toBe(before);
});

test("what is told of who is carried is told also while their carrier is itself carried", () => {
  const stage = new Stage();
  const { net, ann } = stage;
  let cut = [
    [ANN, BOB],
    [DAVE, BOB],
  ];
  net.fate = ({ from, to }) => (cut.some((ends) => isOf(ends, from, to)) ? [] : [10]);
  stage.comeDave();
  net.runUntil(() => stage.isCarried, 5_000);
  net.run(1_000);
  expect(stage.bobToAnn?.path?.via?.name).toBe("carol");

  cut = [...cut, [ANN, CAROL]];
  say(ann, "@carol", "there?");
  const told: unknown[] = [];
  for (let i = 0; i < 50; i++) {
    ann.command({ type: "why", req: "w", to: "@bob" });
    net.run(100);
    const carol = ann.events.findLast((it) => it.type === "peer" && it.who.id === nth(2).peerId);
    const bob = ann.events.findLast((it) => it.type === "reply" && it.command === "why");
    if (carol?.type === "peer" && carol.path?.kind === "relay") told.push(bob);
  }

  expect(told.length).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ who: { id: nth(1).peerId } });
});

function isOf(ends: readonly Address[], from: Address, to: Address): boolean {
  return from !== to && ends.includes(from) && ends.includes(to);
}
