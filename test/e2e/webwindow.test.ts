/** The window of the page becomes larger and smaller, as windows do. */
import { browserTest } from "../support/browser.ts";
import { Story } from "./web/story.ts";
import { Walk, WINDOWS } from "./web/walk.ts";

/** The last message is in sight, and nothing offers the way there. */
const AT_END = `(() => {
  const { scrollTop, scrollHeight, clientHeight } = document.querySelector(".list");
  return scrollTop + clientHeight > scrollHeight - 2 && !document.querySelector(".to-end");
})()`;

/** All that the page does by itself after a change is done. */
const SETTLED = `new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)));
})`;

browserTest("who looks at the end stays there whatever size the window gets", 120_000, async () => {
  await using story = await Story.begin();
  await using walk = await Walk.begin();
  await walk.browser.go(story.alice.url);
  await walk.browser.until(`document.querySelector("textarea")`);
  await story.meet();
  await walk.enter("lobby");
  await walk.browser.until(AT_END);
  for (const window of [...WINDOWS, ...WINDOWS.toReversed()]) {
    await walk.resize(window);
    await walk.browser.evaluate(SETTLED);
    await walk.browser.until(AT_END);
  }
});
