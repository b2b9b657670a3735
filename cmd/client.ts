import type { ArgsDef, CommandDef } from "citty";
import { isatty } from "node:tty";
import { EXIT } from "../lib/contract/exitcodes.ts";
import type { Invitation } from "../lib/contract/invitation.ts";
import { findServer, readSettings } from "../lib/io/config.ts";
import { Failure } from "../lib/io/failure.ts";
import { profilePaths, SERVER_PROFILE } from "../lib/io/profile.ts";
import { type InputLine, readLines, readTypedLines } from "../lib/io/stdio.ts";
import { runChat } from "./chat.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { type Flags, readFlags } from "./flags.ts";
import {
  parseListen,
  parseLogLevel,
  parseOwnName,
  parseRoomFlags,
  parseRooms,
  parseTimeout,
  parseTo,
} from "./options.ts";
import { type PrivateEntry, readEntry, readInvitation } from "./secretinput.ts";

const args: ArgsDef = {
  name: { type: "string", valueHint: "NAME", description: "what others call you" },
  server: {
    type: "string",
    valueHint: "HOST:PORT[#KEY]",
    description:
      "who introduces you; else P2PCHAT_SERVER, server.txt, the config file or the LAN says",
  },
  profile: { type: "string", valueHint: "P", description: "whose identity; else the name's" },
  "data-dir": { type: "string", valueHint: "DIR", description: "keeps everything in DIR" },
  listen: { type: "string", valueHint: "IP:PORT", description: "else a port of the system's" },
  room: { type: "string", valueHint: "#ROOM", description: "a room to be in, any number of times" },
  "room-secret-file": {
    type: "string",
    valueHint: "FILE|-",
    description: "the secret that makes --room a private one; - reads it from the input",
  },
  join: {
    type: "string",
    valueHint: "LINK|@FILE|-",
    description: "an invitation: its server, its key, its room and that one's secret",
  },
  "no-lobby": { type: "boolean", description: "stays out of #lobby" },
  "no-lan": { type: "boolean", description: "neither announced nor found on the local network" },
  "no-portmap": { type: "boolean", description: "asks no router to open a port" },
  "no-relay": { type: "boolean", description: "neither carries for others nor is carried" },
  "share-read": { type: "boolean", description: "tells others how far you have read their words" },
  hold: { type: "boolean", description: "holds sealed messages for others until they come" },
  "ask-hold": {
    type: "boolean",
    description: "has others hold, sealed, what you say to people who are away",
  },
  plain: { type: "boolean", description: "one line per thing, for terminals, pipes and readers" },
  json: { type: "boolean", description: "one JSON object per line, both ways" },
  web: { type: "boolean", description: "not in this version" },
  to: { type: "string", valueHint: "@WHO|#ROOM", description: "sends each line of input there" },
  timeout: { type: "string", valueHint: "S", description: "with --to: seconds, 30 by default" },
  stay: { type: "boolean", description: "goes on when the input has ended" },
  verbose: { type: "boolean", description: "shows the log on standard error too" },
  "log-level": { type: "string", valueHint: "L", description: "error, warn, info, debug or trace" },
};

/** Taken, but not told of as long as it is not what a terminal gets by itself. */
const unlisted: ArgsDef = {
  tui: { type: "boolean", description: "fills the terminal" },
};

export const command: CommandDef = {
  meta: { name: "client", description: "Chat with people, directly" },
  args,
};

export const notes = `
IN THE CHAT
  Text goes to the room; /help lists the commands.

PRIVATE ROOMS
  /new #ROOM makes one and shows an invitation; who starts with --join LINK is in it from then on.
  Others on the machine can see what is on a command line: @FILE or - keeps a link from them.

END OF INPUT
  With --to, every line of input is a message, and the program ends when every recipient's device
  has all of them. Without it, the program ends when all that was asked is answered and those who
  are connected have every message, after 30 s at the latest. It stays where there was no input at
  all (</dev/null), and with --stay.

EXIT CODES
  0 done (with --to: delivered)   1 failure              2 wrong usage
  3 no server answered            4 no such person       5 no path to the peer
  6 not the key that is trusted   7 the peer refused     8 kept in the outbox
  130 interrupted                 143 terminated`;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("client", rawArgs, { ...args, ...unlisted });
  const face = faceOf(flags);
  const input = face === "full-screen" ? readTypedLines() : readLines();
  return await runChat(await readOptions(flags, face, input), input);
}

