/** How a cell is drawn, by the numbers of the escape sequences for it. */
interface Look {
  isBold: boolean;
  isDim: boolean;
  isReversed: boolean;
  ink: string;
  ground: string;
}

const PLAIN: Look = { isBold: false, isDim: false, isReversed: false, ink: "", ground: "" };

/**
 * A screen with its colours as text: `{bold 14}` and the like where a look begins, `{}` where it is
 * the usual one again. Empty cells have no look of their own unless one would see it.
 */
export function paintingOf(screen: string): string {
  return screen
    .split("\n")
    .map((line) => {
      // Each line of tmux's begins anew.
      let look = PLAIN;
      let painted = "";
      let shown = "";
      for (const [, numbers, text = ""] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
        if (numbers !== undefined) look = lookAfter(look, numbers);
        const words = wordsOf(look);
        const isGroundSeen = look.isReversed || look.ground !== "";
        const at = isGroundSeen ? 0 : text.search(/[^ ]/);
        const isChanged = text !== "" && at >= 0 && words !== shown;
        painted += isChanged ? `${text.slice(0, at)}{${words}}${text.slice(at)}` : text;
        if (isChanged) shown = words;
      }
      return painted.trimEnd();
    })
    .join("\n");
}

function wordsOf({ isBold, isDim, isReversed, ink, ground }: Look): string {
  const words = [isBold && "bold", isDim && "dim", isReversed && "reversed", ink];
  return [...words, ground === "" ? "" : `on ${ground}`].filter(Boolean).join(" ");
}

function lookAfter(before: Look, numbers: string): Look {
  const look = { ...before };
  const all = numbers.split(";").map(Number);
  for (let i = 0; i < all.length; i++) {
    const [one = 0, kind, colour] = all.slice(i, i + 3);
    if (one === 0) Object.assign(look, PLAIN);
    else if (one === 1) look.isBold = true;
    else if (one === 2) look.isDim = true;
    else if (one === 7) look.isReversed = true;
    else if (one === 22) Object.assign(look, { isBold: false, isDim: false });
    else if (one === 27) look.isReversed = false;
    else if (one === 39) look.ink = "";
    else if (one === 49) look.ground = "";
    else if ((one === 38 || one === 48) && kind === 5) {
      if (one === 38) look.ink = String(colour);
      else look.ground = String(colour);
      i += 2;
    } else throw new Error(`No look of the terminal's own sixteen colours: ${numbers}`);
  }
  return look;
}
