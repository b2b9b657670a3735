import { dirname, join } from "node:path";
import type { PeerId } from "../lib/base/ids.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { systemClock } from "../lib/io/clock.ts";
import { readSettings, readTable } from "../lib/io/config.ts";
import { Failure, wordsOf } from "../lib/io/failure.ts";
import { keepLibrary, loadFrom } from "../lib/io/library.ts";
import { keepNotices, type Notices, readNotices } from "../lib/io/notices.ts";
import { pathsLike } from "../lib/io/pathnames.ts";
import type { Door } from "../lib/ui/face.ts";
import { styleOf } from "../lib/ui/style.ts";
import type { KeyMap } from "../lib/ui/tui/keymap.ts";
import type { Screen } from "../lib/ui/tui/terminal.ts";
import type { TuiFace, TuiOptions } from "../lib/ui/tui/tuiface.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { renderer } from "./version.ts";

/** What a client's options say that concerns its screen. */
export type FullScreenOptions = Pick<
  ChatOptions,
  "name" | "rooms" | "server" | "isOnLan" | "paths" | "profileFlag"
>;

/** The full-screen terminal: what it is made of is loaded by who has one, and nobody else. */
export class FullScreen {
  readonly #parts: Parts;
  readonly #options: TuiOptions;
  #face: TuiFace | undefined;
  #screen: Screen | undefined;

  private constructor(parts: Parts, options: TuiOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Throws a Failure where a file of theirs cannot be used. */
  static async load(options: FullScreenOptions, id: PeerId): Promise<FullScreen> {
    const parts = await load();
    const { name, rooms, server, isOnLan, paths, profileFlag } = options;
    const awaitsServer = server !== null || isOnLan;
    const { configFile, dataDirectory } = paths;
    const keys = keysIn(join(dirname(configFile), "keys.toml"), parts);
    const signs = styleOf(process.env, true).isUnicode ? parts.UNICODE_SIGNS : parts.ASCII_SIGNS;
    const me = { name, id };
    const file = join(dataDirectory, "notify.toml");
    const { hidesNotices } = readSettings(configFile);
    const own = { notices: readNotices(file), hidesNotices, keepNotices: keeper(file) };
    const asked = { rooms, me, awaitsServer, signs, keys, pathsLike, profileFlag };
    return new FullScreen(parts, { ...asked, ...own });
  }

  makeFace(door: Door): TuiFace {
    this.#face = new this.#parts.TuiFace(this.#options, door);
    return this.#face;
  }

  /** Takes the terminal over; `onTurn` after every key. */
  async open(onTurn: () => void): Promise<void> {
    if (this.#face === undefined) return;
    const { env } = process;
    const options = { face: this.#face, now: () => systemClock.now(), onTurn, env };
    this.#screen = await this.#parts.openScreen(options);
  }

  /** Something was done while nothing else happened; `isMore`: it goes on. */
  onTended(isMore: boolean): void {
    this.#screen?.onTended(isMore);
  }

  /** Its node has gone, or is back. */
  onAway(isAway: boolean): void {
    this.#face?.handleAway(systemClock.now(), isAway);
  }

  tell(text: string): void {
    this.#face?.handleTrouble(systemClock.now(), text);
  }

  /** Gives the terminal back as it was; returns what is left to be said there. */
  close(): readonly string[] {
    this.#screen?.close();
    return this.#face?.farewell ?? [];
  }
}

/** Whether the screen can be filled here. */
export async function canDraw(): Promise<boolean> {
  const root = await keepLibrary({
    env: process.env,
    version: renderer,
    embedded: () => Bun.embeddedFiles,
  });
  if (root === undefined) return (await load()).canDraw();
  const { canDraw: isDrawn } = await loadFrom(root, process.env, load);
  return isDrawn();
}

/** Keeps what calls one there, or says why it cannot. */
function keeper(file: string): (notices: Notices) => string | undefined {
  return (notices) => {
    try {
      keepNotices(file, notices);
      return undefined;
    } catch (error) {
      return `This will not be kept: ${wordsOf(error)}`;
    }
  };
}

type Parts = Awaited<ReturnType<typeof load>>;

async function load() {
  const [{ openScreen, canDraw: isDrawn }, { TuiFace }, { parseKeys }, signs] = await Promise.all([
    import("../lib/ui/tui/terminal.ts"),
    import("../lib/ui/tui/tuiface.ts"),
    import("../lib/ui/tui/keymap.ts"),
    import("../lib/ui/tui/signs.ts"),
  ]);
  const { ASCII_SIGNS, UNICODE_SIGNS } = signs;
  return { openScreen, canDraw: isDrawn, TuiFace, parseKeys, ASCII_SIGNS, UNICODE_SIGNS };
}

function keysIn(file: string, { parseKeys }: Parts): KeyMap {
  const keys = parseKeys(readTable(file));
  if (typeof keys === "string") throw new Failure(`Cannot use ${file}: ${keys}`, EXIT.usage);
  return keys;
}
