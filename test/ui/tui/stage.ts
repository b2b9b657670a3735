import type { Asked } from "../../../lib/contract/asked.ts";
import type { NoticeLevel } from "../../../lib/contract/notices.ts";
import type { PeerEvent, ReplyEvent } from "../../../lib/node/events.ts";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import type { Cell } from "../../../lib/ui/tui/frame.ts";
import { type Key, KeyMap } from "../../../lib/ui/tui/keymap.ts";
import { ASCII_SIGNS, type Signs, UNICODE_SIGNS } from "../../../lib/ui/tui/signs.ts";
import { TuiFace } from "../../../lib/ui/tui/tuiface.ts";
import { ME, NOW, ready } from "../../contract/events.ts";
import { Recorder } from "../recorder.ts";
import { painted } from "./painted.ts";

const FILES = ["secret.txt", "secrets/"];

function pathsLike(typed: string): readonly string[] {
  return FILES.filter((name) => name.startsWith(typed));
}

interface StageOptions {
  readonly columns?: number;
  readonly lines?: number;
  readonly rooms?: readonly string[];
  readonly signs?: Signs;
  readonly hidesNotices?: boolean;
}

/** A screen without a terminal: told events, given keys, and looked at as text. */
export class Stage {
  readonly door = new Recorder();
  readonly face: TuiFace;
  now = NOW;
  /** As they were kept last. */
  notices: ReadonlyMap<string, NoticeLevel> | undefined;

  constructor(stage: StageOptions = {}) {
    const { columns = 80, lines = 24, rooms = ["#lobby"], signs, hidesNotices = false } = stage;
    const profileFlag = "--profile me";
    const options = {
      rooms,
      me: ME,
      awaitsServer: true,
      keys: new KeyMap(),
      pathsLike,
      profileFlag,
    };
    const keepNotices = (notices: ReadonlyMap<string, NoticeLevel>): undefined => {
      this.notices = new Map(notices);
    };
    this.face = new TuiFace(
      { ...options, notices: new Map(), hidesNotices, keepNotices, signs: signs ?? UNICODE_SIGNS },
      this.door,
    );
    this.face.handleSize({ columns, lines });
    this.pass(0);
  }

  /** After `ready`, its questions of what is on disk answered with nothing. */
  static ready(options?: StageOptions): Stage {
    const stage = new Stage(options);
    stage.tell(ready());
    stage.answerHistory([]);
    return stage;
  }

  static ascii(options: StageOptions = {}): Stage {
    return Stage.ready({ ...options, signs: ASCII_SIGNS });
  }

  tell(...events: readonly PeerEvent[]): void {
    for (const event of events) this.face.handleEvent(this.now, event);
  }

  /** Such as `ctrl+k`, `return` or `a`. */
  press(...chords: readonly string[]): void {
    for (const chord of chords) this.face.handleKey(this.now, keyOf(chord));
  }

  type(text: string): void {
    for (const letter of text) this.press(letter);
  }

  /** The mouse, at the first cell of this text. */
  click(text: string): void {
    this.face.handlePress(this.now, this.cellOf(text));
  }

  cellOf(text: string): Cell {
    const y = this.lines.findIndex((line) => line.includes(text));
    return { x: this.lines[y]?.indexOf(text) ?? -1, y };
  }

  /** Types a line and sends it. */
  say(text: string): void {
    this.type(text);
    this.press("return");
  }

  pass(ms: number): void {
    this.now += ms;
    if (this.face.pollTimeout() <= this.now) this.face.handleTimeout(this.now);
  }

  get lines(): readonly string[] {
    return painted(this.face.frame(this.now));
  }

  get text(): string {
    return this.lines.join("\n");
  }

  get cursor() {
    return this.face.frame(this.now).cursor;
  }

  /** The last command of this type that was given. */
  asked<Type extends Asked["type"]>(type: Type): Extract<Asked, { type: Type }> {
    const found = this.door.commands.findLast((one) => one.type === type);
    if (found === undefined) throw new Error(`Nobody asked for ${type}`);
    return found as Extract<Asked, { type: Type }>;
  }

  count(type: Asked["type"]): number {
    return this.door.commands.filter((one) => one.type === type).length;
  }

  answerHistory(messages: readonly KeptMessageEvent[], more: Partial<ReplyEvent> = {}): void {
    const { req, room } = this.asked("history");
    this.tell({
      type: "reply",
      req,
      command: "history",
      room: room ?? "@bob",
      messages,
      hasBefore: false,
      hasAfter: false,
      damaged: 0,
      ...more,
    } as PeerEvent);
  }
}

export function kept(index: number, text: string, more: Partial<KeptMessageEvent> = {}) {
  const message: KeptMessageEvent = {
    id: `kept ${index}`,
    room: "#lobby",
    from: ME,
    text,
    sentAtMs: NOW - 60_000,
    tick: index,
    seq: index,
    states: null,
    ...more,
  };
  return message;
}

export function keyOf(chord: string): Key {
  const [, modifiers = "", name = ""] = /^((?:(?:ctrl|alt|shift)\+)*)(.+)$/.exec(chord) ?? [];
  const isText = modifiers === "" && [...name].length === 1;
  return {
    name: name === " " ? "space" : name,
    ctrl: modifiers.includes("ctrl"),
    alt: modifiers.includes("alt"),
    shift: modifiers.includes("shift"),
    text: isText ? name : undefined,
  };
}
