import { isatty } from "node:tty";
import { parseName } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { formatInvitation, type Invitation } from "../lib/contract/invitation.ts";
import { findServer, readSettings } from "../lib/io/config.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { isHeld, profilePaths, SERVER_PROFILE } from "../lib/io/profile.ts";
import { type InputLine, readLines, readTypedLines } from "../lib/io/stdio.ts";
import { runChat } from "./chat.ts";
import { type ChatOptions, profileFlagOf } from "./chatoptions.ts";
import { type Flags, readFlags } from "./flags.ts";
import { chooseFace, wantsPage } from "./facechoice.ts";
import {
  isOn,
  NAME_SHAPE,
  parseListen,
  parseLogLevel,
  parseOwnName,
  parseRoomFlags,
  parseTimeout,
  parseTo,
} from "./options.ts";
import { type PrivateEntry, readEntry, readInvitation } from "./secretinput.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("client", rawArgs);
  if (flags.has("in-background")) return await runAlone(flags);
  if (flags.has("background")) return await runBehind(rawArgs, flags);
  if (wantsPage(flags)) return await runInBrowser(flags);
  const { face, input } = await chooseFace(flags);
  const options = await readOptions(flags, face, input);
  return await orBeside(options, input, async () => runChat(options, input));
}

/** Another process may have the profile already. */
async function orBeside(
  options: ChatOptions,
  input: AsyncIterable<InputLine>,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!isHeld(error)) throw error;
    const { beside } = await import("./beside.ts");
    return await beside(error, options, input);
  }
}

/** What nobody can be asked any more is asked for here: the one without a face asks nobody. */
async function runBehind(rawArgs: readonly string[], flags: Flags): Promise<number> {
  const { checkBackground, startInBackground } = await import("./background.ts");
  checkBackground(flags);
  const options = await readOptions(flags, "plain", readTypedLines());
  return await startInBackground(rawArgs, options);
}

async function runAlone(flags: Flags): Promise<number> {
  const { runFaceless } = await import("./faceless.ts");
  const input = readLines();
  const options = await readOptions(flags, "plain", input);
  return await orBeside(options, input, async () => runFaceless(options));
}

/** What is not said on the command line is asked for before, where this was started. */
async function runInBrowser(flags: Flags): Promise<number> {
  const { runWebClient } = await import("./webclient.ts");
  const input = readTypedLines();
  const options = await readOptions(flags, "plain", input);
  return await orBeside(options, input, async () => runWebClient(options));
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
  const rooms = parseRoomFlags(flags);
  const target = to === undefined ? undefined : parseTo(to);
  const timeoutMs = parseTimeout(flags.text("timeout"));
  const listen = parseListen(flags.text("listen") ?? "[::]:0");
  const name = parseOwnName(flags.text("name") ?? (await askName(input)));
  const entry = await readEntry(flags, rooms, input);
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
    profileFlag: profileFlagOf(paths, flags.has("data-dir")),
    server,
    face,
    rooms: [...new Set([...rooms, ...invitedTo(invitation), ...spokenInto(target)])],
    hasLobby: !flags.has("no-lobby"),
    entries: entriesOf(entry, invitation),
    invitation,
    typedSecrets: [
      ...(flags.text("room-secret-file") === "-" ? [entry?.secret ?? ""] : []),
      ...(flags.text("join") === "-" && invitation ? [formatInvitation(invitation)] : []),
    ],
    listen: flags.has("listen") ? listen : { host: undefined, port: 0 },
    isOnLan: !flags.has("no-lan"),
    isMapped: !flags.has("no-portmap"),
    services: {
      relays: !flags.has("no-relay"),
      sharesRead: isOn(flags, "share-read", settings.sharesRead),
      holds: isOn(flags, "hold", settings.holds),
      asksHold: isOn(flags, "ask-hold", settings.asksHold),
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

/** Until it is one: whoever has just begun knows neither flags nor what a name may hold. */
async function askName(input: AsyncIterator<InputLine>): Promise<string> {
  if (!isatty(0) || !isatty(2)) throw nameless();
  // Most have one on this machine already.
  const own = parseName(process.env["USER"] ?? "");
  for (;;) {
    process.stderr.write(own === undefined ? "Your name: " : `Your name [${own}]: `);
    const answer = await input.next();
    if (answer.done === true) {
      // The question's line has no end.
      tellHuman("");
      throw nameless();
    }
    const text = answer.value.kind === "line" ? answer.value.text.trim() : undefined;
    const name = text === "" ? own : parseName(text ?? "");
    if (name !== undefined) return name;
    tellHuman(`A name is ${NAME_SHAPE}`);
  }
}

function nameless(): Failure {
  return new Failure("Say who you are: p2pchat client --name NAME", EXIT.usage);
}
