import type { Lifetime } from "./lifetime.ts";

/** Rows that are there at once while others come: as many as ours draws. */
const KEPT = 60;

const STYLE = `
  body { margin: 0; font: 15px/21px sans-serif; }
  .list { height: 600px; overflow: hidden auto; }
  ol { margin: 0; padding: 0; list-style: none; }
  li { padding: 2px 24px; }
`;

const SCRIPT = `
  const list = document.querySelector(".list");
  const rows = document.querySelector(".list-rows");
  let count = 0;
  const add = (text, kept) => {
    const row = document.createElement("li");
    row.dataset.key = String(++count);
    row.textContent = text;
    rows.append(row);
    while (rows.children.length > kept) rows.firstChild.remove();
  };
  const socket = new WebSocket("/lines");
  socket.addEventListener("message", ({ data }) => {
    add(data, ${KEPT});
    list.scrollTop = list.scrollHeight;
  });
  globalThis.fill = (wanted) => {
    while (count < wanted) add("a message like any other", wanted);
    list.scrollTop = list.scrollHeight;
  };
`;

const HTML = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>plain</title><style>${STYLE}</style></head>
  <body>
    <h1>plain</h1>
    <div class="list"><ol class="list-rows"></ol></div>
    <script type="module">${SCRIPT}</script>
  </body>
</html>
`;

/** What a page takes that does the least: lines that come by a socket, and nothing around them. */
export class PlainPage implements Disposable {
  readonly #server: Bun.Server<undefined>;
  readonly #forget: () => void;

  constructor(lifetime: Lifetime) {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, server) => {
        if (server.upgrade(request)) return undefined;
        return new Response(HTML, { headers: { "Content-Type": "text/html" } });
      },
      websocket: {
        open: (socket) => void socket.subscribe("lines"),
        message: () => undefined,
      },
    });
    this.#forget = lifetime.bind(() => void this.#server.stop(true));
  }

  get url(): string {
    return this.#server.url.href;
  }

  say(text: string): void {
    this.#server.publish("lines", text);
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
    this.#forget();
  }
}
