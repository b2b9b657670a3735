import { TokenBucket } from "../../base/bucket.ts";
import { LINE_BYTES_MAX } from "../stdio.ts";

/** A page that is connected. */
export interface PageSocket {
  /** One or more lines, with line feeds between them. */
  send(frame: string): void;
  /** For good, with a reason that the page may show. */
  close(reason: string): void;
}

/** Who sits behind a page. */
export interface Visitor {
  onLine(line: string): void;
  /** The page takes what it is sent more slowly than it comes, or has caught up. */
  onBehind(isBehind: boolean): void;
  /** It is not connected any more. */
  onGone(): void;
}

/** What is known of a socket from its request on. */
export interface Visit {
  readonly commands: TokenBucket;
  visitor: Visitor | undefined;
  isBehind: boolean;
}

export interface PageSocketsOptions {
  readonly now: () => number;
  readonly onPage: (page: PageSocket) => Visitor;
}

/** Browsers' windows and tabs of one person; one more is refused. */
const SOCKETS_MAX = 16;

/** Nobody types faster, and no page of ours asks for more; whoever does is shut out. */
const COMMANDS_PER_SECOND = 200;
const COMMANDS_BURST = 400;

/** What waits for a page while it is not given history: an eighth of what makes it be closed. */
const BEHIND_BYTES = 2 ** 20;
const WAITING_BYTES_MAX = 8 * 2 ** 20;

/** In seconds; a page that is there answers a ping before that. */
const IDLE_S = 60;

const GOING_AWAY = 1001;
const NOT_TEXT = 1003;
const AGAINST_THE_RULES = 1008;

type Socket = Bun.ServerWebSocket<Visit>;

/** The sockets of all pages, each held to what a page of ours would do. */
export class PageSockets {
  readonly #options: PageSocketsOptions;
  readonly #open = new Set<Socket>();

  constructor(options: PageSocketsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= SOCKETS_MAX;
  }

  /** What goes with a socket that is about to be opened. */
  visit(): Visit {
    const commands = new TokenBucket(this.#options.now(), COMMANDS_PER_SECOND, COMMANDS_BURST);
    return { commands, visitor: undefined, isBehind: false };
  }

  closeAll(): void {
    for (const socket of this.#open) socket.close(GOING_AWAY);
  }

  readonly handlers: Bun.WebSocketHandler<Visit> = {
    // What is compressed tells by its length what it holds, and can be a bomb.
    perMessageDeflate: false,
    maxPayloadLength: LINE_BYTES_MAX,
    backpressureLimit: WAITING_BYTES_MAX,
    closeOnBackpressureLimit: true,
    idleTimeout: IDLE_S,
    sendPings: true,
    open: (socket) => this.#handleOpen(socket),
    message: (socket, message) => this.#handleMessage(socket, message),
    drain: (socket) => this.#tellPace(socket),
    close: (socket) => this.#handleClose(socket),
  };

  #handleOpen(socket: Socket): void {
    this.#open.add(socket);
    socket.data.visitor = this.#options.onPage({
      send: (frame) => {
        // Its `close` may be still to come.
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.sendText(frame);
        this.#tellPace(socket);
      },
      close: (reason) => socket.close(GOING_AWAY, reason),
    });
  }

  #handleMessage(socket: Socket, message: string | Buffer): void {
    const { commands, visitor } = socket.data;
    if (typeof message !== "string") return socket.close(NOT_TEXT);
    if (!commands.take(this.#options.now())) return socket.close(AGAINST_THE_RULES);
    visitor?.onLine(message);
  }

  #tellPace(socket: Socket): void {
    const waitingBytes = socket.getBufferedAmount();
    const { data } = socket;
    const isBehind = data.isBehind ? waitingBytes > 0 : waitingBytes > BEHIND_BYTES;
    if (isBehind === data.isBehind) return;
    data.isBehind = isBehind;
    data.visitor?.onBehind(isBehind);
  }

  #handleClose(socket: Socket): void {
    if (!this.#open.delete(socket)) return;
    socket.data.visitor?.onGone();
    socket.data.visitor = undefined;
  }
}
