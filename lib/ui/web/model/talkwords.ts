import { lineSafe } from "../../../base/text.ts";
import type { Conversation } from "../../talk/conversation.ts";
import type { PageModel } from "./pagemodel.ts";
import { howWords } from "./personwords.ts";

/** So many are named; of more, the number is told. */
const TYPING_NAMED_MAX = 2;

/** Who is typing; empty where nobody is. */
export function typingWords({ view }: Pick<PageModel, "view">, { typing }: Conversation): string {
  const names = [...typing.values()].map((who) => lineSafe(view.nameOf(who)));
  if (names.length === 0) return "";
  if (names.length > TYPING_NAMED_MAX) return `${names.length} people are typing…`;
  return `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…`;
}

/** Who is in a room, or how somebody is reached; the short of it. */
export function peopleWords(model: PageModel, where: Conversation, now: number): string {
  if (where.isBuiltIn) return "a part of this program: nothing you say leaves it";
  if (where.who !== undefined) {
    const person = model.view.person(where.who.id);
    return person === undefined ? "gone" : howWords(model, person, now);
  }
  if (!where.isRoom) return "never met here";
  const count = where.members.length;
  if (where.isLonely) return "nobody else yet";
  return count === 0 ? "" : `${count} members`;
}

/** How far the history of a room has come, where some of it was missed. */
export function syncWords({ sync }: Conversation): string {
  if (sync === undefined) return "";
  const count = sync.missing === 1 ? "1 message" : `${sync.missing} messages`;
  if (sync.state === "incomplete") return `${count} missing: nobody who is here has them`;
  return `catching up, ${count} to come`;
}

/** Who can read what is said there. */
export function readerWords(isRoom: boolean, isPrivate: boolean): string {
  if (!isRoom) return "Only the two of you can read this";
  return isPrivate
    ? "Only who has the secret of this room can read it"
    : "Nobody between its members can read this; anybody may enter who knows its name";
}