async function readOptions(
  flags: Flags,
  face: ChatOptions["face"],
  input: AsyncIterator<InputLine>,
): Promise<ChatOptions> {
  const to = flags.text("to");
  if (to === undefined && flags.has("timeout")) {
    throw new Failure("--timeout goes with --to: see p2pchat client --help", EXIT.usage);
  }
  const logLevel = parseLogLevel(flags.text("log-level"));
  const rooms = parseRooms(flags);
  const target = to === undefined ? undefined : parseTo(to);
  const timeoutMs = parseTimeout(flags.text("timeout"));
  const listen = parseListen(flags.text("listen") ?? "[::]:0");
  const name = parseOwnName(flags.text("name") ?? (await askName(input)));
  const entry = await readEntry(flags, parseRoomFlags(flags), input);
  const invitation = await readInvitation(flags, input);
  const profile = flags.text("profile") ?? name;
  if (profile === SERVER_PROFILE) {
    throw new Failure("The profile server is the server's: say --profile OTHER", EXIT.usage);
  }
  const paths = profilePaths({
    profile,
    dataDirectory: flags.text("data-dir"),
    env: process.env,
  });
  const settings = readSettings(paths.configFile);
  const invited = invitation?.server;
  const server =
    invited === undefined
      ? findServer({
          option: flags.text("server"),
          env: process.env,
          workingDirectory: process.cwd(),
          configFile: paths.configFile,
        })
      : { ...invited, origin: "--join" };
  return {
    name,
    paths,
    server,
    face,
    rooms: [...new Set([...rooms, ...invitedTo(invitation), ...spokenInto(target)])],
    entries: entriesOf(entry, invitation),
    listen: flags.has("listen") ? listen : { host: undefined, port: 0 },
    isOnLan: !flags.has("no-lan"),
    isMapped: !flags.has("no-portmap"),
    services: {
      relays: !flags.has("no-relay"),
      sharesRead: flags.has("share-read") || settings.sharesRead,
      holds: flags.has("hold") || settings.holds,
      asksHold: flags.has("ask-hold") || settings.asksHold,
    },
    to: target,
    timeoutMs,
    stay: flags.has("stay"),
    isVerbose: flags.has("verbose"),
    logLevel,
  };
}

function invitedTo(invitation: Invitation | undefined): readonly string[] {
  return invitation === undefined ? [] : [invitation.room];
}

/** Whoever speaks into a room is in it. */
function spokenInto(target: string | undefined): readonly string[] {
  return target?.startsWith("#") === true ? [target] : [];
}

function entriesOf(
  entry: PrivateEntry | undefined,
  invitation: Invitation | undefined,
): readonly PrivateEntry[] {
  const entries = entry === undefined ? [] : [entry];
  if (invitation?.secret === undefined) return entries;
  const { room, secret } = invitation;
  return [...entries, { room, secret }];
}

function faceOf(flags: Flags): ChatOptions["face"] {
  if (flags.has("web")) {
    throw new Failure("--web is not in this version: use --plain or --json", EXIT.usage);
  }
  const [one, ...others] = ["plain", "json", "tui"].filter((name) => flags.has(name));
  if (others.length > 0) {
    const names = [one, ...others].map((name) => `--${name}`).join(" and ");
    throw new Failure(`${names} exclude each other: give one of them`, EXIT.usage);
  }
  if (one === "tui") return fullScreenOf(flags);
  return one === "json" ? "json" : "plain";
}

/** What fills a terminal writes there and nowhere else, and nothing else may write there. */
function fullScreenOf(flags: Flags): "full-screen" {
  const isTerminal = isatty(0) && isatty(1) && process.env["TERM"] !== "dumb";
  if (!isTerminal) throw new Failure("--tui needs a terminal: use --plain or --json", EXIT.usage);
  if (flags.has("to")) throw new Failure("--tui and --to exclude each other", EXIT.usage);
  if (flags.has("verbose") && isatty(2)) {
    throw new Failure("--verbose would write over the screen: add 2>FILE", EXIT.usage);
  }
  return "full-screen";
}

async function askName(input: AsyncIterator<InputLine>): Promise<string> {
  if (isatty(0) && isatty(2)) {
    process.stderr.write("Your name: ");
    const answer = await input.next();
    if (answer.done !== true && answer.value.kind === "line" && answer.value.text !== "") {
      return answer.value.text;
    }
  }
  throw new Failure("Say who you are: p2pchat client --name NAME", EXIT.usage);
}
