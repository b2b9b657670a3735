import type { RoomId } from "../lib/base/ids.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import type { OpenArchive } from "../lib/io/history/openarchive.ts";
import { ambiguousWords } from "../lib/node/namesakes.ts";
import { formatKeptRoom, parseKeptRoom, parseTarget } from "../lib/node/target.ts";
import { type Flags, shorten } from "./flags.ts";

/** The rooms that `--room` and `--with` name; all where they name none. Throws a Failure. */
export function roomsMeant(flags: Flags, archive: OpenArchive): readonly RoomId[] {
  const named = [
    ...flags.texts("room").map((text) => roomCalled(text, archive)),
    ...flags.texts("with").map((text) => roomWith(text, archive)),
  ];
  return named.length === 0 ? archive.reader.rooms() : [...new Set(named)];
}

/** The room of this name, or that with `@name`. Throws a Failure. */
export function placeMeant(place: string, archive: OpenArchive): RoomId {
  return place.startsWith("@") ? roomWith(place, archive) : roomCalled(place, archive);
}

/** Of several the one that is called just so, as one is in it: a name does not say which. */
function roomCalled(text: string, { reader }: OpenArchive): RoomId {
  const wanted = parseKeptRoom(text.startsWith("#") ? text : `#${text}`);
  if (wanted === undefined) {
    throw new Failure(
      `Cannot use --room ${JSON.stringify(shorten(text))}: write # and a name, as in --room '#dev'`,
      EXIT.usage,
    );
  }
  const name = formatKeptRoom(wanted);
  const rooms = reader.roomsCalled(wanted);
  const [only, ...others] = rooms;
  if (only === undefined) throw new Failure(`Nothing is kept of ${name}`, EXIT.noPeer);
  const meant = others.length === 0 ? only : rooms.find(({ label }) => label === name);
  if (meant !== undefined) return meant.room;
  const labels = rooms.map(({ label }) => label);
  throw new Failure(ambiguousWords(name, labels), EXIT.noPeer);
}

function roomWith(text: string, { reader, roster }: OpenArchive): RoomId {
  const target = parseTarget(text.startsWith("@") ? text : `@${text}`);
  if (target?.kind !== "person") {
    throw new Failure(
      `Cannot use --with ${JSON.stringify(shorten(text))}: write '@name' or '@name~id'`,
      EXIT.usage,
    );
  }
  const people = roster.find(target);
  const [peer, ...others] = people;
  if (peer === undefined) throw new Failure(`Nobody known is @${target.name}`, EXIT.noPeer);
  if (others.length > 0) {
    const labels = people.map((id) => `@${roster.label(id)}`);
    throw new Failure(ambiguousWords(`@${target.name}`, labels), EXIT.noPeer);
  }
  const room = reader.roomWith(peer);
  if (room !== undefined) return room;
  throw new Failure(`Nothing is kept of what was said with @${target.name}`, EXIT.noPeer);
}

/** The exit code: damage is told, and what is whole was shown. */
export function tellDamage({ reader }: OpenArchive, tell: (text: string) => void): number {
  const { damaged } = reader;
  if (damaged === 0) return EXIT.done;
  const what = damaged === 1 ? "1 message is" : `${damaged} messages are`;
  tell(`p2pchat: ${what} damaged on this disk, and left out`);
  return EXIT.failure;
}
