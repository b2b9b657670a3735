import { isatty } from "node:tty";
import type { RoomKey } from "../lib/chat/membership.ts";
import type { RoomRecord } from "../lib/chat/records.ts";
import { LOBBY } from "../lib/chat/rooms.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { type Invitation, parseInvitation } from "../lib/contract/invitation.ts";
import { parseRoomSecret, SECRET_RULE } from "../lib/contract/roomsecret.ts";
import type { Fault } from "../lib/contract/serveraddress.ts";
import { Echo } from "../lib/io/echo.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { roomKeyOf } from "../lib/io/roomkey.ts";
import { readSecretLine } from "../lib/io/secretfile.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import { ROOMS_MAX } from "../lib/wire/limits.ts";
import type { Flags } from "./flags.ts";
import { onSignals } from "./signals.ts";

/** A private room to be in from the start. */
export interface PrivateEntry {
  readonly room: string;
  readonly secret: string;
}

/** The secret of the one `--room`, from `--room-secret-file`, or from the input for `-`. */
export async function readEntry(
  flags: Flags,
  rooms: readonly string[],
  input: AsyncIterator<InputLine>,
): Promise<PrivateEntry | undefined> {
  const file = flags.text("room-secret-file");
  if (file === undefined) return undefined;
  const [room, ...others] = rooms;
  if (room === undefined || others.length > 0 || flags.texts("room-secret-file").length > 1) {
    throw new Failure("--room-secret-file goes with one --room, whose secret it is", EXIT.usage);
  }
  const secret =
    file === "-"
      ? await ask(`Secret of ${room}: `, input, secretIn)
      : given(secretIn(await readSecretLine(file)));
  return { room, secret };
}

function secretIn(text: string): Given<string> {
  const value = parseRoomSecret(text);
  return value === undefined ? { fault: SECRET_RULE } : { value };
}

/** The invitation of `--join`: given there, in a file for `@FILE`, or in the input for `-`. */
export async function readInvitation(
  flags: Flags,
  input: AsyncIterator<InputLine>,
): Promise<Invitation | undefined> {
  const link = flags.text("join");
  if (link === undefined) return undefined;
  const invitation =
    link === "-"
      ? await ask("Invitation: ", input, invitationIn)
      : given(invitationIn(link.startsWith("@") ? await readSecretLine(link.slice(1)) : link));
  if (invitation.server !== undefined && flags.has("server")) {
    throw new Failure("The invitation names its server: leave --server out", EXIT.usage);
  }
  return invitation;
}

function invitationIn(text: string): Given<Invitation> {
  const value = parseInvitation(text);
  return "fault" in value ? { fault: `Cannot use the invitation: ${value.fault}` } : { value };
}

/** What was given, or what is wrong with it. */
type Given<Value> = { readonly value: Value } | Fault;

function given<Value>(what: Given<Value>): Value {
  if ("fault" in what) throw new Failure(what.fault, EXIT.usage);
  return what.value;
}

/**
 * The next line of the input. A terminal shows nothing of it, and is asked again for what is wrong:
 * who types it once more would type it for the shell, and everybody, to see.
 */
async function ask<Value>(
  question: string,
  input: AsyncIterator<InputLine>,
  parse: (text: string) => Given<Value>,
): Promise<Value> {
  if (!isatty(0) || !isatty(2)) return given(parse(await nextLine(input)));
  // Whoever is killed leaves the terminal as it is.
  const forget = onSignals((exitCode) => process.exit(exitCode));
  try {
    for (;;) {
      const text = await askUnseen(question, input);
      const answer = parse(text);
      if ("value" in answer || text === "") return given(answer);
      tellHuman(`p2pchat: ${answer.fault}`);
    }
  } finally {
    forget();
  }
}

async function askUnseen(question: string, input: AsyncIterator<InputLine>): Promise<string> {
  const echo = new Echo();
  process.stderr.write(echo.set(false) ? question : `(shown) ${question}`);
  try {
    return await nextLine(input);
  } finally {
    if (echo.set(true)) process.stderr.write("\n");
  }
}

async function nextLine(input: AsyncIterator<InputLine>): Promise<string> {
  const line = await input.next();
  if (line.done !== true && line.value.kind === "line") return line.value.text;
  throw new Failure("What was to come from standard input did not", EXIT.usage);
}

/**
 * The keys of those of the rooms that are private. Throws a Failure where one is in another of the
 * same name, or would be in more than one can be.
 */
export async function keysOf(
  wanted: { readonly rooms: readonly string[]; readonly entries: readonly PrivateEntry[] },
  joined: readonly RoomRecord[],
): Promise<readonly { readonly name: string; readonly key: RoomKey }[]> {
  checkCount(wanted.rooms, joined);
  const rooms: { readonly name: string; readonly key: RoomKey }[] = [];
  for (const { room: name, secret } of wanted.entries) {
    const key = await roomKeyOf(name, secret);
    const others = [
      ...joined,
      ...rooms.map((other) => ({ name: other.name, room: other.key.room })),
    ];
    if (others.some((other) => other.name === name && other.room !== key.room)) {
      throw new Failure(`You are in another room ${name}: /leave it first`, EXIT.usage);
    }
    rooms.push({ name, key });
  }
  return rooms;
}

/** Nobody has asked for the lobby: it is done without where there are enough others, or left. */
function checkCount(wanted: readonly string[], joined: readonly RoomRecord[]): void {
  const known = new Set(joined.map(({ name }) => name));
  if (!wanted.includes(LOBBY)) known.delete(LOBBY);
  const asked = wanted.filter((name) => name !== LOBBY && !known.has(name));
  if (asked.length === 0 || known.size + asked.length <= ROOMS_MAX) return;
  throw new Failure(
    `Cannot enter ${asked.join(", ")}: one can be in ${ROOMS_MAX} rooms, /leave one first`,
    EXIT.usage,
  );
}
