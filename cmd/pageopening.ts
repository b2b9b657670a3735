import { findOpener, openInBrowser } from "../lib/io/web/browser.ts";
import { Forwarding } from "../lib/io/web/forwarding.ts";

export interface PageOpening {
  /** Of the profile whose page it is. */
  readonly dataDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the page, as it is good once. */
  readonly url: string;
}

/** Shows the page in the person's browser; false where there is none that could be started. */
export function openPage({ dataDirectory, env, url }: PageOpening): boolean {
  const { platform } = process;
  const opener = findOpener({ env, platform, which: (program) => Bun.which(program) });
  if (opener === undefined) return false;
  const forwarding = new Forwarding(dataDirectory);
  forwarding.leadTo(url);
  const isOpening = openInBrowser(opener, forwarding.path);
  if (!isOpening) forwarding.remove();
  return isOpening;
}
