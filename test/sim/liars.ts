import { addressOf, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { signCard } from "../../lib/crypto/card.ts";
import {
  IDENTITY_SECRET_BYTES,
  identityFromSecret,
  type Identity,
} from "../../lib/crypto/identity.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import type { Connection } from "../../lib/node/connection.ts";
import type { ServerEvent } from "../../lib/node/events.ts";
import { topicOf } from "../../lib/rendezvous/topic.ts";
import type { Card } from "../../lib/wire/card.ts";
import { CHAT_CHANNEL, RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import { encodeChat } from "../../lib/wire/chat.ts";
import { OBSERVERS_MAX } from "../../lib/wire/limits.ts";
import { encodePacket, type Side } from "../../lib/wire/packet.ts";
import {
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  type RendezvousAnswer,
  type RendezvousRequest,
} from "../../lib/wire/rendezvous.ts";
import { NO_DISK } from "./disk.ts";
import { Liar, type LiarCommand, type Saying, type Script } from "./liar.ts";
import type { Bind, HostStation } from "./network.ts";
import { Prng } from "./prng.ts";
import type { Process } from "./process.ts";
import { SERVER_PORT, type Simulation } from "./scenario.ts";
import { BEGINNING_MS, type RunOptions } from "./world.ts";

export type LiarProcess = Process<ServerEvent, LiarCommand>;

/** What a lying server says to a request: anything that can be encoded, any number of times. */
export type Answers = (
  request: RendezvousRequest,
  asker: { readonly card: Card; readonly observed: Address },
) => readonly RendezvousAnswer[];

/** What a lying server says of the network. */
export interface Lies {
  readonly answers?: Answers;
  /** Where clients are to ask what their NATs do; its own sockets where it is not given. */
  readonly observers?: readonly Address[];
  /** Where it says that it is besides. */
  readonly others?: readonly Address[];
  /** Where those who ask are said to be; the truth where it is not given. */
  readonly mapped?: (from: Address) => Address;
}

/** What a lying peer says of itself. */
export interface Claims {
  readonly candidates: readonly Address[];
  readonly nat?: Uint8Array;
  /** It says to all that it is in these rooms, `#name`. */
  readonly rooms: readonly string[];
  /** Whether it answers those who call it, or lets them go on. */
  readonly answers: boolean;
}

/** The server of the clients that come after it: registers everybody, and says what it likes. */
export function lyingServer(sim: Simulation, lies: Lies = {}): LiarProcess {
  const { answers = () => [], mapped = (from: Address) => from } = lies;
  const script: Script = {
    purpose: "server",
    mapped,
    onMessage: ({ card, path }, channel, message) => {
      const request = channel === RENDEZVOUS_CHANNEL ? decodeRequest(message) : undefined;
      if (request === undefined) return [];
      const observed = mapped(path.remote);
      const observers = lies.observers ?? serverSockets(server.host).slice(0, OBSERVERS_MAX);
      const { others = [] } = lies;
      const facts = { number: 1, observed, observers, others };
      const registered = { kind: "registered", ...facts } as const;
      const more = answers(request, { card, observed: path.remote });
      return (request.kind === "register" ? [registered, ...more] : more).map(asSaying);
    },
  };
  const options = { port: SERVER_PORT, families: [4, 4, 6] } as const;
  const server = play(sim, "lying server", script, options);
  sim.setServer(server.host);
  return server;
}

/** Registers with the server as its claims say, again whenever it has a new session there. */
export function lyingPeer(
  sim: Simulation,
  name: string,
  { candidates, nat, rooms, answers }: Claims,
  options: RunOptions = {},
): LiarProcess {
  const server = sim.serverAddress(options.families?.[0]);
  assert(server !== undefined, "a lying peer comes after its server");
  const greet = ({ card, purpose }: Connection): readonly Saying[] => {
    if (purpose === "peer") {
      const message = encodeChat({ kind: "rooms", rooms: rooms.map(openRoom), proofs: [] });
      return [{ channel: CHAT_CHANNEL, message }];
    }
    const topics = rooms.map((room) => topicOf(openRoom(room), card.noiseKey));
    const request = { kind: "register", candidates, topics, ...(nat && { nat }) } as const;
    return [{ channel: RENDEZVOUS_CHANNEL, message: encodeRequest(request) }];
  };
  const script: Script = {
    purpose: "peer",
    onOpened: greet,
    heeds: (from) => answers || from === server,
  };
  return play(sim, name, script, options, server);
}

/** The card of somebody who is not there, signed as it must be. */
export function inventedCard(prng: Prng, name: string): Card {
  const { signing, noise } = identityOf(prng);
  return signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
}

/** Of one side or the other, to be sent from wherever: who introduces two knows their token. */
export function forgedPunches(token: Uint8Array): Uint8Array[] {
  const sides: readonly Side[] = ["lower", "higher"];
  return sides.map((sender) => encodePacket({ kind: "punch", token, sender }));
}

/** For `say`, in a session between a client and its server. */
export function asSaying(answer: RendezvousAnswer): Saying {
  return { channel: RENDEZVOUS_CHANNEL, message: encodeAnswer(answer) };
}

function play(
  sim: Simulation,
  name: string,
  script: Script,
  options: RunOptions,
  server?: Address,
): LiarProcess {
  const identity = identityOf(new Prng(sim.seed, `identity ${name}`));
  const prng = new Prng(sim.seed, `machine ${name}`);
  const random = (length: number): Uint8Array => prng.bytes(length);
  return sim.world.run<ServerEvent, LiarCommand>(
    name,
    {
      boot: (now) =>
        new Liar({ now, random, identity, name: "liar", serial: BEGINNING_MS }, script),
      begin: (now, machine) => {
        if (server === undefined) return;
        machine.handleFound(now, { kind: "server", name, address: server, noiseKey: undefined });
      },
      binds: (host) => (script.purpose === "server" ? serverBinds(host).slice(1) : []),
      disk: NO_DISK,
    },
    options,
  );
}

/** Two ports of each of its addresses, as an honest server has them. */
function serverBinds({ attachments }: HostStation): Bind[] {
  return attachments.flatMap(({ ip }) => {
    return [SERVER_PORT, SERVER_PORT + 1].map((port) => ({ ip, port }));
  });
}

export function serverSockets(server: HostStation): Address[] {
  return serverBinds(server).flatMap(({ ip = "", port }) => addressOf(ip, port) ?? []);
}

function identityOf(prng: Prng): Identity {
  return identityFromSecret(prng.bytes(IDENTITY_SECRET_BYTES));
}
