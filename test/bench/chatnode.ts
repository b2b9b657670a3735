import { join } from "node:path";
import { type Address, addressOf, parseAddress, parseIp } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { fromHex } from "../../lib/base/bytes.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver } from "../../lib/io/driver.ts";
import { openCard, openIdentity } from "../../lib/io/identity.ts";
import { openLog } from "../../lib/io/log.ts";
import { NetworkWatch } from "../../lib/io/networkwatch.ts";
import { Profile, profilePaths } from "../../lib/io/profile.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { Store } from "../../lib/io/store.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import type { Card } from "../../lib/wire/card.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { PeerNode } from "../../lib/node/peer.ts";

export interface ChatOptions {
  readonly name: string;
  /** Where its own directory is to be, on a real disk. */
  readonly directory: string;
  /** Without one it meets whoever is told where it is, on this machine alone. */
  readonly server: { readonly address: string; readonly key: string } | undefined;
}

const LOOPBACK = "127.0.0.1";
const LOOPBACK_BITS = 8;

/** A client as `cmd/chat.ts` puts it together, with its disk and its log, and without a face. */
export class ChatNode {
  onEvent: (event: PeerEvent) => void = () => undefined;
  readonly card: Card;
  readonly address: Address;
  readonly #driver: Driver<PeerEvent, PeerCommand>;

  private constructor(socket: UdpSocket, { name, directory, server }: ChatOptions) {
    const paths = profilePaths({ profile: name, dataDirectory: join(directory, name), env: {} });
    const profile = Profile.open(paths);
    const log = openLog({ name, file: profile.logFile, level: "info", isVerbose: false });
    const identity = openIdentity(profile.identityFile, systemRandom);
    const now = systemClock.now();
    const { serial } = openCard(profile.cardFile, name, identity, now);
    const store = Store.open(profile.databaseFile, identity.peerId, (event) => log.write(event));
    const address = addressOf(LOOPBACK, socket.port);
    assert(address !== undefined, "a bound socket has an address");
    this.address = address;
    const { signing, noise } = identity;
    this.card = signCard({ signing, noiseKey: noise.publicKey, name, serial });
    const machine = new PeerNode({
      surveys: false,
      relays: true,
      now,
      random: systemRandom,
      identity,
      name,
      serial,
      rooms: ["#lobby"],
      awaitsServer: server !== undefined,
      restored: store.restore(),
    });
    this.#driver = new Driver<PeerEvent, PeerCommand>({
      machine,
      sockets: [socket],
      store,
      ...(server === undefined ? { network: loopbackAlone() } : {}),
      onDatagram: log.onDatagram,
      onEvent: (event) => {
        if (event.type === "log") log.write(event);
        this.onEvent(event);
      },
    });
    this.#driver.start();
    if (server !== undefined) this.#find(server);
  }

  static async open(options: ChatOptions): Promise<ChatNode> {
    return new ChatNode(
      await UdpSocket.open({ host: undefined, port: 0, firstDatagramBytes }),
      options,
    );
  }

  /** Calls somebody whom nobody has introduced. */
  call(card: Card, address: Address): void {
    this.#driver.found({ kind: "peer", card, address });
  }

  /** Says something in a room, as `#lobby`, or to somebody whom it is connected with, as `@bob`. */
  say(to: string, text: string): void {
    this.#driver.command({ type: "send", req: null, to, text });
  }

  /** Resolves when there is a session with somebody of this name. */
  async meets(name: string): Promise<void> {
    const met = Promise.withResolvers<void>();
    this.onEvent = (event) => {
      if (event.type === "peer" && event.state === "connected" && event.who.name === name) {
        met.resolve();
      }
    };
    await met.promise;
  }

  #find({ address: told, key }: NonNullable<ChatOptions["server"]>): void {
    const address = parseAddress(told);
    const noiseKey = fromHex(key);
    assert(address !== undefined && noiseKey !== undefined, "a server's address and key are such");
    this.#driver.found({ kind: "server", name: told, address, noiseKey });
  }
}

function loopbackAlone(): NetworkWatch {
  const ip = parseIp(LOOPBACK);
  assert(ip !== undefined, "it is an address");
  const loopback = { name: "lo", ip, prefixBits: LOOPBACK_BITS };
  return new NetworkWatch({ clock: systemClock, interfaces: () => [loopback] });
}
