import { isatty } from "node:tty";
import type { Door, Face } from "../lib/ui/face.ts";
import { JsonFace } from "../lib/ui/json.ts";
import { OneShot } from "../lib/ui/oneshot.ts";
import { PlainFace } from "../lib/ui/plain.ts";
import type { ChatOptions } from "./chatoptions.ts";
import type { FullScreen } from "./fullscreen.ts";
import { qrScreen } from "./qrscreen.ts";

export interface FaceParts {
  readonly door: Door;
  /** Null where the face is another. */
  readonly fullScreen: FullScreen | null;
  /** A line for the person who started it, where nothing but results goes to the output. */
  readonly complain: (text: string) => void;
}

type FaceOptions = Pick<
  ChatOptions,
  "face" | "to" | "timeoutMs" | "stay" | "rooms" | "server" | "isOnLan" | "profileFlag"
>;

/** What a client's user has before them, as they have asked for it. */
export function faceOf(options: FaceOptions, { door, fullScreen, complain }: FaceParts): Face {
  const { face, to, timeoutMs, stay, rooms, server, isOnLan, profileFlag } = options;
  if (fullScreen !== null) return fullScreen.makeFace(door);
  const ending = { stay, isTyped: isatty(0), isWatched: isatty(0) && isatty(1) };
  const awaitsServer = server !== null || isOnLan;
  // A one-shot hands on what is said as it comes, and nothing else.
  const gathers = to === undefined;
  const plain = { ...ending, rooms, awaitsServer, gathers, qr: qrScreen(), profileFlag };
  const shown = face === "json" ? new JsonFace(ending, door) : new PlainFace(plain, door);
  if (to === undefined) return shown;
  return new OneShot(
    { to, timeoutMs, stay, showsAll: face === "json" || stay },
    {
      command: door.command,
      complain,
      show: (now, event) => {
        if (face === "json" || event.type === "message") shown.handleEvent(now, event);
      },
    },
  );
}
