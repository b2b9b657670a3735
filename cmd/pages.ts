import type { ChatOptions } from "./chatoptions.ts";
import { Hub } from "./hub.ts";
import type { NodeParts } from "./nodehost.ts";
import type { Web } from "./web.ts";

/** A node's page, which is served from the time on that somebody asks for it. */
export class Pages {
  readonly #open: () => Promise<Web>;
  #web: Promise<Web> | undefined;

  constructor(open: () => Promise<Web>) {
    this.#open = open;
  }

  /** Where it is, for one browser, which is to open it within ten minutes. Throws a Failure. */
  async url(): Promise<string> {
    this.#web ??= this.#open();
    try {
      return (await this.#web).url();
    } catch (error) {
      // The next may fare better.
      this.#web = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    const web = await this.#web?.catch(() => undefined);
    web?.close();
  }
}

/** A node's hub, and its page, each of whose tabs sits there. */
export function openHub(
  options: ChatOptions,
  parts: NodeParts,
): { readonly hub: Hub; readonly pages: Pages } {
  const pages = new Pages(async () => {
    // Nobody else is to pay for it.
    const { Web } = await import("./web.ts");
    return await Web.open({
      dataDirectory: options.paths.dataDirectory,
      sit: (sitter) => hub.sit({ kind: "web", isMain: false }, sitter),
      complain: (message) => {
        parts.log.write({ type: "log", level: "error", message, fields: {} });
      },
    });
  });
  const hub = new Hub(options, parts, { openPage: () => pages.url() });
  return { hub, pages };
}
