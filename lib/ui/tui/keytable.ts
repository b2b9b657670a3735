/** What has the focus: its keys come before those of `choosing`, and these before `anywhere`. */
export type Focus = "write" | "people" | "messages" | "list" | "page";
/** Where a key means something; `choosing`: wherever letters are not typed. */
export type Where = Focus | "choosing" | "anywhere";

interface KeyEntry<Name extends string, At extends Where = Where> {
  readonly action: Name;
  readonly where: At;
  /** What is pressed, several for one action; two words are pressed one after the other. */
  readonly keys: readonly string[];
  readonly about: string;
}

/** Every key there is: the help shows this table, and `keys.toml` changes it. */
const TABLE = [
  entry("jump", "anywhere", ["ctrl+k"], "go to any room or person"),
  entry("palette", "anywhere", ["ctrl+p"], "every command, by a few letters of it"),
  entry("unread", "anywhere", ["alt+a"], "the next conversation with something unread"),
  entry("previous", "anywhere", ["alt+up"], "the conversation above"),
  entry("next", "anywhere", ["alt+down"], "the conversation below"),
  entry("number", "anywhere", numbered(), "the conversation of that place in the list"),
  entry("find", "anywhere", ["ctrl+f"], "search what was said"),
  entry("people", "anywhere", ["ctrl+b"], "the people: choose somebody, or leave them"),
  entry("messages", "anywhere", ["alt+m"], "choose a message, to answer, change or look at"),
  entry("help", "anywhere", ["f1"], "every key and every command"),
  entry("older", "anywhere", ["pageup"], "what was said before"),
  entry("newer", "anywhere", ["pagedown"], "what was said after"),
  entry("newest", "anywhere", ["ctrl+end", "alt+end"], "the end of the conversation"),
  entry("mouse", "anywhere", ["f2"], "let the mouse select text; again: let it click and scroll"),
  entry("redraw", "anywhere", ["ctrl+l"], "draw the screen anew"),
  entry("leave", "anywhere", ["escape"], "leave what is open"),
  entry("stop", "anywhere", ["ctrl+z"], "back to the shell, where fg goes on"),
  entry("quit", "anywhere", ["ctrl+c"], "clear the input; twice in a row: end p2pchat"),

  entry("send", "write", ["return"], "say it"),
  entry("new-line", "write", ["alt+return", "shift+return", "ctrl+j"], "another line"),
  entry("complete", "write", ["tab"], "complete a command, a name or a room; again: the next"),
  entry("complete-back", "write", ["shift+tab"], "the completion before"),
  entry("editor", "write", ["ctrl+x e"], "write in the editor of $VISUAL or $EDITOR"),
  entry("up", "write", ["up"], "a line up; in the first: what you said before"),
  entry("down", "write", ["down"], "a line down; in the last: what you said after"),
  entry("left", "write", ["left"], "a character to the left"),
  entry("right", "write", ["right"], "a character to the right"),
  entry("word-left", "write", ["alt+b", "ctrl+left", "alt+left"], "a word to the left"),
  entry("word-right", "write", ["alt+f", "ctrl+right", "alt+right"], "a word to the right"),
  entry("line-start", "write", ["home", "ctrl+a"], "the start of the line"),
  entry("line-end", "write", ["end", "ctrl+e"], "the end of the line"),
  entry("erase", "write", ["backspace"], "take away what is before"),
  entry("erase-after", "write", ["delete", "ctrl+d"], "take away what is after"),
  entry("erase-word", "write", ["ctrl+w", "alt+backspace"], "take away the word before"),
  entry("erase-line", "write", ["ctrl+u"], "take away all of the line before"),

  entry("choosing-help", "choosing", ["?"], "every key and every command"),
  entry("choosing-find", "choosing", ["/"], "search what was said"),

  entry("person-up", "people", ["up"], "the person above"),
  entry("person-down", "people", ["down"], "the person below"),
  entry("person-talk", "people", ["return"], "talk with them alone"),
  entry("person-why", "people", ["w"], "how they are reached, or why not"),
  entry("person-verify", "people", ["v"], "compare keys with them"),
  entry("person-retry", "people", ["r"], "try again to reach them"),

  entry("message-up", "messages", ["up"], "the message above"),
  entry("message-down", "messages", ["down"], "the message below"),
  entry("message-answer", "messages", ["r", "return"], "answer it"),
  entry("message-edit", "messages", ["e"], "say it otherwise, if it is yours"),
  entry("message-delete", "messages", ["d"], "take it back, if it is yours"),
  entry("message-react", "messages", ["+"], "put an emoji to it"),
  entry("message-info", "messages", ["i"], "who has it"),
  entry("message-copy", "messages", ["c"], "copy its text"),

  entry("choice-up", "list", ["up", "ctrl+up", "shift+tab"], "the choice above"),
  entry("choice-down", "list", ["down", "ctrl+down", "tab"], "the choice below"),
  entry("choose", "list", ["return"], "take it"),

  entry("page-up", "page", ["up"], "a line up"),
  entry("page-down", "page", ["down"], "a line down"),
  entry("page-copy", "page", ["c"], "copy what the page is about"),
  entry("page-command", "page", ["/"], "leave it, and begin a command"),
] as const;

export const KEY_TABLE: readonly KeyEntry<Action>[] = TABLE;

type Entry = (typeof TABLE)[number];

export type Action = Entry["action"];

/** What can be done in one place. */
export type ActionAt<At extends Where> = Extract<Entry, { where: At }>["action"];

export function isAt<At extends Where>(where: At, action: Action): action is ActionAt<At> {
  return TABLE.some((known) => known.action === action && known.where === where);
}

/** How the help calls each part of the table. */
export const WHERE_WORDS: Readonly<Record<Where, string>> = {
  anywhere: "Anywhere",
  write: "While you write",
  choosing: "Wherever you do not write",
  people: "Among the people",
  messages: "On a message",
  list: "In a list",
  page: "On a page",
};

function entry<const Name extends string, const At extends Where>(
  action: Name,
  where: At,
  keys: readonly string[],
  about: string,
): KeyEntry<Name, At> {
  return { action, where, keys, about };
}

function numbered(): readonly string[] {
  return Array.from({ length: 9 }, (_, i) => `alt+${i + 1}`);
}
