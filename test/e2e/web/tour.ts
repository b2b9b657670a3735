import { arriving, EVERY_TIE, EXAMINED, TALKING } from "./states.ts";
import { Story } from "./story.ts";
import { Walk, type Window, WINDOWS } from "./walk.ts";

export interface Tour {
  /** Looks at what is shown now, in its window. */
  readonly see: (walk: Walk, state: string, window: Window) => Promise<void>;
  /** Of other states, the way there is not gone. */
  readonly wants?: (state: string, window: Window) => boolean;
}

/** Goes through all that the page can show: from before alice is let in to the end of her node. */
export async function tour({ see, wants = () => true }: Tour): Promise<void> {
  await using story = await Story.begin();
  await using walk = await Walk.begin();
  const { browser } = walk;
  const seeAll = async (state: string): Promise<void> => {
    for (const window of WINDOWS) {
      if (!wants(state, window)) continue;
      await walk.resize(window);
      await see(walk, state, window);
    }
  };
  const { url } = story.alice;
  for (const { name, reach } of arriving(url)) {
    await reach(walk);
    await seeAll(name);
  }
  // What differs after the `#` alone is no other page.
  await browser.go("about:blank");
  await browser.go(url);
  await browser.until(`document.querySelector("textarea")`);
  await seeAll("alone");
  await story.meet();
  await walk.enter("bob");
  await story.loseDan();
  await story.goOn();
  // What waits for him is counted a little later.
  await browser.until(`document.querySelector(".room-waits")`);
  for (const window of WINDOWS) {
    await walk.resize(window);
    for (const { name, reach } of TALKING) {
      if (!wants(name, window)) continue;
      await reach(walk);
      await see(walk, name, window);
    }
  }
  for (const { name, reach } of [EXAMINED, EVERY_TIE]) {
    if (!WINDOWS.some((window) => wants(name, window))) continue;
    await reach(walk);
    await seeAll(name);
  }
  await walk.enter("lobby");
  await story.stopAlice();
  await browser.shows("p2pchat has stopped");
  await seeAll("lost");
}
