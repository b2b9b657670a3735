/**
 * Writes anew the pictures of the page that are kept: `bun test/e2e/web/screens.ts`, after
 * `bun run build`. They are to be looked at before they are kept.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../support/source.ts";
import { tour } from "./tour.ts";
import { type Window, WINDOWS } from "./walk.ts";

const SCREENS = join(ROOT, "test", "e2e", "screens");

const [DESKTOP, SMALL, TELEPHONE] = WINDOWS;

type Colours = "light" | "dark";

/** A state of the page, the window that shows it, and what it wears. */
type Picture = readonly [state: string, window: Window | undefined, colours: Colours];

const PICTURES: readonly Picture[] = [
  ["talk", DESKTOP, "light"],
  ["talk", DESKTOP, "dark"],
  ["talk", SMALL, "light"],
  ["talk", SMALL, "dark"],
  ["talk", TELEPHONE, "light"],
  ["talk", TELEPHONE, "dark"],
  ["network", DESKTOP, "light"],
  ["network", DESKTOP, "dark"],
  ["person", SMALL, "light"],
  ["comparing keys", TELEPHONE, "dark"],
  ["alone", SMALL, "dark"],
];

function coloursOf(state: string, window: Window): readonly Colours[] {
  return PICTURES.flatMap(([of, within, colours]) => {
    return of === state && within === window ? [colours] : [];
  });
}

mkdirSync(SCREENS, { recursive: true });
await tour({
  wants: (state, window) => coloursOf(state, window).length > 0,
  see: async (walk, state, window) => {
    for (const colours of coloursOf(state, window)) {
      await walk.wear(colours === "dark");
      const name = `page-${state.replaceAll(" ", "-")}-${window.width}x${window.height}-${colours}`;
      await walk.browser.screenshot(join(SCREENS, `${name}.png`));
    }
  },
});
