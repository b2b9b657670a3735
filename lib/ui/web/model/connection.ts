import { SEAT_PATH, SEAT_PROTOCOL, SESSION_PATH } from "../../../contract/pageprotocol.ts";
import { Pass } from "./pass.ts";

/** How long to wait before another try, in ms: at first, and at most. */
const WAIT_MS = 500;
const WAIT_MAX_MS = 5000;

/** Bytes that may wait to leave for the node; what is asked beyond that is not asked. */
const WAITING_BYTES_MAX = 1_000_000;

/** How this page stands with its node. */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** The node is gone, or cannot be reached: it is tried again and again. */
  | { readonly kind: "lost" }
  /** The node lets nobody in by what this page has. */
  | { readonly kind: "refused" };

interface Watcher {
  readonly onLink: (link: Link) => void;
  /** One or more lines of JSON, with a line feed between. */
  readonly onFrame: (frame: string) => void;
}

/** The socket to the node, opened anew for as long as the page is there. */
export class Connection {
  readonly #watcher: Watcher;
  readonly #pass = new Pass();
  #socket: WebSocket | undefined;
  #waitMs = WAIT_MS;
  #isEnded = false;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  async begin(): Promise<void> {
    await this.#exchange();
    await this.#connect();
  }

  /** False where nobody is there to hear it. */
  send(line: string): boolean {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return false;
    if (socket.bufferedAmount > WAITING_BYTES_MAX) return false;
    socket.send(line);
    return true;
  }

  /** No further try is made. */
  end(): void {
    this.#isEnded = true;
    this.#socket?.close();
  }

  /** What the address has after `#` is good once, and stands in no history from then on. */
  async #exchange(): Promise<void> {
    const token = location.hash.slice(1);
    if (token === "") return;
    history.replaceState(null, "", location.pathname);
    const answer = await fetch(SESSION_PATH, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    }).catch(() => undefined);
    const pass = await toldIn(answer, "pass");
    if (pass !== undefined) this.#pass.keep(pass);
  }

  async #connect(): Promise<void> {
    // A socket that is refused looks like one that nobody answers: only this tells them apart.
    const answer = await fetch(SESSION_PATH).catch(() => undefined);
    if (this.#isEnded) return;
    if (answer === undefined) return this.#later();
    if (!answer.ok) return this.#refuse();
    const question = await toldIn(answer, "question");
    if (question === undefined) return this.#later();
    const proof = await this.#pass.prove(question, location.host);
    if (this.#isEnded) return;
    if (proof === undefined) return this.#refuse();
    this.#open(proof);
  }

  #open(proof: string): void {
    const url = `ws://${location.host}${SEAT_PATH}`;
    const socket = new WebSocket(url, [SEAT_PROTOCOL, proof]);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#waitMs = WAIT_MS;
      this.#watcher.onLink({ kind: "open" });
    });
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") this.#watcher.onFrame(data);
    });
    socket.addEventListener("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (!this.#isEnded) this.#later();
    });
  }

  #refuse(): void {
    this.#watcher.onLink({ kind: "refused" });
  }

  #later(): void {
    this.#watcher.onLink({ kind: "lost" });
    setTimeout(() => void this.#connect(), this.#waitMs);
    this.#waitMs = Math.min(WAIT_MAX_MS, this.#waitMs * 2);
  }
}

/** A field of what the node answers with; undefined where it refuses. */
async function toldIn(answer: Response | undefined, field: string): Promise<string | undefined> {
  if (answer?.ok !== true) return undefined;
  const told: unknown = await answer.json().catch(() => undefined);
  const value: unknown = typeof told === "object" && told && Reflect.get(told, field);
  return typeof value === "string" ? value : undefined;
}
