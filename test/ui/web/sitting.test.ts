import { expect, test } from "bun:test";
import { jsonSafe } from "../../../lib/base/text.ts";
import { parsePeerLine } from "../../../lib/contract/incoming.ts";
import { outgoingOf } from "../../../lib/contract/outgoing.ts";
import type { Asked } from "../../../lib/contract/asked.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import { PageModel } from "../../../lib/ui/web/model/pagemodel.ts";
import { Sitting } from "../../../lib/ui/web/model/sitting.ts";
import { BOB, member, message, NOW, peer, ready, status } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";

/** A page without a browser, and a node that is there or not. */
class SittingStage {
  readonly asked: Asked[] = [];
  isThere = true;
  now = NOW;
  readonly sitting = new Sitting({
    send: (line) => this.#hear(line),
    make: (me, command) =>
      new PageModel({
        me,
        command,
        isLookedAt: true,
        notices: new Map(),
        hidesNotices: false,
        keepNotices: () => undefined,
      }),
    now: () => this.now,
    onChange: () => undefined,
  });

  static ready(): SittingStage {
    const stage = new SittingStage();
    stage.tell(ready());
    stage.answerHistory([]);
    return stage;
  }

  get model(): PageModel {
    const { model } = this.sitting;
    if (model === undefined) throw new Error("No node has come yet");
    return model;
  }

  get texts(): readonly string[] {
    return this.model.current?.timeline.items.map(({ text }) => text) ?? [];
  }

  tell(...events: readonly PeerEvent[]): void {
    const lines = events.flatMap((event) => {
      return event.type === "log" ? [] : [jsonSafe(outgoingOf(event, this.now))];
    });
    this.sitting.handleFrame(lines.join("\n"));
  }

  /** The node is killed, and the page has found that out. */
  lose(): void {
    this.isThere = false;
    this.sitting.handleLost();
  }

  /** Another one is there a second later. */
  comeBack(...events: readonly PeerEvent[]): void {
    this.isThere = true;
    this.now += 1000;
    this.tell(ready(), ...events);
  }

  say(text: string): void {
    this.model.writing.write(this.now, text);
    this.model.writing.send(this.now);
  }

  last(type: Asked["type"]): Asked | undefined {
    return this.asked.findLast((one) => one.type === type);
  }

  answerHistory(messages: readonly KeptMessageEvent[]): void {
    const asked = this.last("history");
    if (asked?.type !== "history") throw new Error("Nobody asked for history");
    const { req, room } = asked;
    const rest = { room: room ?? "@bob", hasBefore: false, hasAfter: false, damaged: 0 };
    this.tell({ type: "reply", req, command: "history", messages, ...rest });
  }

  #hear(line: string): boolean {
    if (!this.isThere) return false;
    const incoming = parsePeerLine(line);
    if ("error" in incoming) throw new Error(incoming.error.text);
    this.asked.push(incoming.command);
    return true;
  }
}

test("whoever comes back to a node that was away is where they were", () => {
  const stage = SittingStage.ready();
  stage.tell(peer(BOB, "connected"));
  const { model } = stage;
  model.go(model.conversations.with(BOB), stage.now);
  stage.lose();
  model.writing.write(stage.now, "half a thought");
  stage.comeBack();
  stage.model.handleTimeout(stage.now);

  expect(stage.model.current?.who).toEqual(BOB);
  expect(stage.model.writing.text).toBe("half a thought");
  expect(stage.last("draft")).toMatchObject({ to: "@bob", text: "half a thought" });
  expect(stage.last("history")).toMatchObject({ with: "@bob", before: null });
});

