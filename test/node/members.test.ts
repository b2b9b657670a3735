import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";
import { host, type Person, person, statesOf } from "./people.ts";

const SERVER = at("203.0.113.1");
const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const CAROL = at("198.51.100.3");
const MOVED = at("198.51.100.9");
const ELSEWHERE = at("198.51.100.8");

/** What members do besides introducing is another story. */
const COMMON = { server: SERVER, relays: false };

/** Ann, Bob and Carol, who have met in the lobby; and from then on there is no server. */
class Stage {
  readonly net = new Net(1);
  readonly ann: Person;
  readonly bob: Person;
  readonly carol: Person;
  readonly #cut: [Address, Address][] = [];

  constructor() {
    const { net } = this;
    host(net, SERVER, nth(7));
    this.ann = person(net, ANN, { identity: nth(0), name: "ann", ...COMMON });
    this.bob = person(net, BOB, { identity: nth(1), name: "bob", ...COMMON });
    this.carol = person(net, CAROL, { identity: nth(2), name: "carol", ...COMMON });
    net.fate = (sent) => (this.#isCut(sent) ? [] : [10]);
    net.run(4_000);
    net.detach(SERVER);
  }

  cut(a: Address, b: Address): void {
    this.#cut.push([a, b]);
  }

  /** Where the two were last, neither is any more. */
  moveBoth(): void {
    this.net.move(ANN, ELSEWHERE);
    this.net.move(BOB, MOVED);
  }

  mend(): void {
    this.#cut.length = 0;
  }

  between(a: Address, b: Address): Sent[] {
    return this.net.sent.filter(({ from, to }) => {
      return (from === a && to === b) || (from === b && to === a);
    });
  }

  #isCut({ from, to }: Sent): boolean {
    return this.#cut.some(([a, b]) => (from === a && to === b) || (from === b && to === a));
  }
}

test("two who lost each other are brought together by a member, without any server", () => {
  const stage = new Stage();
  const { net, ann, bob } = stage;
  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");

  stage.cut(ANN, BOB);
  net.run(75_000);
  expect(statesOf(ann, nth(1)).at(-1)).toBe("unreachable");
  expect(statesOf(ann, nth(2)).at(-1)).toBe("connected");
  stage.mend();
  ann.command({ type: "send", req: "r", to: "@bob", text: "here again" });
  net.run(15_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
  expect(statesOf(bob, nth(0)).at(-1)).toBe("connected");
  const told = ann.events.filter((event) => event.type === "status" && event.req === "r");
  expect(told.at(-1)).toMatchObject({ state: "delivered" });
});

test.each([
  ["find one another where they were", false, "connected"],
  ["who have both moved do not", true, "gone"],
] as const)("with neither server nor member, two %s", (_, isMoved, state) => {
  const stage = new Stage();
  const { net, ann } = stage;

  net.detach(CAROL);
  stage.cut(ANN, BOB);
  net.run(60_000);
  if (isMoved) stage.moveBoth();
  stage.mend();
  net.run(60_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe(state);
});

test("who has moved while a peer was away is found where members see it now", () => {
  const stage = new Stage();
  const { net, ann } = stage;
  stage.cut(ANN, BOB);
  net.run(60_000);

  net.move(BOB, MOVED);
  stage.mend();
  stage.bob.machine.handleNetwork(net.now, []);
  net.run(25_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
  expect(stage.between(ANN, MOVED).length).toBeGreaterThan(0);
});

test("a member introduces nobody to who is in no room with both", () => {
  const stage = new Stage();
  const { net, ann, bob } = stage;

  bob.command({ type: "leave", req: null, room: "#lobby" });
  net.run(1_000);
  stage.cut(ANN, BOB);
  net.run(60_000);
  stage.moveBoth();
  stage.mend();
  ann.command({ type: "send", req: "r", to: "@bob", text: "are you there?" });
  net.run(60_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("gone");
});

test("those who have met and are still say no more than keepalives to one another", () => {
  const stage = new Stage();
  const { net } = stage;
  net.run(10_000);
  const before = stage.between(ANN, CAROL).length;

  net.run(60_000);

  // Each a packet in 8 s, and an answer to what asks for one.
  expect(stage.between(ANN, CAROL).length - before).toBeLessThan(32);
});
