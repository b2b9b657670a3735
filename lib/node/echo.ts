import type { PeerId } from "../base/ids.ts";
import { contentsOf } from "../chat/contentof.ts";
import type { EntriesSaid, WordsGiven } from "../chat/events.ts";
import type { Req } from "./events.ts";
import { Hearing } from "./hearing.ts";
import type { Roster } from "./roster.ts";
import type { Tellings } from "./tellings.ts";

export interface EchoOptions {
  readonly me: PeerId;
  readonly roster: Roster;
  readonly tellings: Tellings;
}

/**
 * Makes events of what one says oneself, as of what others say: for the faces in which it was not
 * said. What has become of it comes behind, as it does for the face in which it was.
 */
export class Echo {
  readonly #options: EchoOptions;
  readonly #hearing: Hearing;
  /** The mark of what is told next. */
  #req: Req = null;

  constructor(options: EchoOptions) {
    const { me, roster, tellings } = options;
    this.#options = options;
    this.#hearing = new Hearing({
      me,
      roster,
      tellings: {
        addHeard: (event) => {
          if (event !== undefined) tellings.addEcho(event, this.#req);
        },
        askOfHeard: (question) => tellings.askOfEcho(question, this.#req),
      },
    });
  }

  /** `place`: what its room is called. */
  onSaid(now: number, { run, messages }: EntriesSaid, place: string): void {
    const { room, author } = run;
    const contents = contentsOf(run);
    messages.forEach(({ id, req }, i) => {
      const [said, content] = [run.entries[i], contents[i]];
      if (said === undefined || content === undefined) return;
      const entry = { ...said, room, author, seq: run.seq + i };
      const entries = [{ id, entry, content, isLate: false }];
      this.#req = req;
      this.#hearing.onHeard(now, { kind: "heard", room, author, isFilled: false, entries }, place);
    });
  }

  onReworded({ id, text, req }: WordsGiven, place: string): void {
    const { me, roster, tellings } = this.#options;
    const from = roster.who(me);
    const edited = { type: "edited", id, room: place, from, text, isReworded: true } as const;
    tellings.addEcho(edited, req);
  }
}
