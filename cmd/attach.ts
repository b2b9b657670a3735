import { assert } from "../lib/base/assert.ts";
import { parsePeerId } from "../lib/base/ids.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { type ProfilePaths, profilePaths } from "../lib/io/profile.ts";
import { socketsOf } from "../lib/io/runtime.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import { Chat } from "./chat.ts";
import { type FaceOptions, profileFlagOf } from "./chatoptions.ts";
import { chooseFace, wantsPage } from "./facechoice.ts";
import { type Flags, readFlags } from "./flags.ts";
import { FullScreen } from "./fullscreen.ts";
import { RemoteSeat, type Telling } from "./remoteseat.ts";
import { pageOf, type Running, theRunningNode } from "./running.ts";
import type { Seat } from "./seat.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("attach", rawArgs);
  const running = await theRunningNode(flags);
  if (wantsPage(flags)) return await attachPage(running, flags);
  const { face, input } = await chooseFace(flags);
  const options = { ...optionsAt(running, flags), face };
  return await attach(running, options, input);
}

/** In a browser that shows the page as long as that is open, and needs nobody here for it. */
async function attachPage(running: Running, flags: Flags): Promise<number> {
  const { showPage } = await import("./webclient.ts");
  const { dataDirectory } = pathsOf(running.node.profile, running.socket, flags);
  await showPage(dataDirectory, async () => pageOf(running));
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
function optionsAt({ node, socket }: Running, flags: Flags): Omit<FaceOptions, "face"> {
  const paths = pathsOf(node.profile, socket, flags);
  return {
    name: node.me.name,
    paths,
    profileFlag: profileFlagOf(paths, flags.has("data-dir")),
    server: null,
    rooms: [],
    isOnLan: true,
    isMapped: true,
    to: undefined,
    timeoutMs: 0,
    stay: false,
  };
}

/** Where the node keeps its data, which a face reads to write it down elsewhere. */
function pathsOf(profile: string, socket: string, flags: Flags): ProfilePaths {
  const dataDirectory = flags.text("data-dir");
  const paths = profilePaths({ profile, dataDirectory, env: process.env });
  if (socketsOf(paths.dataDirectory, process.env).includes(socket)) return paths;
  const text = `The data of profile ${profile} is not where it would be: say --data-dir DIR`;
  throw new Failure(text, EXIT.usage);
}
