import { toHex } from "../base/bytes.ts";
import { parseRoomName } from "../base/text.ts";
import { isInviting } from "./roomsecret.ts";
import { type Fault, parseServerAddress, type ServerAddress } from "./serveraddress.ts";

/** What lets somebody into a room. */
export interface Invitation {
  readonly room: string;
  /** Of a private room. */
  readonly secret: string | undefined;
  /** Who introduces its members, and its key; none where the local network is enough. */
  readonly server: Server | undefined;
}

type Server = ServerAddress & { readonly noiseKey: Uint8Array };

const SCHEME = "p2pchat://";

/** A host name and a room's name of the longest, of which each character takes twelve. */
export const INVITATION_CHARS_MAX = 1024;

/** What follows the scheme: where, the room, its secret and the server's key. */
const PARTS = /^([^/#]*)\/([^/#]+)(?:\/([^/#]*))?(?:#(.*))?$/;

/** `p2pchat://HOST:PORT/ROOM/SECRET#KEY`, without what there is none of. PROTOCOL.md §8. */
export function formatInvitation({
  room,
  secret,
  server,
}: {
  readonly room: string;
  readonly secret: string | undefined;
  readonly server: Pick<Server, "name" | "noiseKey"> | undefined;
}): string {
  const path = [encodeURIComponent(room.slice(1)), secret].filter((part) => part !== undefined);
  const key = server === undefined ? "" : `#${toHex(server.noiseKey)}`;
  return `${SCHEME}${server?.name ?? ""}/${path.join("/")}${key}`;
}

/** The words of a fault never repeat what was given: it may hold a secret. */
export function parseInvitation(given: string): Invitation | Fault {
  const text = given.trim();
  if (text.length > INVITATION_CHARS_MAX) return { fault: "it is too long" };
  if (!text.startsWith(SCHEME)) return { fault: `it does not begin with ${SCHEME}` };
  if (!/^[!-~]*$/.test(text)) return { fault: "it holds characters that no invitation has" };
  const [, where = "", name = "", secret, key] = PARTS.exec(text.slice(SCHEME.length)) ?? [];
  const room = roomNamed(name);
  if (room === undefined) return { fault: "it names no room" };
  if (secret !== undefined && !isInviting(secret)) {
    return { fault: "its secret is wrong: copy the whole link" };
  }
  if (where === "" && key === undefined) return { room, secret, server: undefined };
  const server = serverAt(where, key);
  return "fault" in server ? server : { room, secret, server };
}

/** What `formatInvitation` was given beside the room, whatever that was; undefined for no link. */
export function readInvitation(link: string) {
  const [, where, , secret, key] = PARTS.exec(link.slice(SCHEME.length)) ?? [];
  if (where === undefined) return undefined;
  if (key === undefined) return { secret, server: undefined };
  const noiseKey = keyIn(key);
  return noiseKey && { secret, server: { name: where, noiseKey } };
}

function keyIn(hex: string): Uint8Array | undefined {
  return /^(?:[0-9a-f]{2})+$/.test(hex) ? Uint8Array.fromHex(hex) : undefined;
}

function roomNamed(name: string): string | undefined {
  try {
    return parseRoomName(`#${decodeURIComponent(name)}`);
  } catch {
    return undefined;
  }
}

function serverAt(where: string, key: string | undefined): Server | Fault {
  if (key === undefined) return { fault: "it lacks the server's key: copy the whole link" };
  const server = parseServerAddress(`${where}#${key}`);
  if ("fault" in server) return { fault: `of its server: ${server.fault}` };
  const { noiseKey } = server;
  if (noiseKey === undefined) return { fault: "it lacks the server's key: copy the whole link" };
  // The name of an interface means something on one machine alone.
  if (server.host.includes("%")) return { fault: "of its server: the address has a zone" };
  return { ...server, noiseKey };
}
