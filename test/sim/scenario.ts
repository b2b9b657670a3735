import { addressOf, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { identityFromSecret, IDENTITY_SECRET_BYTES } from "../../lib/crypto/identity.ts";
import type { ServerCommand } from "../../lib/node/commands.ts";
import type { ServerEvent } from "../../lib/node/events.ts";
import { ServerNode } from "../../lib/node/server.ts";
import { Client } from "./client.ts";
import { NO_DISK } from "./disk.ts";
import { Invariants } from "./invariants.ts";
import { CLEAR, LOCAL, type Conditions } from "./link.ts";
import type { NatBehaviour } from "./nat.ts";
import type { Router, Segment } from "./network.ts";
import { Prng } from "./prng.ts";
import type { Process } from "./process.ts";
import { BEGINNING_MS, World } from "./world.ts";

const SERVER_PORT = 3478;

export interface SimulationOptions {
  /** Where the internet differs from `CLEAR`. */
  readonly conditions?: Partial<Conditions>;
  /** Where networks at home differ from `LOCAL`. */
  readonly local?: Partial<Conditions>;
}

export interface ClientOptions {
  readonly behind?: Router;
  readonly rooms?: readonly string[];
  /** False for a client that knows of no server. */
  readonly knowsServer?: boolean;
  readonly clockOffsetMs?: number;
}

/** A world of real nodes: what the tests set up, run and ask. */
export function simulate(seed: number, options: SimulationOptions = {}): Simulation {
  return new Simulation(seed, options);
}

export class Simulation {
  readonly world: World;
  readonly invariants = new Invariants();
  readonly clients: Client[] = [];
  readonly #local: Conditions;
  #server: Process<ServerEvent, ServerCommand> | undefined;

  constructor(seed: number, { conditions, local }: SimulationOptions) {
    this.world = new World(seed);
    this.world.network.internet.conditions = { ...CLEAR, ...conditions };
    this.#local = { ...LOCAL, ...local };
    this.world.watch(this.invariants);
  }

  get seed(): number {
    return this.world.seed;
  }

  /** The server, on the open internet; the clients that come after it know its address. */
  server(): Process<ServerEvent, ServerCommand> {
    const identity = identityFromSecret(this.#prng("identity server").bytes(IDENTITY_SECRET_BYTES));
    const prng = this.#prng("machine server");
    const random = (length: number): Uint8Array => prng.bytes(length);
    const observe = this.#observe;
    const server = this.world.run<ServerEvent, ServerCommand>(
      "server",
      {
        boot: (now) =>
          new ServerNode({ now, random, identity, name: "server", serial: BEGINNING_MS, observe }),
        disk: NO_DISK,
      },
      { port: SERVER_PORT },
    );
    this.invariants.addServer(server.host);
    this.#server = server;
    return server;
  }

  nat(name: string, behaviour: Partial<NatBehaviour> = {}): Router {
    const router = this.world.network.router(name, behaviour);
    router.inside.conditions = this.#local;
    return router;
  }

  client(name: string, options: ClientOptions = {}): Client {
    const { behind, rooms = ["#lobby"], knowsServer = true, clockOffsetMs = 0 } = options;
    const identity = identityFromSecret(
      this.#prng(`identity ${name}`).bytes(IDENTITY_SECRET_BYTES),
    );
    this.invariants.addClient(name, identity.peerId);
    const address = knowsServer ? this.#serverAddress() : undefined;
    const hint = address && { kind: "server" as const, name: "server", address };
    const on: Segment = behind?.inside ?? this.world.network.internet;
    const prng = this.#prng(`machine ${name}`);
    const setup = { identity, rooms, hint, observe: this.#observe, prng };
    const client = new Client(this.world, name, setup, { on, clockOffsetMs });
    this.clients.push(client);
    return client;
  }

  /** Runs until all are connected and know one another in the lobby; false if it takes longer. */
  gather(clients: readonly Client[], withinMs = 30_000): boolean {
    return this.world.runUntil(() => clients.every((ann) => isAmong(ann, clients)), withinMs);
  }

  /** Throws if anything was seen that must not be. */
  check(): void {
    const violations = this.invariants.verdict();
    if (violations.length === 0) return;
    throw new Error(
      `Seed ${this.seed}: ${violations.length} violations:\n${violations.join("\n")}`,
    );
  }

  readonly #observe = (keyId: string, counter: number): void => {
    this.invariants.onSealed(keyId, counter);
  };

  #serverAddress(): Address | undefined {
    const ip = this.#server?.host.attachments[0]?.ip;
    if (ip === undefined) return undefined;
    const address = addressOf(ip, SERVER_PORT);
    assert(address !== undefined, "a server's address is one");
    return address;
  }

  #prng(purpose: string): Prng {
    return new Prng(this.seed, purpose);
  }
}

function isAmong(ann: Client, clients: readonly Client[]): boolean {
  return clients.every((bob) => {
    return bob === ann || (ann.isConnectedTo(bob) && ann.knowsMember("#lobby", bob));
  });
}
