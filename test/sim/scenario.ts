import type { RoomKey } from "../../lib/chat/membership.ts";
import { addressOf, type Address } from "../../lib/base/address.ts";
import {
  type Identity,
  identityFromSecret,
  IDENTITY_SECRET_BYTES,
} from "../../lib/crypto/identity.ts";
import type { ServerCommand } from "../../lib/node/commands.ts";
import type { ServerEvent } from "../../lib/node/events.ts";
import { ServerNode } from "../../lib/node/server.ts";
import type { Lies } from "../chat/traitor.ts";
import { Client } from "./client.ts";
import { NO_DISK } from "./disk.ts";
import { Invariants } from "./invariants.ts";
import { CLEAR, LOCAL, type Conditions } from "./link.ts";
import type { NatBehaviour } from "./nat.ts";
import type { Family, HostStation, Router, RouterOptions, Segment } from "./network.ts";
import { Prng } from "./prng.ts";
import type { Process } from "./process.ts";
import { BEGINNING_MS, World } from "./world.ts";

export const SERVER_PORT = 3478;

export interface SimulationOptions {
  /** Where the internet differs from `CLEAR`. */
  readonly conditions?: Partial<Conditions>;
  /** Where networks at home differ from `LOCAL`. */
  readonly local?: Partial<Conditions>;
}

export interface ClientOptions {
  readonly behind?: Router | undefined;
  /** Its addresses; the server is known by the first's. */
  readonly families?: readonly Family[];
  readonly rooms?: readonly string[];
  /** With it `#lobby` is a private room. */
  readonly lobbyKey?: RoomKey | undefined;
  /** False for a client that knows of no server. */
  readonly knowsServer?: boolean;
  readonly clockOffsetMs?: number;
  /** Whether it finds out what NAT it is behind. */
  readonly surveys?: boolean;
  /** Whether it holds for others, and has others hold for it: neither. */
  readonly holds?: boolean;
  readonly asksHold?: boolean;
  /** Whose identity it has, if not one of its own: that of the client of this name. */
  readonly twinOf?: string;
  /** What it makes, by its keys, of what its program would say: nothing, if it is honest. */
  readonly liesOf?: ((identity: Identity) => Lies) | undefined;
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
  #server: HostStation | undefined;

  constructor(seed: number, { conditions, local }: SimulationOptions) {
    this.world = new World(seed);
    this.world.network.internet.conditions = { ...CLEAR, ...conditions };
    this.#local = { ...LOCAL, ...local };
    this.world.watch(this.invariants);
  }

  get seed(): number {
    return this.world.seed;
  }

  /**
   * The server, on the open internet, with two addresses of IPv4 and one of IPv6 unless told
   * otherwise; the clients that come after it know its address.
   */
  server(families: readonly Family[] = [4, 4, 6]): Process<ServerEvent, ServerCommand> {
    const identity = identityFromSecret(this.#prng("identity server").bytes(IDENTITY_SECRET_BYTES));
    const prng = this.#prng("machine server");
    const random = (length: number): Uint8Array => prng.bytes(length);
    const observe = this.#observe;
    const server = this.world.run<ServerEvent, ServerCommand>(
      "server",
      {
        boot: (now, host) => {
          const sockets = serverSockets(host).flatMap(({ ip, port }) => addressOf(ip, port) ?? []);
          const options = { now, random, identity, name: "server", serial: BEGINNING_MS };
          return new ServerNode({ ...options, observe, sockets });
        },
        binds: (host) => serverSockets(host).slice(1),
        disk: NO_DISK,
      },
      { port: SERVER_PORT, families },
    );
    this.invariants.addServer(server.host);
    this.setServer(server.host);
    return server;
  }

  /** The clients that come after this know this host as their server. */
  setServer(host: HostStation): void {
    this.#server = host;
  }

  nat(name: string, behaviour: Partial<NatBehaviour> = {}, options: RouterOptions = {}): Router {
    const router = this.world.network.router(name, behaviour, options);
    router.inside.conditions = this.#local;
    return router;
  }

  client(name: string, options: ClientOptions = {}): Client {
    const { behind, families = [4], rooms = ["#lobby"], knowsServer = true } = options;
    const { clockOffsetMs = 0, surveys = false, lobbyKey } = options;
    const { holds = false, asksHold = false } = options;
    const identity = identityFromSecret(
      this.#prng(`identity ${options.twinOf ?? name}`).bytes(IDENTITY_SECRET_BYTES),
    );
    this.invariants.addClient(name, identity.peerId);
    const lies = options.liesOf?.(identity);
    if (lies !== undefined) this.invariants.addTraitor(identity.peerId);
    const address = knowsServer ? this.serverAddress(families[0]) : undefined;
    const hint = address && { kind: "server" as const, name: "server", address };
    const on: Segment = behind?.inside ?? this.world.network.internet;
    const prng = this.#prng(`machine ${name}`);
    const choices = { rooms, lobbyKey, surveys, holds, asksHold, lies };
    const setup = { identity, ...choices, hint, observe: this.#observe, prng };
    const client = new Client(this.world, name, setup, { on, families, clockOffsetMs });
    this.clients.push(client);
    return client;
  }

  /** Of this family; undefined before there is a server. */
  serverAddress(family: Family = 4): Address | undefined {
    const ips = this.#server?.attachments.map(({ ip }) => ip) ?? [];
    const ip = ips.find((own) => own.includes(":") === (family === 6));
    return ip === undefined ? undefined : addressOf(ip, SERVER_PORT);
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

  #prng(purpose: string): Prng {
    return new Prng(this.seed, purpose);
  }
}

/** Two ports of each of its addresses. */
function serverSockets({ attachments }: HostStation): { ip: string; port: number }[] {
  return attachments.flatMap(({ ip }) =>
    [SERVER_PORT, SERVER_PORT + 1].map((port) => ({ ip, port })),
  );
}

function isAmong(ann: Client, clients: readonly Client[]): boolean {
  return clients.every((bob) => {
    return bob === ann || (ann.isConnectedTo(bob) && ann.knowsMember("#lobby", bob));
  });
}
