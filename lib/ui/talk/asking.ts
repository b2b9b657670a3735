import type { Asked } from "../../contract/asked.ts";
import type { PeerEvent, ReplyEvent } from "../../node/events.ts";

type Answer = ReplyEvent | Extract<PeerEvent, { type: "error" }>;
type OnReply = (answer: ReplyEvent) => void;

/** In words why. */
type OnError = (fault: string) => void;

const OWN_REQ = "p2pchat/screen ";

/** Questions that may be unanswered; what is asked beyond them is not asked. */
const UNANSWERED_MAX = 256;
const BUSY = "Too much is asked at once: try again in a moment";

/** What the screen asks for itself, so that nobody is shown an answer to what they did not ask. */
export class Asking {
  readonly #command: (command: Asked) => void;
  readonly #unanswered = new Map<
    string,
    { readonly onReply: OnReply; readonly onError: OnError }
  >();
  #count = 0;

  constructor(command: (command: Asked) => void) {
    this.#command = command;
  }

  /** `onError`: it was refused, of which nothing else is said. */
  ask(make: (req: string) => Asked, onReply: OnReply, onError: OnError = () => undefined): void {
    if (this.#unanswered.size >= UNANSWERED_MAX) return onError(BUSY);
    const req = this.#nextReq();
    this.#unanswered.set(req, { onReply, onError });
    this.#command(make(req));
  }

  /** Of what is answered only where it is wrong, which nobody is to be told. */
  tell(make: (req: string) => Asked): void {
    this.#command(make(this.#nextReq()));
  }

  /** False where somebody else asked. */
  handleAnswer(answer: Answer): boolean {
    const { req } = answer;
    if (req?.startsWith(OWN_REQ) !== true) return false;
    const asked = this.#unanswered.get(req);
    this.#unanswered.delete(req);
    if (answer.type === "reply") asked?.onReply(answer);
    else asked?.onError(answer.text);
    return true;
  }

  #nextReq(): string {
    this.#count += 1;
    return `${OWN_REQ}${this.#count}`;
  }
}