test("a message that the node kept and did not answer for stands once, another failed", () => {
  const stage = SittingStage.ready();
  for (const text of ["ok", "ok", "lost"]) stage.say(text);
  stage.lose();
  const fates = (): unknown[] => {
    const items = stage.model.current?.timeline.items ?? [];
    return items.map((item) =>
      item.kind === "saying" ? [item.text, item.fate?.state] : item.text,
    );
  };
  const failed = ["ok", "ok", "lost"].map((text) => [text, "failed"]);
  expect(fates()).toEqual(failed);

  stage.comeBack();
  const states = [{ by: BOB, state: "queued", reason: null }] as const;
  stage.answerHistory([
    kept(1, "lost", { sentAtMs: NOW - 1, states }),
    kept(2, "ok", { sentAtMs: NOW, states }),
  ]);

  expect(fates()).toEqual([["lost", "queued"], ["ok", "queued"], ["ok", "failed"], failed[2]]);
});

test("what is no message and was not answered is told of, each by what it was", async () => {
  const stage = SittingStage.ready();
  stage.tell(message(BOB, "#lobby", "lunch?"));
  const { model } = stage;
  model.command({ type: "edit", req: "e", id: "m1", text: "new words" });
  model.command({ type: "react", req: "r", id: "m-lunch?", emoji: "👍", on: true });
  model.command({ type: "join", req: "j", room: "#dev" });
  model.command({ type: "join", req: "answered", room: "#ops" });
  stage.tell({ type: "reply", req: "answered", command: "join", room: "#ops", isPrivate: false });
  model.enter(model.conversations.room("#lobby"), stage.now);
  stage.lose();

  const why = "p2pchat stopped before it answered, and may not have done this";
  const words = ["your edit: new words", "your reaction 👍", "join #dev"];
  expect(stage.texts).toEqual(["lunch?", ...words.map((word) => `${why}: ${word}`)]);

  stage.comeBack();
  stage.answerHistory([kept(1, "lunch?", { id: "m-lunch?", from: BOB })]);
  expect(stage.texts).toEqual(["lunch?", ...words.map((word) => `${why}: ${word}`)]);
  model.command({ type: "join", req: "k", room: "#dev" });
  stage.isThere = false;
  model.command({ type: "leave", req: "l", room: "#dev" });
  await Promise.resolve();
  expect(stage.texts.at(-1)).toMatch(/^p2pchat has stopped: .*: leave #dev$/);
});

test("what the node of before said is forgotten where the next one says nothing of it", () => {
  const stage = SittingStage.ready();
  const nat = {
    type: "nat",
    nat: "symmetric",
    text: "Your router is hard to get through",
  } as const;
  stage.tell(nat, peer(BOB, "connected"), { type: "bye", waiting: [] });
  const { model } = stage;
  const [room] = model.conversations.rooms;
  if (room !== undefined) room.members = [member(BOB, "connected")];
  stage.lose();
  stage.comeBack();

  expect(model.standing).toMatchObject({ natText: undefined, waiting: 0, nodes: 2 });
  expect(model.view.person(BOB.id)?.state).toBeUndefined();
  expect(room?.members).toEqual([]);
  expect(model.isLeaving).toBe(false);
});

test("a code that is compared is asked for anew, and so is an invitation", () => {
  const stage = SittingStage.ready();
  stage.tell(peer(BOB, "connected"));
  const { model } = stage;
  model.show({ kind: "verify", id: BOB.id });
  stage.lose();
  stage.comeBack();
  expect(stage.last("verify")).toMatchObject({ to: "@bob", answer: null });

  model.show({ kind: "invite", room: "#lobby" });
  stage.lose();
  stage.comeBack();
  expect(stage.last("invite")).toMatchObject({ room: "#lobby" });
});

test("a message that another node tells of again keeps what became of it", () => {
  const stage = SittingStage.ready();
  stage.say("hello");
  const send = stage.last("send");
  const req = send !== undefined && "req" in send ? send.req : null;
  stage.tell(status("queued", { req, id: "m1", room: "#lobby" }));
  stage.lose();
  stage.comeBack();
  stage.answerHistory([kept(1, "hello", { id: "m1" })]);

  expect(stage.texts).toEqual(["hello"]);
});
