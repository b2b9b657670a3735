import type { Chat } from "../chat/chat.ts";
import type { ChatEvent } from "../chat/events.ts";
import type { CancelFault } from "../chat/withdrawals.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { ErrorCode, PeerEvent } from "./events.ts";
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
  settled: ["REFUSED", "It waits for nobody any more: /delete takes back what was delivered"],
  room: ["REFUSED", "What is said in a room stays in its log: /delete takes it back there"],
  together: ["REFUSED", "It was said at once with others, and goes with them: /delete follows it"],
  sent: ["REFUSED", "It may be there already, or on its way: /delete follows it"],
  storage: ["INTERNAL", "The disk refuses: the message still waits"],
};

/** Where it is asked for what waits, and what waits is taken back. */
export class OutboxDesk {
  readonly #options: OutboxDeskOptions;

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

  /** For whom one's own messages wait, those with the most first. */
  waiting(): readonly WaitingFor[] {
    const { chat, roster } = this.#options;
    return chat
      .waiting()
      .map(({ peer, count }) => {
        const { entries: held, holders } = chat.heldFor(peer);
        const heldBy = holders.map((holder) => roster.who(holder));
        return { who: roster.who(peer), count, isBarred: roster.isBarred(peer), held, heldBy };
      })
      .toSorted((a, b) => b.count - a.count);
  }
}
