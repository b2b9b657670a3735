import type { PageModel, Wish } from "./pagemodel.ts";

/** Where one writes. */
export const COMPOSER_ID = "composer";

/** Does what the model wants of the browser. */
export function fulfil(wish: Wish, model: PageModel): void {
  switch (wish.kind) {
    case "copy":
      navigator.clipboard.writeText(wish.text).catch(() => {
        model.flash = "This browser did not let the page copy";
      });
      break;
    case "write":
      document.getElementById(COMPOSER_ID)?.focus();
      break;
    case "ring":
      break;
    default:
      wish satisfies never;
  }
}
