import { noticeOf } from "../notices/noticeof.ts";
import { notify } from "../notices/notify.ts";
import type { PageModel, Wish } from "./pagemodel.ts";
import type { Store } from "./store.ts";

/** Where one writes. */
export const COMPOSER_ID = "composer";

/** How long a file is held for the browser to take it, in ms. */
const SAVING_MS = 60_000;

/** Does what the model wants of the browser. */
export function fulfil(wish: Wish, model: PageModel, store: Store): void {
  switch (wish.kind) {
    case "copy":
      navigator.clipboard.writeText(wish.text).catch(() => {
        store.act((here) => (here.flash = "This browser did not let the page copy"));
      });
      break;
    case "save":
      save(wish.whole, wish.file);
      break;
    case "write":
      document.getElementById(COMPOSER_ID)?.focus();
      break;
    case "ring": {
      const { where, event } = wish;
      const { notifies, hidesNotices } = store.settings.wanted;
      if (!notifies) break;
      notify(noticeOf(model, where, event, hidesNotices), where.key, () => {
        store.act((here, now) => {
          const again = here.conversations.find(where.key);
          if (again !== undefined) here.go(again, now);
        });
      });
      break;
    }
    default:
      wish satisfies never;
  }
}

/** As what is downloaded; the browser asks where to, or knows. */
function save(whole: Blob, file: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(whole);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), SAVING_MS);
}
