/** A whole conversation by keys alone, each of which shows where the keys are. */
import { browserTest } from "../support/browser.ts";
import { Home } from "./web/home.ts";
import { Keys } from "./web/keys.ts";
import { converse, gather } from "./web/wholestory.ts";

browserTest("a whole conversation is held by keys alone", 120_000, async () => {
  await using home = await Home.start();
  const cast = await gather(home, (tab) => new Keys(tab));
  await converse(cast);
});
