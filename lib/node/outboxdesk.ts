import type { Chat } from "../chat/chat.ts";
import type { ChatEvent } from "../chat/events.ts";
import type { CountsLoaded, WaitingCount } from "../chat/history.ts";
import type { CancelFault } from "../chat/withdrawals.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { ErrorCode, PeerEvent } from "./events.ts";
import type { Output } from "./machine.ts";
import type { WaitingFor } from "./outboxevents.ts";
import type { Roster } from "./roster.ts";

export interface OutboxDeskOptions {
  readonly chat: Chat;
  readonly roster: Roster;
  readonly addressees: Addressees;
  readonly report: (event: PeerEvent) => void;
}

const FAULTS: Readonly<Record<CancelFault, readonly [ErrorCode, string]>> = {
  unknown: ["NO_PEER", "No message of yours with this id is kept"],
  settled: [
    "REFUSED",
    "It waits for nobody any more: it was taken back, or was delivered, and /delete follows it",
  ],
  room: ["REFUSED", "What is said in a room stays in its log: /delete takes it back there"],
  together: ["REFUSED", "It was said at once with others, and goes with them: /delete follows it"],
  sent: ["REFUSED", "It may be there already, or on its way: /delete follows it"],
  storage: ["INTERNAL", "The disk refuses: the message still waits"],
};

/** Where it is asked for what waits, and what waits is taken back. */
export class OutboxDesk {
  readonly #options: OutboxDeskOptions;
  #hasAsked = false;
  #waiting: readonly WaitingFor[] | undefined;

  constructor(options: OutboxDeskOptions) {
    this.#options = options;
  }

  cancel({ req, id }: CommandOf<"cancel">): void {
    this.#options.chat.cancel(id, req);
  }

  onWithdrawn({ req, id, fault }: Extract<ChatEvent, { kind: "withdrawn" }>): void {
    const { addressees, report } = this.#options;
    if (fault === undefined) report({ type: "reply", req, command: "cancel", id });
    else addressees.fail(req, ...FAULTS[fault]);
  }

  /** At the end: for whom one's own messages wait, is asked of the disk, once all is there. */
  pollLoad(): Output<never> | undefined {
    if (this.#hasAsked) return undefined;
    this.#hasAsked = true;
    return { kind: "load", token: 0, query: { kind: "counts" } };
  }

  handleLoaded(loaded: CountsLoaded): void {
    const { roster } = this.#options;
    const counts = loaded.step === "counted" ? loaded.counts : this.#entryCounts();
    this.#waiting = counts
      .map(({ peer, count, held, holders }) => {
        const who = roster.who(peer);
        const heldBy = holders.map((holder) => roster.who(holder));
        const isBarred = roster.isBarred(peer);
        return { who, count, isBarred, isBlocked: roster.isBlocked(peer), held, heldBy };
      })
      .toSorted((a, b) => b.count - a.count);
  }

  /** Those with the most first; undefined before the disk has answered. */
  get waiting(): readonly WaitingFor[] | undefined {
    return this.#waiting;
  }

  /** Of a disk that cannot be read it is not known which of the entries are messages. */
  #entryCounts(): readonly WaitingCount[] {
    const { chat } = this.#options;
    return chat.waiting().map(({ peer, count }) => {
      const { entries: held, holders } = chat.heldFor(peer);
      return { peer, count, held, holders };
    });
  }
}
