import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { type Connection, LineSocket, type LineWatcher } from "./linesocket.ts";

/** Nobody listens there: no such file, or one whose node is gone. */
const NOBODY = new Set(["ENOENT", "ECONNREFUSED"]);

/** A connection to the node whose socket this is; undefined where none runs. Throws a Failure. */
export async function connectTo(
  path: string,
  watcher: (lines: LineSocket) => LineWatcher,
): Promise<LineSocket | undefined> {
  try {
    const socket = await Bun.connect<Connection["data"]>({
      unix: path,
      data: { lines: undefined },
      socket: {
        open: (opened) => {
          opened.data.lines = new LineSocket({ socket: opened, watcher });
        },
        data: ({ data }, chunk) => data.lines?.handleData(chunk),
        drain: ({ data }) => data.lines?.handleDrain(),
        end: ({ data }) => data.lines?.handleEnd(),
        close: ({ data }) => data.lines?.handleClose(),
      },
    });
    return socket.data.lines;
  } catch (error) {
    if (NOBODY.has(codeOf(error) ?? "")) return undefined;
    throw new Failure(`Cannot connect to ${path}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}
