import { expect, test } from "bun:test";
import { offersFor } from "../../../lib/ui/web/model/completing.ts";
import { jumpsFor } from "../../../lib/ui/web/model/jumps.ts";
import { doKey } from "../../../lib/ui/web/model/keys.ts";
import { TEXT_BYTES_MAX } from "../../../lib/wire/limits.ts";
import { ALICE, BOB, ME, member, message, peer } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

const NO_KEYS = {
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  defaultPrevented: false,
};

function met(): PageStage {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"), peer(ALICE, "connected"));
  return stage;
}

function offers(text: string): readonly string[] | undefined {
  return offersFor(met().model, text, text.length)?.all.map(({ put }) => put);
}

test("names, rooms, emoji and commands are offered where somebody begins one", () => {
  expect(offers("hi @b")).toEqual(["@bob "]);
  expect(offers("see #lo")).toEqual(["#lobby "]);
  expect(offers("nice :tad")).toEqual(["🎉 "]);
  expect(offers("/wh")).toContain("/why ");
  expect(offers("/msg b")).toEqual(["bob "]);
});

test("ordinary words are left alone", () => {
  expect(offers("bo")).toBeUndefined();
  expect(offers("it is 12:30")).toBeUndefined();
  expect(offers("//wh")).toBeUndefined();
  expect(offers("two\n/wh")).toBeUndefined();
});

test("what is typed whole already is sent, and not completed", () => {
  expect(offers("/rooms")).toBeUndefined();
  expect(offers("hi @bob")).toBeUndefined();
});

test("a few letters find a place, a person or a command", () => {
  const { model, now } = met();
  expect(jumpsFor(model, "lob", now)[0]).toMatchObject({ label: "#lobby", about: "here" });
  expect(jumpsFor(model, "bob", now)[0]).toMatchObject({ label: "@bob", about: "direct" });
  expect(jumpsFor(model, "/invite", now)[0]?.label).toStartWith("/invite");
});

test("who is gone is said to have been seen, where anybody knows when", () => {
  const stage = met();
  stage.tell(peer(BOB, "gone"), peer(ALICE, "gone"));
  const { req } = stage.last("who");
  const members = [member(ME, "me"), { ...member(BOB, "gone"), lastSeenMs: stage.now }];
  stage.tell({ type: "reply", req, command: "who", room: "#lobby", members });
  const { model, now } = stage;
  expect(jumpsFor(model, "@bob", now)[0]?.about).toMatch(/^seen \d\d:\d\d$/);
  expect(jumpsFor(model, "@alice", now)[0]?.about).toBe("gone");
});

test("taking a person goes there, and a command is begun where one writes", () => {
  const { model, now } = met();
  jumpsFor(model, "bob", now)[0]?.take(model, now);
  expect(model.current?.who).toEqual(BOB);
  jumpsFor(model, "/invite", now)[0]?.take(model, now);
  expect(model.writing.text).toStartWith("/invite");
});

test("keys lead to what is unread, what names one first", () => {
  const stage = met();
  stage.tell(message(BOB, "#one", "a"), { ...message(BOB, "#two", "@me b"), mention: true });
  const unread = { ...NO_KEYS, key: "a", altKey: true };
  expect(doKey(stage.model, stage.now, unread)).toBe(true);
  expect(stage.model.current?.key).toBe("#two");
  doKey(stage.model, stage.now, unread);
  expect(stage.model.current?.key).toBe("#one");
  doKey(stage.model, stage.now, unread);
  expect(stage.model.flash).toBe("Nothing is unread elsewhere");
});

test("keys lead to the conversations above and below, and around", () => {
  const { model, now } = met();
  model.conversations.room("#ops");
  const places = ["ArrowDown", "ArrowDown", "ArrowUp"].map((key) => {
    doKey(model, now, { ...NO_KEYS, key, altKey: true });
    return model.current?.key;
  });
  expect(places).toEqual(["#ops", "#lobby", "#ops"]);
});

test("Escape closes the innermost thing, and other keys go where they were meant", () => {
  const { model, now } = met();
  model.show({ kind: "settings" });
  model.writing.answer(now, "m1");
  const escape = { ...NO_KEYS, key: "Escape" };
  doKey(model, now, escape);
  expect([model.writing.about, model.panel?.kind]).toEqual([undefined, "settings"]);
  model.isListShown = true;
  doKey(model, now, escape);
  expect([model.panel, model.isListShown]).toEqual([undefined, true]);
  doKey(model, now, escape);
  expect(model.isListShown).toBe(false);

  expect(doKey(model, now, { ...NO_KEYS, key: "k" })).toBe(false);
  expect(doKey(model, now, { ...NO_KEYS, key: "k", ctrlKey: true })).toBe(true);
  expect(model.isJumping).toBe(true);
});

test("what is longer than a message stays where it was written, and is told to nobody", () => {
  const stage = met();
  const { model, asked } = stage;
  const text = "é".repeat(TEXT_BYTES_MAX / 2);
  const before = asked.length;
  stage.send(`${text}!`);
  stage.pass(1000);
  expect(model.writing.text).toBe(`${text}!`);
  expect(model.current?.isKept).toBe(false);
  expect(model.flash).toBe("a message holds at most 65536 bytes: nothing was sent");
  expect(asked.slice(before).map(({ type }) => type)).not.toContain("draft");
  expect(stage.texts).not.toContain(`${text}!`);

  stage.write(text);
  stage.pass(1000);
  expect(stage.last("draft").text).toBe(text);
  stage.send(text);
  expect(stage.last("send").text).toBe(text);
  expect(model.writing.text).toBe("");
});
