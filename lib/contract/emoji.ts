/** What people type who have no emoji on their keyboard. */
const TYPED: Readonly<Record<string, string>> = {
  "+1": "👍",
  "-1": "👎",
  "<3": "❤️",
  ":)": "🙂",
  ":(": "🙁",
  ":D": "😀",
};

/** One emoji, or undefined. The pattern takes ms to compile: it is made when somebody reacts. */
export function parseEmoji(text: string): string | undefined {
  const emoji = TYPED[text] ?? text;
  const pattern = new RegExp(String.raw`^\p{RGI_Emoji}$`, "v");
  return pattern.test(emoji) ? emoji : undefined;
}
