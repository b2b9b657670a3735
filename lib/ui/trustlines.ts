import { lineSafe } from "../base/text.ts";
import type { View } from "../contract/view.ts";
import type {
  Held,
  PeerEvent,
  Picture,
  ReadyEvent,
  ReplyEvent,
  TrustEvent,
  VerifyEvent,
  Who,
} from "../node/events.ts";
import { qrOn, type QrScreen } from "./qrcode.ts";

type RenamedEvent = Extract<PeerEvent, { type: "renamed" }>;
type VerifyReply = Extract<ReplyEvent, { command: "verify" }>;

/** Groups of five digits in a line. */
const GROUPS_PER_LINE = 4;

/** Blocked people who are named; of more the number. */
const NAMED_MAX = 8;

/** What is thought of somebody now, or what is to be decided. */
export function trustLine(
  { who, trust, isBlocked, held }: Omit<TrustEvent, "type">,
  nameOf: (who: Who) => string,
): string {
  const name = nameOf(who);
  if (isBlocked) {
    const but = held === undefined ? "" : `, but for ${heldWords(held, nameOf)}`;
    return `* ${name} is blocked: nothing goes to them or comes from them${but}`;
  }
  switch (trust) {
    case "changed":
      // Another has, or had, that name, or the keys that were compared differ.
      return (
        `! ${name} may be somebody else than you think, and is sent nothing by you, though ` +
        `others in a room may pass on what you say there: ask in person, ` +
        `then /trust ${name} or /block ${name}`
      );
    case "verified":
      return `* ${name} is verified: you have compared keys`;
    case "known":
    case "new":
      return `* ${name} is ${trust}: you have not compared keys`;
    default:
      return trust satisfies never;
  }
}

/** Who is blocked, as one is told at the beginning; nothing where nobody is. */
export function blockedLines(view: View, { blocked = [] }: ReadyEvent): readonly string[] {
  if (blocked.length === 0) return [];
  const named = blocked.slice(0, NAMED_MAX).map((who) => lineSafe(view.nameOf(who)));
  const more = blocked.length - named.length;
  const others = more === 0 ? "" : ` and ${more} more`;
  return [`* ${blocked.length} blocked: ${named.join(", ")}${others}`];
}

/** Who somebody is, as far as that has changed. */
export function personLine(view: View, event: TrustEvent | RenamedEvent): string {
  const nameOf = (who: Who): string => lineSafe(view.nameOf(who));
  if (event.type === "trust") return trustLine(event, nameOf);
  // Names are claims: whoever was known by one is told of under the next as well.
  const before = lineSafe(view.formerNameOf(event));
  return `* ${before} is called ${nameOf(event.who)} now, under the same key`;
}

/** Messages that are out of one's own hands. */
function heldWords({ count, by }: Held, nameOf: (who: Who) => string): string {
  // Edits and reactions count as well.
  const what = count === 1 ? "1 thing you said" : `${count} things you said`;
  const [first, ...others] = by;
  const holders = others.length === 0 ? "" : ` and ${others.length} more`;
  const holder = first === undefined ? "somebody" : nameOf(first);
  const verb = others.length === 0 ? "holds" : "hold";
  return `${what} that ${holder}${holders} ${verb} for them already, and may bring them`;
}

/** How far a comparison has come; the first line says when. */
export function verifyLines({ state, pictures }: VerifyEvent, name: string): readonly string[] {
  switch (state) {
    case "asked":
      return [`* ${name} wants to compare keys with you: /verify ${name}`];
    case "compare":
      return [
        `* ${name} sees the same seven pictures, if nobody stands between you:`,
        ...pictureLines(pictures ?? []),
        howToEnd(name),
      ];
    case "match":
      return [`* ${name} says that it matches`];
    case "differs":
      return [`! ${name} says that it differs: somebody may stand between you`];
    case "broken":
      return [`! the comparison with ${name} was interfered with: try again, or meet in person`];
    default:
      return state satisfies never;
  }
}

/** What two people read to one another; the code is for who can point a camera at it. */
export function comparisonLines(
  { trust, number, code, pictures }: VerifyReply,
  name: string,
  qr: QrScreen | undefined,
): readonly string[] {
  const groups = number.split(" ");
  const isDone = trust === "verified";
  const words = isDone
    ? "you have compared keys"
    : "compare by voice or in person, not in this chat";
  const lines = [`* you and ${name} (${trust}): ${words}`];
  if (!isDone) lines.push(...qrOn(qr, code));
  for (let i = 0; i < groups.length; i += GROUPS_PER_LINE) {
    lines.push(`  ${groups.slice(i, i + GROUPS_PER_LINE).join(" ")}`);
  }
  if (pictures !== null) lines.push(...pictureLines(pictures));
  lines.push(isDone ? `  not the same any more? /verify ${name} differs` : howToEnd(name));
  return lines;
}

export function pictureLines(pictures: readonly Picture[]): readonly string[] {
  return pictures.map(({ picture, name, number }) => `  ${picture} ${name} (${number})`);
}

function howToEnd(name: string): string {
  return `  the same on both sides? /verify ${name} match, or /verify ${name} differs`;
}
