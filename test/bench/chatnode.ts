import { join } from "node:path";
import { parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { fromHex } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver } from "../../lib/io/driver.ts";
import { openIdentity, openSerial } from "../../lib/io/identity.ts";
import { openLog } from "../../lib/io/log.ts";
import { Profile, profilePaths } from "../../lib/io/profile.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { Store } from "../../lib/io/store.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { PeerNode } from "../../lib/node/peer.ts";

export interface ChatOptions {
  readonly name: string;
  /** Where its own directory is to be, on a real disk. */
  readonly directory: string;
  readonly server: { readonly address: string; readonly key: string };
}

/** A client as `cmd/chat.ts` puts it together, with its disk and its log, and without a face. */
export class ChatNode {
  onEvent: (event: PeerEvent) => void = () => undefined;
  readonly #driver: Driver<PeerEvent, PeerCommand>;

  private constructor(socket: UdpSocket, { name, directory, server }: ChatOptions) {
    const paths = profilePaths({ profile: name, dataDirectory: join(directory, name), env: {} });
    const profile = Profile.open(paths);
    const log = openLog({ name, file: profile.logFile, level: "info", isVerbose: false });
    const identity = openIdentity(profile.identityFile, systemRandom);
    const now = systemClock.now();
    const serial = openSerial(profile.cardFile, name, now);
    const store = Store.open(profile.databaseFile, identity.peerId, (event) => log.write(event));
    const machine = new PeerNode({
      surveys: false,
      relays: true,
      now,
      random: systemRandom,
      identity,
      name,
      serial,
      rooms: ["#lobby"],
      awaitsServer: true,
      restored: store.restore(),
    });
    this.#driver = new Driver<PeerEvent, PeerCommand>({
      machine,
      sockets: [socket],
      store,
      onDatagram: log.onDatagram,
      onEvent: (event) => {
        if (event.type === "log") log.write(event);
        this.onEvent(event);
      },
    });
    this.#driver.start();
    const address = parseAddress(server.address);
    const noiseKey = fromHex(server.key);
    assert(address !== undefined && noiseKey !== undefined, "a server's address and key are such");
    this.#driver.found({ kind: "server", name: server.address, address, noiseKey });
  }

  static async open(options: ChatOptions): Promise<ChatNode> {
    return new ChatNode(
      await UdpSocket.open({ host: undefined, port: 0, firstDatagramBytes }),
      options,
    );
  }

  /** Says something to somebody whom it is connected with. */
  say(to: string, text: string): void {
    this.#driver.command({ type: "send", req: null, to: `@${to}`, text });
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
}
