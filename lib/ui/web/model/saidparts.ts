import type { Who } from "../../../node/events.ts";

/** What a text is made of, as far as it is drawn in its own way. */
export type SaidPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string }
  /** An invitation of this program, to be followed by a press. */
  | { readonly kind: "invitation"; readonly text: string }
  | { readonly kind: "mention"; readonly text: string; readonly isMe: boolean }
  | { readonly kind: "code"; readonly text: string };

/** Parts that are told apart; a text of more goes on as it is. */
const PARTS_MAX = 200;

const PATTERN = new RegExp(
  [
    String.raw`(?<link>https?:\/\/[^\s<>"]+)`,
    String.raw`(?<invitation>p2pchat:\/\/[!-~]+)`,
    "`(?<code>[^`\\n]{1,200})`",
    String.raw`(?<![\p{L}\p{N}_])(?<mention>@[\p{L}\p{M}\p{N}_.\-]{1,64}(?:~[0-9a-f]{8,64})?)`,
  ].join("|"),
  "gu",
);

/** What ends a sentence rather than a link. */
const AFTER_LINK = /(?:[.,;:!?'"]|\)(?![^(]*$))+$/u;

/** Cuts what was said where something is a link, a name or code; whatever else is text. */
export function saidParts(text: string, me: Pick<Who, "name">): readonly SaidPart[] {
  const parts: SaidPart[] = [];
  let at = 0;
  for (const match of text.matchAll(PATTERN)) {
    if (parts.length >= PARTS_MAX) break;
    const part = partOf(match.groups ?? {}, me);
    if (part === undefined) continue;
    const from = match.index;
    if (from > at) parts.push({ kind: "text", text: text.slice(at, from) });
    parts.push(part);
    at = from + (part.kind === "code" ? match[0].length : part.text.length);
  }
  if (at < text.length) parts.push({ kind: "text", text: text.slice(at) });
  return parts;
}

function partOf(
  { link, invitation, code, mention }: Partial<Record<string, string>>,
  me: Pick<Who, "name">,
): SaidPart | undefined {
  if (link !== undefined) return linkOf(withoutEnd(link));
  if (invitation !== undefined) return { kind: "invitation", text: invitation };
  if (code !== undefined) return { kind: "code", text: code };
  if (mention === undefined) return undefined;
  const text = mention.replace(/[.-]+$/, "");
  const name = text.slice(1).replace(/~.*/, "").toLowerCase();
  return text === "@" ? undefined : { kind: "mention", text, isMe: name === me.name.toLowerCase() };
}

function withoutEnd(link: string): string {
  const cut = link.replace(AFTER_LINK, "");
  const opened = cut.split("(").length;
  const closed = cut.split(")").length;
  return closed > opened ? cut.slice(0, cut.lastIndexOf(")")) : cut;
}

/** Nothing but the web is a link, whatever it looks like. */
function linkOf(text: string): SaidPart | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  return { kind: "link", text, href: url.href };
}

/** A few emoji and nothing else: they are drawn large. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= 24 && /^(?:\p{RGI_Emoji}\s?){1,3}$/v.test(text);
}
