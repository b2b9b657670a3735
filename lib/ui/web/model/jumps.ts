import { COMMAND_HELP } from "../../../contract/intent.ts";
import { fuzzyFind } from "../../talk/fuzzy.ts";
import { askToLeave } from "./leaving.ts";
import type { PageModel } from "./pagemodel.ts";
import { panelAbout } from "./panel.ts";
import { howWords } from "./personwords.ts";

/** Somewhere to go, or something to do. */
export interface Jump {
  readonly key: string;
  readonly label: string;
  readonly about: string;
  readonly take: (model: PageModel, now: number) => void;
}

/** So many are shown. */
const SHOWN_MAX = 40;

/** What these letters may mean, the likeliest first: places and people before commands. */
export function jumpsFor(model: PageModel, typed: string, now: number): readonly Jump[] {
  const words = typed.trim();
  const isCommand = words.startsWith("/");
  const places = isCommand ? [] : fuzzyFind(words, placesOf(model, now), ({ label }) => label);
  const called = fuzzyFind(words, DEEDS.concat(COMMANDS), ({ label }) => label);
  return [...places, ...called].slice(0, SHOWN_MAX);
}

function placesOf(model: PageModel, now: number): readonly Jump[] {
  const { conversations, view } = model;
  const open = conversations.all.map((one): Jump => {
    const { count } = one.unread;
    const label = conversations.placeOf(one);
    const about = one === conversations.current ? "here" : count === 0 ? "" : `${count} new`;
    return { key: one.key, label, about, take: (here, at) => here.go(one, at) };
  });
  const others = model.people().filter(({ who }) => open.every(({ key }) => key !== `@${who.id}`));
  const people = others.map((person): Jump => {
    const { who } = person;
    const take = (here: PageModel, at: number): void => here.go(here.conversations.with(who), at);
    return {
      key: `@${who.id}`,
      label: `@${view.nameOf(who)}`,
      about: howWords(model, person, now),
      take,
    };
  });
  return [...open, ...people];
}

const DEEDS: readonly Jump[] = [
  {
    key: "search",
    label: "Search what was said",
    about: "Ctrl Shift F",
    take: (model) => model.show({ kind: "search", text: "" }),
  },
  {
    key: "about",
    label: "About where you talk",
    about: "its topic, notices, and how much is kept",
    take: (model) => {
      const panel = model.current && panelAbout(model.current);
      if (panel === undefined) model.flash = "There is nothing to tell of it";
      else model.show(panel);
    },
  },
  {
    key: "leave",
    label: "Leave this room",
    about: "",
    take: (model) => {
      const { current } = model;
      if (current?.isRoom === true) askToLeave(model, current.key);
      else model.flash = "You are in no room here";
    },
  },
  {
    key: "me",
    label: "You and your id",
    about: "to copy, or for a camera",
    take: (model) => model.show({ kind: "me" }),
  },
  {
    key: "join",
    label: "Enter a room, or make one",
    about: "",
    take: (model) => model.show({ kind: "join" }),
  },
  {
    key: "network",
    label: "Network",
    about: "who is connected to whom",
    take: (model) => model.show({ kind: "network" }),
  },
  {
    key: "doctor",
    label: "Look at your network",
    about: "what works, and what to do",
    take: (model) => model.show({ kind: "doctor" }),
  },
  {
    key: "settings",
    label: "Settings",
    about: "",
    take: (model) => model.show({ kind: "settings" }),
  },
];

/** A command is begun where one writes: what follows it, only the person knows. */
const COMMANDS: readonly Jump[] = COMMAND_HELP.map(([usage, about]) => {
  const [name = ""] = usage.split(" ");
  const take = (model: PageModel, now: number): void => {
    model.writing.write(now, usage === name ? name : `${name} `);
    model.isJumping = false;
    model.wish({ kind: "write" });
  };
  return { key: usage, label: usage, about, take };
});
