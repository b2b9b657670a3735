import { chmodSync, lstatSync, rmSync } from "node:fs";
import { jsonSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { outgoingOf } from "../contract/outgoing.ts";
import { systemClock } from "./clock.ts";
import { Failure, wordsOf } from "./failure.ts";
import { FILE_MODE } from "./files.ts";
import { type Connection, LineSocket, type LineWatcher } from "./linesocket.ts";

/** Faces and programs at one node; the next is told so, and sent away. */
export const CONNECTIONS_MAX = 64;

const TOO_MANY = `This node has ${CONNECTIONS_MAX} faces, and takes no more`;
const TOO_SLOW = "This node has ended the connection: what it told was not read";

export interface ControlServerOptions {
  /** Of the socket, in a directory that lets nobody else in. */
  readonly path: string;
  readonly onConnection: (lines: LineSocket) => LineWatcher;
}

/**
 * A node's socket for the faces on this machine. Whatever is in its place is stale: the caller
 * holds the profile, so nobody else listens there.
 */
export class ControlServer {
  readonly path: string;
  readonly #listener: { stop(closeActiveConnections?: boolean): void };
  readonly #connections = new Set<Connection>();
  readonly #onConnection: ControlServerOptions["onConnection"];

  /** Throws a Failure where it cannot listen. */
  constructor({ path, onConnection }: ControlServerOptions) {
    this.path = path;
    this.#onConnection = onConnection;
    try {
      rmSync(path, { force: true });
      this.#listener = this.#listen();
      chmodSync(path, FILE_MODE);
    } catch (error) {
      const words = `Cannot listen at ${path}: ${wordsOf(error)}`;
      throw new Failure(words, EXIT.failure, error);
    }
  }

  /** False once somebody has taken the socket's file away: nobody finds the node any more. */
  get isThere(): boolean {
    return lstatSync(this.path, { throwIfNoEntry: false })?.isSocket() === true;
  }

  /** Nobody can come any more, and its file is gone; those who are there stay. */
  stop(): void {
    this.#listener.stop();
  }

  #listen(): { stop(closeActiveConnections?: boolean): void } {
    return Bun.listen<Connection["data"]>({
      unix: this.path,
      data: { lines: undefined },
      socket: {
        open: (socket) => this.#handleOpen(socket),
        data: (socket, chunk) => socket.data.lines?.handleData(chunk),
        drain: (socket) => socket.data.lines?.handleDrain(),
        end: (socket) => socket.data.lines?.handleEnd(),
        close: (socket) => this.#handleClose(socket),
      },
    });
  }

  #handleOpen(socket: Connection): void {
    const isFull = this.#connections.size >= CONNECTIONS_MAX;
    socket.data = { lines: isFull ? undefined : this.#accept(socket) };
    if (isFull) socket.end(`${errorLine(TOO_MANY)}\n`);
  }

  #accept(socket: Connection): LineSocket {
    this.#connections.add(socket);
    const lastLine = (): string => errorLine(TOO_SLOW);
    return new LineSocket({ socket, watcher: this.#onConnection, lastLine });
  }

  #handleClose(socket: Connection): void {
    this.#connections.delete(socket);
    socket.data.lines?.handleClose();
  }
}

function errorLine(text: string): string {
  const error = { type: "error", req: null, code: "INTERNAL", text } as const;
  return jsonSafe(outgoingOf(error, systemClock.now()));
}
