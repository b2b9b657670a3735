import { pageClock } from "./pageclock.ts";
import type { Screen } from "./pictures.ts";

/** The window, or the tab, that this page is shown in. */
export const windowScreen: Screen = {
  get isHidden() {
    return document.hidden;
  },
  now: () => pageClock.now(),
  onFrame: (act) => {
    const frame = requestAnimationFrame(act);
    return () => cancelAnimationFrame(frame);
  },
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
