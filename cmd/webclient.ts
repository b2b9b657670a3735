import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { tellHuman } from "../lib/io/human.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { tryDoor } from "./door.ts";
import { closeNode, openNode } from "./nodehost.ts";
import { openPage } from "./pageopening.ts";
import { openHub } from "./pages.ts";
import { onSignals } from "./signals.ts";

/**
 * Runs a client whose face is a page in the browser until it is asked to end. Returns the exit
 * code; throws a Failure.
 */
export async function runWebClient(asked: ChatOptions): Promise<number> {
  const parts = await openNode(asked);
  const options = { ...asked, rooms: parts.rooms };
  const remarks = [...parts.remarks];
  const { hub, pages } = openHub(options, parts);
  const door = tryDoor(hub, options.paths, (text) => remarks.push(text));
  let exitCode: number = EXIT.done;
  const forget = onSignals((code) => {
    exitCode = code;
    hub.quit();
  });
  // Without a face, it is told what it can do something about.
  hub.sit({ kind: null, isMain: false }, { ...SILENT, complain });
  const { dataDirectory } = options.paths;
  await showPage(dataDirectory, () => pages.url());
  for (const remark of remarks) complain(remark);
  hub.start();

  await hub.ended();
  door?.close();
  await pages.close();
  closeNode(parts);
  await door?.sendAway();
  forget();
  return exitCode;
}

/**
 * Tells where the page is, once for a browser that is started here, where there is one, and once
 * for another. `url`: gives a new address each time.
 */
export async function showPage(dataDirectory: string, url: () => Promise<string>): Promise<void> {
  tellHuman(`p2pchat: The page is at ${await url()} and lets one browser in`);
  openPage({ dataDirectory, env: process.env, url: await url() });
}

function complain(text: string): void {
  tellHuman(`p2pchat: ${lineSafe(text)}`);
}

const SILENT = {
  onEvent: () => undefined,
  onTurnEnd: () => undefined,
  onFree: () => undefined,
};
