/** What people type who have no emoji on their keyboard. */
const TYPED: ReadonlyMap<string, string> = new Map([
  ["+1", "👍"],
  ["-1", "👎"],
  ["<3", "❤️"],
  [":)", "🙂"],
  [":(", "🙁"],
  [":D", "😀"],
]);

/** Asks for a character's drawing: keyboards add it where none is due, or leave it out. */
const AS_EMOJI = "\ufe0f";

/**
 * One emoji in the form that Unicode recommends, so that what looks alike is counted together, or
 * undefined. The pattern takes ms to compile: it is made when somebody reacts.
 */
export function parseEmoji(text: string): string | undefined {
  const emoji = TYPED.get(text) ?? text;
  const pattern = new RegExp(String.raw`^\p{RGI_Emoji}$`, "v");
  const forms = [emoji, `${emoji}${AS_EMOJI}`, emoji.replaceAll(AS_EMOJI, "")];
  return forms.find((form) => pattern.test(form));
}
