import { isatty } from "node:tty";
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Doorkeeper } from "../lib/io/doorkeeper.ts";
import { Driver } from "../lib/io/driver.ts";
import { Echo } from "../lib/io/echo.ts";
import { tellHuman } from "../lib/io/human.ts";
import { openCard, openIdentity } from "../lib/io/identity.ts";
import { openLog, type Log } from "../lib/io/log.ts";
import { NetworkWatch } from "../lib/io/networkwatch.ts";
import { Profile } from "../lib/io/profile.ts";
import { systemRandom } from "../lib/io/random.ts";
import { Rehearsing } from "../lib/io/rehearsing.ts";
import { type InputLine, Lines } from "../lib/io/stdio.ts";
import { Store } from "../lib/io/store.ts";
import type { UdpSocket } from "../lib/io/udp.ts";
import type { Identity } from "../lib/crypto/identity.ts";
import type { PeerCommand } from "../lib/node/commands.ts";
import type { PeerEvent } from "../lib/node/events.ts";
import { PeerNode } from "../lib/node/peer.ts";
import { Rehearsal } from "../lib/node/rehearsal.ts";
import type { Door, Face } from "../lib/ui/face.ts";
import { type ChatOptions, roomsOf } from "./chatoptions.ts";
import { examiner } from "./examiner.ts";
import { exporter } from "./exporter.ts";
import { faceOf } from "./faces.ts";
import { FullScreen } from "./fullscreen.ts";
import { Input } from "./input.ts";
import { joinLan } from "./lan.ts";
import { LanServer } from "./lanserver.ts";
import { Marking } from "./marking.ts";
import { openOwnSocket, openSocket } from "./options.ts";
import { PortMapping } from "./portmapping.ts";
import { remarksOf } from "./remarks.ts";
import { keysOf } from "./secretinput.ts";
import { ServerSearch } from "./serversearch.ts";
import { onSignals } from "./signals.ts";

const NO_WAY =
  "No server is known, and --no-lan leaves the local network out: nobody is met but, perhaps, " +
  "people from earlier where they were last. Say --server HOST:PORT, or --join LINK";

/** How long the farewells may take. */
const LEAVING_MS = 2000;

/** What waits for a reader while history is fetched: a tenth of what it may be behind at all. */
const BEHIND_BYTES = 2 ** 20;

/** How long after a signal a reader that has stopped can hold up the end. */
const HELD_UP_MS = 2500;

/** Opens all that a client needs, chats, and returns the exit code. Throws a Failure. */
export async function runChat(
  asked: ChatOptions,
  input: AsyncIterable<InputLine>,
): Promise<number> {
  const profile = Profile.open(asked.paths);
  const log = openLog({
    name: asked.name,
    file: profile.logFile,
    level: asked.logLevel,
    isVerbose: asked.isVerbose,
  });
  const { loss } = profile;
  const identity = openIdentity(profile.identityFile, systemRandom);
  const card = openCard(profile.cardFile, asked.name, identity, systemClock.now());
  const { serial } = card;
  const store = Store.open(profile.databaseFile, identity.peerId, (event) => log.write(event));
  const restored = store.restore();
  const options = { ...asked, rooms: roomsOf(asked, store) };
  const privateRooms = await keysOf(options, restored.chat.rooms);
  const socket = await openOwnSocket(options.listen, profile.portFile);
  const machine = new PeerNode({
    surveys: true,
    ...options.services,
    now: systemClock.now(),
    random: systemRandom,
    identity,
    name: options.name,
    serial,
    rooms: options.rooms,
    privateRooms,
    awaitsServer: options.server !== null,
    restored,
  });
  const fullScreen =
    options.face === "full-screen" ? await FullScreen.load(options, identity.peerId) : null;
  const remarks = remarksOf({ loss, card, store });
  const parts = { machine, socket, store, log, identity, serial, fullScreen, remarks };
  const exitCode = await new Chat(options, parts).run(input);
  store.close();
  log.close();
  profile.close();
  return exitCode;
}

