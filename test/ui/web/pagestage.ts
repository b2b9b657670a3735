import type { Asked } from "../../../lib/contract/asked.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import { PageModel } from "../../../lib/ui/web/model/pagemodel.ts";
import { ME, NOW, ready } from "../../contract/events.ts";

/** A page without a browser: told events, and asked what it has asked. */
export class PageStage {
  readonly asked: Asked[] = [];
  readonly model = new PageModel({
    me: ME,
    command: (command) => this.asked.push(command),
    isLookedAt: true,
    notices: new Map(),
    hidesNotices: false,
    keepNotices: () => undefined,
  });
  now = NOW;

  /** In the lobby, and nothing is on the disk. */
  static ready(): PageStage {
    const stage = new PageStage();
    stage.tell(ready());
    stage.pass(1000);
    stage.answerHistory([]);
    const { req } = stage.last("unread");
    stage.tell({ type: "reply", req, command: "unread", rooms: [] });
    return stage;
  }

  tell(...events: readonly PeerEvent[]): void {
    for (const event of events) this.model.handleEvent(this.now, event);
  }

  pass(ms: number): void {
    this.now += ms;
    while (this.model.pollTimeout() <= this.now) this.model.handleTimeout(this.now);
  }

  /** What was asked last of this type. */
  last<Type extends Asked["type"]>(type: Type): Extract<Asked, { type: Type }> {
    const found = this.asked.findLast((one) => isOf(one, type));
    if (found === undefined || !isOf(found, type)) throw new Error(`Nobody asked ${type}`);
    return found;
  }

  count(type: Asked["type"]): number {
    return this.asked.filter((one) => one.type === type).length;
  }

  answerHistory(messages: readonly KeptMessageEvent[], hasAfter = false): void {
    const { req, room } = this.last("history");
    const rest = { room: room ?? "", hasBefore: false, hasAfter, damaged: 0 };
    this.tell({ type: "reply", req, command: "history", messages, ...rest });
  }

  write(text: string): void {
    this.model.writing.write(this.now, text);
  }

  send(text: string): void {
    this.write(text);
    this.model.writing.send(this.now);
  }

  get texts(): readonly string[] {
    return this.model.current?.timeline.items.map(({ text }) => text) ?? [];
  }
}

function isOf<Type extends Asked["type"]>(
  one: Asked,
  type: Type,
): one is Extract<Asked, { type: Type }> {
  return one.type === type;
}
