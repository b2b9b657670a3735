import { isatty } from "node:tty";
import type { RoomKey } from "../lib/chat/membership.ts";
import type { RoomRecord } from "../lib/chat/records.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { type Invitation, parseInvitation } from "../lib/contract/invitation.ts";
import { parseRoomSecret, SECRET_RULE } from "../lib/contract/roomsecret.ts";
import { Echo } from "../lib/io/echo.ts";
import { Failure } from "../lib/io/failure.ts";
import { roomKeyOf } from "../lib/io/roomkey.ts";
import { readSecretLine } from "../lib/io/secretfile.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import type { Flags } from "./flags.ts";

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
  const text = file === "-" ? await ask(`Secret of ${room}: `, input) : await readSecretLine(file);
  const secret = parseRoomSecret(text);
  if (secret === undefined) throw new Failure(SECRET_RULE, EXIT.usage);
  return { room, secret };
}

/** The invitation of `--join`: given there, in a file for `@FILE`, or in the input for `-`. */
export async function readInvitation(
  flags: Flags,
  input: AsyncIterator<InputLine>,
): Promise<Invitation | undefined> {
  const given = flags.text("join");
  if (given === undefined) return undefined;
  const invitation = parseInvitation(await linkOf(given, input));
  if ("fault" in invitation) {
    throw new Failure(`Cannot use the invitation: ${invitation.fault}`, EXIT.usage);
  }
  if (invitation.server !== undefined && flags.has("server")) {
    throw new Failure("The invitation names its server: leave --server out", EXIT.usage);
  }
  return invitation;
}

async function linkOf(given: string, input: AsyncIterator<InputLine>): Promise<string> {
  if (given === "-") return await ask("Invitation: ", input);
  return given.startsWith("@") ? await readSecretLine(given.slice(1)) : given;
}

/** The next line of the input, of which a terminal shows nothing. */
async function ask(question: string, input: AsyncIterator<InputLine>): Promise<string> {
  const isTyped = isatty(0) && isatty(2);
  const echo = new Echo();
  if (isTyped) {
    const isHidden = echo.set(false);
    process.stderr.write(isHidden ? question : `(shown) ${question}`);
  }
  const answer = await input.next();
  if (isTyped && echo.set(true)) process.stderr.write("\n");
  if (answer.done !== true && answer.value.kind === "line") return answer.value.text;
  throw new Failure("What was to come from standard input did not", EXIT.usage);
}

/** The keys of these rooms. Throws a Failure where one is in another of the same name. */
export async function keysOf(
  entries: readonly PrivateEntry[],
  joined: readonly RoomRecord[],
): Promise<readonly { readonly name: string; readonly key: RoomKey }[]> {
  const rooms: { readonly name: string; readonly key: RoomKey }[] = [];
  for (const { room: name, secret } of entries) {
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