interface ChatParts {
  readonly machine: PeerNode;
  readonly socket: UdpSocket;
  readonly store: Store;
  readonly log: Log;
  readonly identity: Identity;
  readonly serial: number;
  readonly fullScreen: FullScreen | null;
  readonly remarks: readonly string[];
}

/** A node, a face and the input, and what passes between them. */
class Chat {
  readonly #options: ChatOptions;
  readonly #log: Log;
  readonly #fullScreen: FullScreen | null;
  readonly #remarks: readonly string[];
  readonly #out = new Lines(1, () => this.#leave(EXIT.done), {
    onFailure: (failure) => {
      this.#complain(failure.message);
      this.#leave(failure.exitCode);
    },
    onCaughtUp: () => this.#advance(),
  });
  readonly #marking = new Marking(this.#out, () => this.#face);
  readonly #network = new NetworkWatch({ clock: systemClock });
  readonly #driver: Driver<PeerEvent, PeerCommand>;
  readonly #doorkeeper: Doorkeeper;
  readonly #echo = new Echo();
  readonly #rehearsing = new Rehearsing(() => new Rehearsal(systemClock.now(), systemRandom));
  readonly #face: Face;
  readonly #search: ServerSearch | undefined;
  readonly #lanServer: LanServer | undefined;
  readonly #leaveLan: () => Promise<void>;
  readonly #mapping: PortMapping | undefined;
  readonly #end = Promise.withResolvers<number>();
  #input: Input | undefined;
  #timer: NodeJS.Timeout | undefined;
  #exitCode: number | undefined;
  #isBehind = false;
  #isHiding = false;

  constructor(options: ChatOptions, parts: ChatParts) {
    const { machine, socket, store, log } = parts;
    this.#options = options;
    this.#log = log;
    this.#fullScreen = parts.fullScreen;
    this.#remarks = parts.remarks;
    this.#driver = new Driver<PeerEvent, PeerCommand>({
      machine,
      sockets: [socket],
      openSocket: async (port = 0) => openSocket({ host: options.listen.host, port }),
      store,
      network: this.#network,
      onDatagram: log.onDatagram,
      onEvent: (event) => this.#handleEvent(event),
      onShown: (shown) => this.#marking.onTold(shown),
      onTended: (isMore) => this.#fullScreen?.onTended(isMore),
      onTurnEnd: () => {
        this.#flush();
        this.#advance();
      },
    });
    this.#doorkeeper = this.#makeDoorkeeper();
    this.#face = this.#makeFace();
    this.#search = this.#makeSearch(store);
    this.#lanServer = options.server === null ? this.#makeLanServer(store) : undefined;
    this.#leaveLan = options.isOnLan ? this.#joinLan(parts) : async () => undefined;
    this.#mapping = options.isMapped ? this.#makeMapping(parts) : undefined;
  }

  async run(input: AsyncIterable<InputLine>): Promise<number> {
    const forget = onSignals(
      (exitCode) => {
        setTimeout(() => this.#out.drop(), HELD_UP_MS);
        this.#leave(exitCode);
      },
      this.#fullScreen === null && isatty(0) && isatty(2),
    );
    await this.#fullScreen?.open(() => this.#advance());
    for (const remark of this.#remarks) this.#complain(remark);
    this.#driver.start();
    if (this.#search !== undefined) this.#search.start();
    else if (!this.#options.isOnLan) this.#complain(NO_WAY);
    this.#input = new Input(input, this.#sink());
    void this.#input.run();
    this.#advance();

    const exitCode = await this.#end.promise;
    await Promise.all([this.#leaveLan(), this.#mapping?.close()]);
    for (const line of this.#fullScreen?.close() ?? []) this.#out.write(line);
    this.#flush();
    await this.#out.idle();
    this.#echo.set(true);
    forget();
    return exitCode;
  }

  #makeFace(): Face {
    const onTold = (): void => this.#flush();
    const door: Door = {
      write: (line) => this.#out.write(line),
      command: (asked) => this.#doorkeeper.handle(asked),
      examine: examiner(this.#options, onTold),
      exportTo: exporter(this.#options, onTold),
    };
    const complain = (text: string): void => this.#complain(text);
    return faceOf(this.#options, { door, fullScreen: this.#fullScreen, complain });
  }

  #makeDoorkeeper(): Doorkeeper {
    return new Doorkeeper({
      random: systemRandom,
      command: (command) => this.#driver.command(command),
      refuse: (req, text) => {
        this.#handleEvent({ type: "error", req, code: "USAGE", text });
        this.#flush();
      },
      onFree: () => this.#advance(),
    });
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
      onTrouble: (text) => this.#complain(text),
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

  #joinLan({ identity, serial, socket, log }: ChatParts): () => Promise<void> {
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

  #makeMapping({ socket, log }: ChatParts): PortMapping {
    return new PortMapping({
      host: this.#options.listen.host,
      port: socket.port,
      log,
      network: this.#network,
      found: (hint) => this.#driver.found(hint),
    });
  }

  #sink() {
    const face = this.#face;
    const out = this.#out;
    const doorkeeper = this.#doorkeeper;
    const then = (handle: (now: number) => void): void => {
      handle(systemClock.now());
      // Who reads that a secret is asked for types it at once.
      this.#hideSecret();
      this.#flush();
      this.#advance();
    };
    return {
      get wantsInput() {
        return face.wantsInput && !out.isBehind && !doorkeeper.isBusy;
      },
      handleLine: (line: string) => then((now) => face.handleLine(now, line)),
      handleWrongLine: (fault: string) => then((now) => face.handleWrongLine(now, fault)),
      handleEnd: () => then((now) => face.handleEnd(now)),
    };
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
    this.#face.handleEvent(systemClock.now(), event);
    if (event.type === "bye") this.#finish();
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

  /** After anything that may have changed what the face waits for. */
  #advance(): void {
    const { outcome } = this.#face;
    if (outcome !== undefined) {
      if (outcome.text !== undefined && this.#exitCode === undefined) {
        this.#complain(outcome.text);
      }
      this.#leave(outcome.exitCode);
    }
    this.#hideSecret();
    this.#tellPace();
    this.#input?.wake();
    clearTimeout(this.#timer);
    const dueAt = this.#face.pollTimeout();
    if (dueAt === Infinity) return;
    const waitMs = Math.max(0, Math.ceil(dueAt - systemClock.now()));
    this.#timer = setTimeout(() => {
      this.#face.handleTimeout(systemClock.now());
      this.#flush();
      this.#advance();
    }, waitMs);
  }

  /** Writes what was collected, and marks what that shows. */
  #flush(): void {
    this.#marking.settle();
    this.#out.flush();
  }

  /** A reader that is behind is not given history faster than it takes it. */
  #tellPace(): void {
    const { isBehind, waitingBytes } = this.#out;
    if (this.#isBehind ? isBehind : waitingBytes <= BEHIND_BYTES) return;
    this.#isBehind = !this.#isBehind;
    this.#driver.command({ type: "pace", isBehind: this.#isBehind });
  }

  /** What is typed next may be for nobody else to see. */
  #hideSecret(): void {
    const { wantsSecret } = this.#face;
    if (wantsSecret === this.#isHiding || !isatty(0)) return;
    this.#isHiding = wantsSecret;
    if (!this.#echo.set(!wantsSecret) && wantsSecret) {
      this.#complain("This terminal shows what you type");
    }
  }

  /** Says farewell to everybody; what made it leave first decides the exit code. */
  #leave(exitCode: number): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    this.#face.handleLeaving(systemClock.now());
    void this.#leaveLan();
    void this.#mapping?.close();
    this.#driver.command({ type: "quit" });
    setTimeout(() => this.#finish(), LEAVING_MS);
  }

  #finish(): void {
    this.#exitCode ??= EXIT.done;
    this.#search?.stop();
    clearTimeout(this.#timer);
    this.#driver.close();
    // The turn in which the farewells left is still to be carried to its end.
    setImmediate(() => this.#end.resolve(this.#exitCode ?? EXIT.done));
  }

  /** One line for the person, where nothing but results goes to standard output. */
  #complain(text: string): void {
    if (this.#fullScreen !== null) this.#fullScreen.tell(text);
    else tellHuman(`p2pchat: ${lineSafe(text)}`);
  }
}
