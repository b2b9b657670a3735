import { wordsOf } from "../lib/io/failure.ts";
import { isPageAwaited } from "../lib/io/web/webkeep.ts";
import type { ChatOptions } from "./chatoptions.ts";
import { Hub } from "./hub.ts";
import type { NodeParts } from "./nodehost.ts";
import type { Seat, Sitter } from "./seat.ts";
import type { Web } from "./web.ts";

interface PagesParts {
  readonly open: () => Promise<Web>;
  /** Whether there are pages in browsers that wait for a node which was killed. */
  readonly isAwaited: () => boolean;
  readonly complain: (text: string) => void;
}

/** A node's page, which is served from the time on that somebody asks for it. */
export class Pages {
  readonly #parts: PagesParts;
  #web: Promise<Web> | undefined;

  constructor(parts: PagesParts) {
    this.#parts = parts;
  }

  /** Serves it again where the node was killed that did, as it was not asked to end. */
  resume(): void {
    const { isAwaited, complain } = this.#parts;
    if (!isAwaited()) return;
    this.#serve().catch((error: unknown) => {
      complain(`The page could not be served again: ${wordsOf(error)}`);
    });
  }

  /** Where it is, for one browser, which is to open it within ten minutes. Throws a Failure. */
  async url(): Promise<string> {
    return (await this.#serve()).url();
  }

  async close(): Promise<void> {
    const web = await this.#web?.catch(() => undefined);
    web?.close();
  }

  async #serve(): Promise<Web> {
    this.#web ??= this.#parts.open();
    try {
      return await this.#web;
    } catch (error) {
      // The next may fare better.
      this.#web = undefined;
      throw error;
    }
  }
}

/** A node's hub, and its page, each of whose tabs sits there. */
export function openHub(
  options: ChatOptions,
  parts: NodeParts,
): { readonly hub: Hub; readonly pages: Pages } {
  const { dataDirectory } = options.paths;
  const complain = (message: string): void => {
    parts.log.write({ type: "log", level: "error", message, fields: {} });
  };
  const pages = new Pages({
    open: async () => {
      // Nobody else is to pay for it.
      const { Web } = await import("./web.ts");
      const sit = (sitter: Sitter): Seat => hub.sit({ kind: "web", isMain: false }, sitter);
      return await Web.open({ dataDirectory, sit, complain });
    },
    isAwaited: () => isPageAwaited(dataDirectory),
    complain,
  });
  const hub = new Hub(options, parts, { openPage: () => pages.url() });
  return { hub, pages };
}
