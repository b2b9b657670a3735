import { expect, test } from "bun:test";
import type { PeerStateEvent } from "../../lib/node/events.ts";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import type { Segment } from "./network.ts";
import { verdict, type Place } from "./oracle.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** Kinds between which nothing direct can be. */
const HOPELESS: readonly (readonly [KindName, KindName])[] = [
  ["symmetric-random", "symmetric-random"],
  ["symmetric-random", "block-dependent"],
  ["symmetric-random", "symmetric-sequential"],
  ["block-dependent", "block-dependent"],
  ["symmetric-descending", "carrier-symmetric"],
  ["arbitrary-pool", "address-dependent"],
  ["symmetric-at-home", "carrier-block"],
];

/**
 * From when both are up, and somebody who can carry, by the share that is lost on each leg: what is
 * lost is asked for again after a while.
 */
const CARRIED_MS = { 0: 3_000, 0.1: 6_000, 0.2: 10_000 } as const;
/** A shell looks at its addresses so often. */
const NETWORK_POLL_MS = 250;
/** A carrier that vanished is missed, and another found. */
const REPLACED_MS = 4_000;

/** Two who cannot meet, and others of the lobby who can meet both. */
class Scene {
  readonly sim: Simulation;
  readonly ann: Client;
  readonly bob: Client;
  readonly members: readonly Client[];
  readonly places: readonly [Place, Place];
  readonly #networkOfBob: Segment | undefined;
  #said = 0;

  constructor(
    seed: number,
    kinds: readonly [KindName, KindName],
    loss: number,
    members: KindName[],
    jitterMs = 5,
  ) {
    const sim = simulate(seed, { conditions: { loss, jitterMs }, local: { loss: loss / 2 } });
    sim.server();
    const prng = new Prng(seed, "sites");
    const come = (name: string, kind: KindName) => {
      const { routers, families, place } = siteOf(sim, kind, prng);
      const client = sim.client(name, { behind: routers[0], families, surveys: true });
      return { client, place, network: routers[0]?.inside };
    };
    this.sim = sim;
    this.members = members.map((kind, i) => come(`member${i}`, kind).client);
    const [ann, bob] = [come("ann", kinds[0]), come("bob", kinds[1])];
    [this.ann, this.bob] = [ann.client, bob.client];
    this.places = [ann.place, bob.place];
    this.#networkOfBob = bob.network;
  }

  /** What Ann was last told of Bob. */
  get told(): PeerStateEvent | undefined {
    return this.ann.events.findLast((event): event is PeerStateEvent => {
      return event.type === "peer" && event.who.id === this.bob.peerId;
    });
  }

  get carrier(): Client | undefined {
    const { path } = this.told ?? {};
    return this.members.find(({ peerId }) => peerId === path?.via?.id);
  }

  get isTalking(): boolean {
    return this.ann.isConnectedTo(this.bob) && this.bob.isConnectedTo(this.ann);
  }

  /** Bob's machine leaves its network for the open internet; its shell notices a little later. */
  openBob(): void {
    const { network } = this.sim.world;
    const { process } = this.bob;
    if (this.#networkOfBob !== undefined) network.detach(process.host, this.#networkOfBob);
    network.attach(process.host, network.internet);
    this.sim.world.after(NETWORK_POLL_MS, () => process.refreshNetwork());
  }

  /** Both say a word now and then. */
  speak(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.#said += 1;
      this.ann.say(`@${this.bob.name}`, `ann ${this.#said}`);
      this.bob.say(`@${this.ann.name}`, `bob ${this.#said}`);
      this.sim.world.runUntil(() => false, 100);
    }
  }

