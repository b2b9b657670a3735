import { parsePeerId } from "../../lib/base/ids.ts";
import { KeyMap } from "../../lib/ui/tui/keymap.ts";
import { UNICODE_SIGNS } from "../../lib/ui/tui/signs.ts";
import { openScreen } from "../../lib/ui/tui/terminal.ts";
import { TuiFace } from "../../lib/ui/tui/tuiface.ts";

const id = parsePeerId("a".repeat(64));

/** A face with no node behind it: programs of the tests tell it what they like. */
export function loneFace(): TuiFace {
  if (id === undefined) throw new Error("this is an id");
  return new TuiFace(
    {
      rooms: ["#lobby"],
      me: { name: "alice", id },
      awaitsServer: true,
      signs: UNICODE_SIGNS,
      keys: new KeyMap(),
      pathsLike: () => [],
      notices: new Map(),
      hidesNotices: false,
      keepNotices: () => undefined,
    },
    { write: () => undefined, command: () => undefined },
  );
}

/** Takes the terminal over with it. */
export async function openLone(face: TuiFace): Promise<void> {
  await openScreen({ face, now: () => Date.now(), onTurn: () => undefined, env: process.env });
}
