import type { Identity } from "../lib/crypto/identity.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Driver } from "../lib/io/driver.ts";
import { openCard, openIdentity } from "../lib/io/identity.ts";
import { type Log, openLog } from "../lib/io/log.ts";
import { NetworkWatch } from "../lib/io/networkwatch.ts";
import { Profile } from "../lib/io/profile.ts";
import { systemRandom } from "../lib/io/random.ts";
import { Rehearsing } from "../lib/io/rehearsing.ts";
import type { ShownMarks } from "../lib/io/stdio.ts";
import { Store } from "../lib/io/store.ts";
import type { UdpSocket } from "../lib/io/udp.ts";
import type { PeerCommand } from "../lib/node/commands.ts";
import type { PeerEvent, Req } from "../lib/node/events.ts";
import { PeerNode } from "../lib/node/peer.ts";
import { Rehearsal } from "../lib/node/rehearsal.ts";
import { type ChatOptions, roomsOf } from "./chatoptions.ts";
import { joinLan } from "./lan.ts";
import { LanServer } from "./lanserver.ts";
import { openOwnSocket, openSocket } from "./options.ts";
import { PortMapping } from "./portmapping.ts";
import { remarksOf } from "./remarks.ts";
import { keysOf } from "./secretinput.ts";
import { ServerSearch } from "./serversearch.ts";

const NO_WAY =
  "No server is known, and --no-lan leaves the local network out: nobody is met but, perhaps, " +
  "people from earlier where they were last. Say --server HOST:PORT, or --join LINK";

/** What a node is made of, opened. */
export interface NodeParts {
  readonly machine: PeerNode;
  readonly socket: UdpSocket;
  readonly profile: Profile;
  readonly store: Store;
  readonly log: Log;
  readonly identity: Identity;
  readonly serial: number;
  /** Which it is in from the start. */
  readonly rooms: readonly string[];
  /** What a person is to know before anything else. */
  readonly remarks: readonly string[];
}

/** Who is told of what a node does. */
export interface NodeWatcher {
  readonly onEvent: (event: PeerEvent) => void;
  /** What was said here, for whoever else is to know it than who asked by this mark. */
  readonly onEcho: (req: Req, event: PeerEvent) => void;
  readonly onShown: (shown: ShownMarks) => void;
  readonly onTended: (isMore: boolean) => void;
  readonly onTurnEnd: () => void;
  /** One line for the person. */
  readonly complain: (text: string) => void;
}

/** Opens all that a client's node needs. Throws a Failure. */
export async function openNode(options: ChatOptions): Promise<NodeParts> {
  const { name, paths, logLevel: level, isVerbose } = options;
  const profile = Profile.open(paths);
  const log = openLog({ name, file: profile.logFile, level, isVerbose });
  const { loss } = profile;
  const identity = openIdentity(profile.identityFile, systemRandom);
  const card = openCard(profile.cardFile, name, identity, systemClock.now());
  const { serial } = card;
  const store = Store.open(profile.databaseFile, identity.peerId, (event) => log.write(event));
  const restored = store.restore();
  const rooms = roomsOf(options, store);
  const privateRooms = await keysOf({ ...options, rooms }, restored.chat.rooms);
  const socket = await openOwnSocket(options.listen, profile.portFile);
  const machine = new PeerNode({
    surveys: true,
    echoes: true,
    ...options.services,
    now: systemClock.now(),
    random: systemRandom,
    identity,
    name,
    serial,
    rooms,
    privateRooms,
    awaitsServer: options.server !== null,
    restored,
  });
  const remarks = remarksOf({ loss, card, store });
  return { machine, socket, profile, store, log, identity, serial, rooms, remarks };
}

/** Closes what outlives the node's last turn. */
export function closeNode({ store, log, profile }: NodeParts): void {
  store.close();
  log.close();
  profile.close();
}

/** A node on this machine: its disk and socket, and who finds servers, neighbours and routers. */
export class NodeHost {
  readonly #options: ChatOptions;
  readonly #watcher: NodeWatcher;
  readonly #log: Log;
  readonly #network = new NetworkWatch({ clock: systemClock });
  readonly #driver: Driver<PeerEvent, PeerCommand>;
  readonly #rehearsing = new Rehearsing(() => new Rehearsal(systemClock.now(), systemRandom));
  readonly #search: ServerSearch | undefined;
  readonly #lanServer: LanServer | undefined;
  readonly #leaveLan: () => Promise<void>;
  readonly #mapping: PortMapping | undefined;

