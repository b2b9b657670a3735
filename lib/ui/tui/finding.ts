import { SEARCH_CHARS_MAX } from "../../chat/history.ts";
import { parseEmoji } from "../../contract/emoji.ts";
import { COMMAND_HELP } from "../../contract/intent.ts";
import type { SearchEvent } from "../../node/pastevents.ts";
import { clockTime, quoted } from "../words.ts";
import type { Conversation } from "../talk/conversation.ts";
import { fuzzyFind } from "../talk/fuzzy.ts";
import { type Action, KEY_TABLE } from "./keytable.ts";
import type { Model } from "./model.ts";
import { type Choice, type Picker, picker } from "./overlay.ts";
import { keyWords } from "./replypages.ts";

/** Messages that a search shows. */
const FOUND = 50;

/** Actions that make no sense in a list of them. */
const UNLISTED: ReadonlySet<Action> = new Set(["palette", "leave", "number"]);

const EMOJI = ["👍", "👎", "🙂", "😀", "🙁", "🎉", "👀", "✅"];

const SEARCH_HINT = "messages that have all the words; word* is how one begins";

/** Any room or person, by a few letters of the name. */
export function jumper(model: Model, now: number): Picker {
  const words = { title: "Go to", hint: "nobody and no room is called so" };
  return picker(now, words, (_, typed, open) => {
    open.choices = fuzzyFind(typed, places(model), ({ label }) => label);
  });
}

/** Any command; `run` does what the key of an action would. */
export function palette(
  model: Model,
  now: number,
  run: (now: number, action: Action) => void,
): Picker {
  const words = { title: "Commands", hint: "no command has these letters" };
  return picker(now, words, (_, typed, open) => {
    const all = commands(model, run);
    // What a command is called comes before what is said of it.
    const called = fuzzyFind(typed, all, ({ label }) => label);
    const others = all.filter((one) => !called.includes(one));
    const said = fuzzyFind(typed, others, ({ label, about }) => `${label} ${about}`);
    open.choices = [...called, ...said];
  });
}

/** Whatever was said, here or elsewhere. */
export function finder(model: Model, now: number, words = ""): Picker {
  const about = { title: "Search", hint: SEARCH_HINT, typed: words };
  return picker(now, about, (at, typed, open) => search(model, at, typed, open));
}

/** An emoji, of a few or typed, for this message. */
export function reactor(
  now: number,
  messageId: string,
  react: (now: number, messageId: string, emoji: string) => void,
): Picker {
  const words = { title: "React with", hint: "one emoji, or +1 -1 <3 :) :( :D", messageId };
  return picker(now, words, (_, typed, open) => {
    const own = parseEmoji(typed.trim());
    const all = typed === "" ? EMOJI : own === undefined ? [] : [own];
    open.choices = all.map((emoji) => ({
      label: emoji,
      about: "",
      take: (at) => react(at, open.messageId ?? messageId, emoji),
    }));
  });
}

/** Shows a message in its conversation, and chooses it. */
export function reveal(model: Model, where: Conversation, id: string, now: number): void {
  const isHeld = where.timeline.has(id);
  // What is held of it comes from around that message, and not from its end.
  if (!isHeld) where.isOpened = true;
  go(model, where, now);
  model.focus = "messages";
  model.chosenMessage = id;
  model.mustReveal = true;
  if (!isHeld) model.pages.around(where, id, now, () => (model.mustReveal = true));
}

/** To write there, also from among the people of the one that is shown. */
function go(model: Model, where: Conversation, now: number): void {
  model.enter(where, now);
  model.toWriting();
}

function places(model: Model): readonly Choice[] {
  const { conversations, view } = model;
  const open = conversations.all;
  const listed = open.map((one): Choice => {
    const about = one.unread.count === 0 ? "" : `${one.unread.count} new`;
    return { label: conversations.placeOf(one), about, take: (now) => go(model, one, now) };
  });
  const others = model.people().filter(({ who }) => open.every(({ key }) => key !== `@${who.id}`));
  const people = others.map(({ who, state }): Choice => {
    const take = (now: number): void => go(model, conversations.with(who), now);
    return { label: `@${view.nameOf(who)}`, about: state ?? "", take };
  });
  return [...listed, ...people];
}

function commands(model: Model, run: (now: number, action: Action) => void): readonly Choice[] {
  const actions = KEY_TABLE.filter(({ action, where }) => {
    return where === "anywhere" && !UNLISTED.has(action);
  }).map(({ action, about }): Choice => {
    const [keys = ""] = model.keys.keysOf(action);
    return { label: about, about: keyWords(keys), take: (now) => run(now, action) };
  });
  const typed = COMMAND_HELP.map(([usage, about]): Choice => {
    const [name = ""] = usage.split(" ");
    const take = (): void => model.beginCommand(usage === name ? name : `${name} `);
    return { label: usage, about, take };
  });
  return [...actions, ...typed];
}

function search(model: Model, now: number, typed: string, open: Picker): void {
  const text = typed.trim().slice(0, SEARCH_CHARS_MAX);
  if (text === "") {
    open.choices = [];
    open.hint = SEARCH_HINT;
    return;
  }
  model.asking.ask(
    (req) => ({ type: "search", req, text, room: null, with: null, limit: FOUND }),
    (answer) => {
      if (answer.command !== "search" || open.typed.text.trim() !== text) return;
      open.choices = answer.messages.map((message) => found(model, message, now));
      open.chosen = 0;
      open.hint = answer.unsearched > 0 ? "nothing in what is indexed so far" : "nothing found";
    },
    () => {
      open.choices = [];
      open.hint = "this cannot be searched for";
    },
  );
}

function found(model: Model, message: SearchEvent["messages"][number], now: number): Choice {
  const { view, conversations } = model;
  const { id, room, from, text, sentAtMs } = message;
  const isDirect = room.startsWith("@") && !model.isMe(from);
  const choice: Choice = {
    label: `${view.nameOf(from)}: ${quoted(text)}`,
    about: `${isDirect ? `@${view.nameOf(from)}` : room} ${clockTime(sentAtMs, now)}`,
    messageId: id,
    take: (at) => {
      const where = isDirect ? conversations.with(from) : conversations.at(room);
      reveal(model, where, choice.messageId ?? id, at);
    },
  };
  return choice;
}
