/** Nothing that the page can show is shut to people who cannot see, hear or point well. */
import { expect } from "bun:test";
import { browserTest } from "../support/browser.ts";
import { type Rules, violationsIn } from "./web/axe.ts";
import { tour } from "./web/tour.ts";

browserTest("axe-core finds no violation in any state of the page", 240_000, async () => {
  const found: string[] = [];
  await tour({
    see: async (walk, state, { width }) => {
      const look = async (colours: string, rules: Rules): Promise<void> => {
        const where = `${state}, ${width} px, ${colours}`;
        for (const what of await violationsIn(walk.browser, rules)) found.push(`${where}: ${what}`);
      };
      await walk.wear(false);
      await look("light", "all");
      await walk.wear(true);
      await look("dark", "colours");
      if (state !== "lost") return;
      // It would have seen one.
      await walk.browser.evaluate(`document.querySelector("main").append(new Image())`);
      expect(await violationsIn(walk.browser, "all")).toEqual([
        expect.stringMatching(/^image-alt/),
      ]);
      await walk.browser.evaluate(`document.querySelector("img").remove()`);
    },
  });
  expect(found).toEqual([]);
});
