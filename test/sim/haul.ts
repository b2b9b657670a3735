import { addressOf, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { identityFromSecret, IDENTITY_SECRET_BYTES } from "../../lib/crypto/identity.ts";
import { Courier, type CourierCommand } from "./courier.ts";
import { NO_DISK } from "./disk.ts";
import { Invariants } from "./invariants.ts";
import { differences, isAllHeard, Ledger } from "./ledger.ts";
import { CLEAR, type Conditions } from "./link.ts";
import type { Router, Segment } from "./network.ts";
import { Prng } from "./prng.ts";
import type { Process } from "./process.ts";
import { BEGINNING_MS, World } from "./world.ts";

/** Both sides say something this often while there is something to haul. */
const CHAT_EVERY_MS = 100;

/** One side of a conversation: a process with a courier, and its ledger. */
export class Side {
  readonly name: string;
  readonly ledger = new Ledger();
  /** Which it was told to say; those told to a process that stands still are not yet said. */
  words = 0;
  readonly process: Process<never, CourierCommand>;
  #courier: Courier | undefined;

  constructor(world: World, invariants: Invariants, name: string, on: Segment, port: number) {
    this.name = name;
    const secret = new Prng(world.seed, `identity ${name}`).bytes(IDENTITY_SECRET_BYTES);
    const identity = identityFromSecret(secret);
    const prng = new Prng(world.seed, `machine ${name}`);
    const random = (length: number): Uint8Array => prng.bytes(length);
    const observe = (keyId: string, counter: number): void => {
      invariants.onSealed(keyId, counter);
    };
    this.process = world.run<never, CourierCommand>(
      name,
      {
        boot: (now) => {
          const options = { now, random, identity, name, serial: BEGINNING_MS, observe };
          this.#courier = new Courier(options, this.ledger);
          return this.#courier;
        },
        disk: NO_DISK,
      },
      { on, port },
    );
  }

  get courier(): Courier {
    assert(this.#courier !== undefined, "a process runs");
    return this.#courier;
  }

  /** How those outside reach it who are let in: routers preserve ports. */
  addressBehind(home: Router | undefined): Address {
    const ip = home?.outerIps[0] ?? this.process.host.attachments[0]?.ip ?? "";
    const address = addressOf(ip, this.process.port);
    assert(address !== undefined, "a station's address is one");
    return address;
  }
}

/**
 * Ann, behind a router with the strictest filter, has called Bob, who is on the open internet. What
 * each says and hauls goes to the other.
 */
export class Haul {
  readonly world: World;
  readonly ann: Side;
  readonly bob: Side;
  readonly home: Router;
  readonly invariants: Invariants;

  /** `beside` another, in its world and behind its router, it shares that one's bottlenecks. */
  constructor(seed: number, conditions: Partial<Conditions> = {}, beside?: Haul) {
    this.world = beside?.world ?? new World(seed);
    const { network } = this.world;
    network.internet.conditions = { ...CLEAR, ...conditions };
    this.home = beside?.home ?? network.router("home", { filtering: "address-and-port-dependent" });
    this.invariants = beside?.invariants ?? new Invariants();
    if (beside === undefined) this.world.watch(this.invariants);
    const [ann, bob] = beside === undefined ? ["ann", "bob"] : ["cat", "dan"];
    const port = beside === undefined ? 40_001 : 40_003;
    this.ann = new Side(this.world, this.invariants, ann, this.home.inside, port);
    this.bob = new Side(this.world, this.invariants, bob, network.internet, port + 1);
    if (beside !== undefined) {
      const theirs = beside.bob.process.host;
      network.share(network.link(this.home, theirs), this.home, this.bob.process.host);
      network.share(network.link(theirs, this.home), this.bob.process.host, this.home);
    }
    const { card } = this.bob.courier.endpoint;
    const candidates = [this.bob.addressBehind(undefined)];
    this.ann.process.command({ type: "call", card, candidates });
  }

  /** Runs until the other has so many bytes of `from`, talking meanwhile; false if time is up. */
  carry(from: Side, bytes: number, withinMs: number): boolean {
    const to = from === this.ann ? this.bob : this.ann;
    const untilBytes = from.ledger.sentBytes + bytes;
    from.process.command({ type: "haul", bytes });
    const isThere = (): boolean => to.ledger.heardBytes >= untilBytes;
    const talk = (): void => {
      if (isThere()) return;
      for (const side of [this.ann, this.bob]) this.say(side);
      this.world.after(CHAT_EVERY_MS, talk);
    };
    talk();
    const isDone = (): boolean => isThere() && this.isAllHeard();
    return this.world.runUntil(isDone, withinMs);
  }

  say(side: Side): void {
    side.process.command({ type: "say", text: `${side.name} says ${side.words++}` });
  }

  isAllHeard(): boolean {
    return isAllHeard(this.ann.ledger, this.bob.ledger);
  }

  /** All that is not as it should be, with the seed. */
  troubles(): string[] {
    const found = [...this.invariants.verdict(), ...differences(this.ann.ledger, this.bob.ledger)];
    return found.map((what) => `seed ${this.world.seed}: ${what}`);
  }
}