  /** All that was said, in order and once, on both sides. */
  expectHeard(): void {
    const texts = (name: string) =>
      Array.from({ length: this.#said }, (_, i) => `${name} ${i + 1}`);
    this.sim.world.runUntil(() => {
      return [this.ann, this.bob].every((one) => one.heard().length >= this.#said);
    }, 10_000);
    expect(this.bob.heard(this.ann)).toEqual(texts("ann"));
    expect(this.ann.heard(this.bob)).toEqual(texts("bob"));
    this.sim.check();
  }
}

test.each(HOPELESS)("%s and %s talk through a member within 3 s", (a, b) => {
  for (const [seed, loss] of ([0, 0.1, 0.2] as const).entries()) {
    const scene = new Scene(seed + 1, [a, b], loss, ["open"]);
    expect(verdict(...scene.places).reach).toBe("relay");

    const isCarried = scene.sim.world.runUntil(() => scene.isTalking, CARRIED_MS[loss]);

    expect([loss, isCarried, scene.told?.path?.kind]).toEqual([loss, true, "relay"]);
    scene.speak(3_000);
    scene.expectHeard();
  }
});

test.each(["port-restricted", "poisoning", "full-cone"] as const)(
  "a member behind a router that is %s carries as well",
  (kind) => {
    const scene = new Scene(1, ["symmetric-random", "symmetric-random"], 0.05, [kind]);

    // It is met by searches of ports first, one after the other.
    const isCarried = scene.sim.world.runUntil(() => scene.isTalking, 60_000);

    expect([isCarried, scene.told?.path?.kind]).toEqual([true, "relay"]);
    scene.speak(2_000);
    scene.expectHeard();
  },
);

test.each([0, 0.1, 0.2])(
  "at %p loss a carrier that is killed is replaced, and nothing lost",
  (loss) => {
    const scene = new Scene(3, ["symmetric-random", "symmetric-random"], loss, ["open", "open"]);
    expect(scene.sim.world.runUntil(() => scene.isTalking, 8_000)).toBe(true);
    scene.speak(2_000);
    const first = scene.carrier;
    expect(first).toBeDefined();

    first?.kill();
    scene.speak(REPLACED_MS);

    expect(scene.carrier).toBeDefined();
    expect(scene.carrier).not.toBe(first);
    scene.speak(1_000);
    scene.expectHeard();
  },
);

test("who is carried and leaves says so before it leaves the carrier", () => {
  const scene = new Scene(3, ["symmetric-random", "symmetric-random"], 0, ["open"], 0);
  expect(scene.sim.world.runUntil(() => scene.isTalking, 8_000)).toBe(true);

  scene.bob.process.command({ type: "quit" });
  const isTold = scene.sim.world.runUntil(() => scene.told?.state === "gone", 1_000);

  expect([isTold, scene.told?.reason]).toEqual([true, "left"]);
});

test("who comes to a network that lets it is no longer carried, and no word is lost", () => {
  const scene = new Scene(4, ["symmetric-random", "symmetric-random"], 0.02, ["open"]);
  expect(scene.sim.world.runUntil(() => scene.isTalking, 8_000)).toBe(true);
  scene.speak(2_000);
  expect(scene.told?.path?.kind).toBe("relay");

  scene.openBob();
  scene.speak(5_000);

  expect(scene.told?.path?.kind).toBe("direct");
  scene.expectHeard();
});

test("without any member that is told within 10 s, and why", () => {
  const scene = new Scene(1, ["symmetric-random", "symmetric-random"], 0, []);

  const isTold = scene.sim.world.runUntil(() => scene.told?.state === "unreachable", 10_000);

  expect(isTold).toBe(true);
  expect(scene.told?.reason).toContain("both routers give every connection another port");
  expect(scene.told?.reason).toContain("nobody who shares a room with both of you can carry it");
});

test("pairs that can meet directly do, with a member there that could carry", () => {
  const pairs: [KindName, KindName][] = [
    ["port-restricted", "port-restricted"],
    ["port-restricted", "symmetric-random"],
    ["symmetric-sequential", "port-restricted"],
    ["poisoning", "block-dependent"],
  ];
  for (const kinds of pairs) {
    const scene = new Scene(5, kinds, 0, ["open"]);

    scene.sim.world.runUntil(() => scene.told?.path?.kind === "direct", 10_000);

    expect([kinds, scene.told?.path?.kind]).toEqual([kinds, "direct"]);
    scene.speak(1_000);
    scene.expectHeard();
  }
});
