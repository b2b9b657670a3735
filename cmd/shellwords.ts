/** A word as a shell takes it. */
export interface TypedWord {
  /** Without quotes and backslashes. */
  readonly text: string;
  /** The quote that is open at its end. */
  readonly quote: "'" | '"' | "";
}

/**
 * The words of a line that is being typed, as shells take them: single and double quotes and
 * backslashes. The last is the one that is being typed, empty after a space. Nothing else that a
 * shell knows means anything here.
 */
export function wordsTyped(line: string): readonly TypedWord[] {
  const words: TypedWord[] = [];
  let text: string | undefined;
  let quote: TypedWord["quote"] = "";
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (quote === "" && /\s/.test(character)) {
      if (text !== undefined) words.push({ text, quote });
      text = undefined;
      continue;
    }
    text ??= "";
    const isOpening = quote === "" && (character === "'" || character === '"');
    if (isOpening) quote = character;
    else if (quote !== "" && character === quote) quote = "";
    else if (character === "\\" && quote !== "'" && i + 1 < line.length) {
      text += line.charAt((i += 1));
    } else text += character;
  }
  return [...words, { text: text ?? "", quote }];
}

/** As it is to stand in a line of bash, so that bash takes it for this. */
export function quotedFor(quote: TypedWord["quote"], text: string): string {
  if (quote !== "") return text;
  return text.replace(/[^\p{L}\p{M}\p{Nd}_./:=@%+,~-]/gu, "\\$&");
}