  constructor(options: ChatOptions, parts: NodeParts, watcher: NodeWatcher) {
    const { machine, socket, store, log } = parts;
    this.#options = options;
    this.#watcher = watcher;
    this.#log = log;
    this.#driver = new Driver<PeerEvent, PeerCommand>({
      machine,
      sockets: [socket],
      openSocket: async (port = 0) => openSocket({ host: options.listen.host, port }),
      store,
      network: this.#network,
      onDatagram: log.onDatagram,
      onEvent: (event) => this.#handleEvent(event),
      onEcho: (req, event) => watcher.onEcho(req, event),
      onShown: (shown) => watcher.onShown(shown),
      onTended: (isMore) => watcher.onTended(isMore),
      onTurnEnd: () => watcher.onTurnEnd(),
    });
    this.#search = this.#makeSearch(store);
    this.#lanServer = options.server === null ? this.#makeLanServer(store) : undefined;
    this.#leaveLan = options.isOnLan ? this.#joinLan(parts) : async () => undefined;
    this.#mapping = options.isMapped ? this.#makeMapping(parts) : undefined;
  }

  start(): void {
    this.#driver.start();
    if (this.#search !== undefined) this.#search.start();
    else if (!this.#options.isOnLan) this.#watcher.complain(NO_WAY);
  }

  command(command: PeerCommand): void {
    this.#driver.command(command);
  }

  /** Takes back what neighbours and routers were told, in 300 ms at most; twice is as once. */
  async withdraw(): Promise<void> {
    await Promise.all([this.#leaveLan(), this.#mapping?.close()]);
  }

  /** After a last turn, in which the farewells leave. */
  close(): void {
    this.#search?.stop();
    this.#driver.close();
  }

  #makeSearch(store: Store): ServerSearch | undefined {
    const { server } = this.#options;
    if (server === null) return undefined;
    const { name } = server;
    return new ServerSearch({
      server,
      found: ([address, ...others]) => {
        if (address === undefined) return;
        // By now an earlier address of this name may have got it pinned.
        const noiseKey = server.noiseKey ?? store.serverKey(name);
        this.#driver.found({ kind: "server", name, address, others, noiseKey });
      },
      onTrouble: (text) => this.#watcher.complain(text),
    });
  }

  #makeLanServer(store: Store): LanServer {
    return new LanServer({
      found: (hint) => this.#driver.found(hint),
      pinnedKey: (address) => store.serverKey(address),
      onDistrust: (address) =>
        this.#log.write({
          type: "log",
          level: "warn",
          message: "announced server has another key",
          fields: { address },
        }),
    });
  }

  #joinLan({ identity, serial, socket, log }: NodeParts): () => Promise<void> {
    const { name, listen } = this.#options;
    return joinLan({
      role: "client",
      identity,
      name,
      serial,
      host: listen.host,
      port: socket.port,
      log,
      network: this.#network,
      found: (found) => {
        const { role, card, address } = found;
        if (role === "client") this.#driver.found({ kind: "peer", card, address });
        else this.#lanServer?.handleFound(systemClock.now(), found);
      },
    });
  }

  #makeMapping({ socket, log }: NodeParts): PortMapping {
    return new PortMapping({
      host: this.#options.listen.host,
      port: socket.port,
      log,
      network: this.#network,
      found: (hint) => this.#driver.found(hint),
    });
  }

  #handleEvent(event: PeerEvent): void {
    if (event.type === "log") this.#log.write(event);
    if (event.type === "peer" || event.type === "status") this.#rehearsing.end();
    if (event.type === "ready" && event.server !== null) {
      this.#rehearsing.begin();
      this.#search?.onConnected();
      this.#mapping?.onConnected(event.server.address);
    }
    if (event.type === "server") this.#handleServer(event);
    this.#watcher.onEvent(event);
  }

  #handleServer({ state, address }: Extract<PeerEvent, { type: "server" }>): void {
    if (state === "connected") {
      this.#mapping?.onConnected(address);
      this.#search?.onConnected();
      this.#lanServer?.onConnected();
    } else {
      this.#search?.onLost();
      // Another announced server may be the same at another address, which one is to leave alone.
      if (state === "lost") this.#lanServer?.onLost(systemClock.now());
    }
  }
}
