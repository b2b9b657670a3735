import type { KeptMessageEvent } from "../../../node/sayings.ts";
import type { PageModel } from "./pagemodel.ts";

/** Messages that a search shows. */
const FOUND = 50;

/** Characters of what is searched for; what is typed beyond them is left out. */
const TYPED_CHARS_MAX = 256;

export interface Finds {
  readonly text: string;
  readonly messages: readonly KeptMessageEvent[];
  /** What there is to say of it. */
  readonly note: string;
}

/** Looks for messages with these words; `onFinds` is told undefined where nothing is asked. */
export function search(
  model: PageModel,
  typed: string,
  isHere: boolean,
  onFinds: (finds: Finds | undefined) => void,
): void {
  const text = typed.trim().slice(0, TYPED_CHARS_MAX);
  if (text === "") return onFinds(undefined);
  const { current } = model;
  const place = isHere && current !== undefined ? model.conversations.placeOf(current) : null;
  const room = place?.startsWith("#") === true ? place : null;
  model.asking.ask(
    (req) => ({
      type: "search",
      req,
      text,
      room,
      with: room === null ? place : null,
      limit: FOUND,
    }),
    (answer) => {
      if (answer.command !== "search") return;
      const { messages, hasMore, unsearched } = answer;
      onFinds({ text, messages, note: noteOf(messages.length, hasMore, unsearched) });
    },
    () => onFinds({ text, messages: [], note: "This cannot be searched for." }),
  );
}

function noteOf(count: number, hasMore: boolean, unsearched: number): string {
  const rest = unsearched > 0 ? ` ${unsearched} older messages are not indexed yet.` : "";
  if (count === 0) return `Nothing was found.${rest}`;
  if (hasMore) return `The last ${count}; more words find fewer.${rest}`;
  return rest.trim();
}

/** Shows a message where it was said, and these words in it. */
export function showFind(
  model: PageModel,
  now: number,
  { id, room, from }: Pick<KeptMessageEvent, "id" | "room" | "from">,
  words: string,
): void {
  const isTheirs = room.startsWith("@") && !model.isMe(from);
  const where = isTheirs ? model.conversations.with(from) : model.conversations.at(room);
  model.reveal(where, id, now, words);
}
