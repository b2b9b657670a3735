import { assert } from "../lib/base/assert.ts";
import { parsePeerId } from "../lib/base/ids.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { parseServer } from "../lib/io/config.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import { Chat } from "./chat.ts";
import type { FaceOptions } from "./chatoptions.ts";
import { chooseFace, wantsPage } from "./facechoice.ts";
import { readFlags } from "./flags.ts";
import { FullScreen } from "./fullscreen.ts";
import { RemoteSeat, type Telling } from "./remoteseat.ts";
import { flagOf, pageOf, pathsOf, type Running, theRunningNode } from "./running.ts";
import type { Seat } from "./seat.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("attach", rawArgs);
  const running = await theRunningNode(flags);
  if (wantsPage(flags)) return await attachPage(running);
  const { face, input } = await chooseFace(flags);
  const options = { ...optionsAt(running), face };
  return await attach(running, options, input);
}

/** In a browser that shows the page as long as that is open, and needs nobody here for it. */
async function attachPage(running: Running): Promise<number> {
  const { showPage } = await import("./webclient.ts");
  await showPage(pathsOf(running).dataDirectory, async () => pageOf(running));
  return EXIT.done;
}

/**
 * Shows a node that runs elsewhere in the face of these options. `first`: what is asked of it
 * before anything else. Returns the exit code.
 */
export async function attach(
  { node }: Running,
  options: FaceOptions,
  input: AsyncIterable<InputLine>,
  first: readonly Telling[] = [],
): Promise<number> {
  const { face: kind, paths } = options;
  const { dataDirectory } = paths;
  const id = parsePeerId(node.me.id);
  assert(id !== undefined, "a node knows its own id");
  const fullScreen = kind === "full-screen" ? await FullScreen.load(options, id) : null;
  const seats: RemoteSeat[] = [];
  const chat = new Chat(options, {
    sitDown: (sitter): Seat => {
      const seat = new RemoteSeat({ dataDirectory, kind, sitter, first });
      seats.push(seat);
      return seat;
    },
    fullScreen,
    remarks: [],
  });
  return await chat.run(input, () => seats.forEach((seat) => seat.start()));
}

/** What is not known here is as it is where nobody has said anything of it. */
function optionsAt(running: Running): Omit<FaceOptions, "face"> {
  const { me, server } = running.node;
  return {
    name: me.name,
    paths: pathsOf(running),
    profileFlag: flagOf(running),
    server: server === null ? null : parseServer(server, "the client that runs"),
    rooms: [],
    isOnLan: true,
    to: undefined,
    timeoutMs: 0,
    stay: false,
  };
}
