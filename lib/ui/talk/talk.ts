import type { View } from "../../contract/view.ts";
import type { PeerEvent, ReplyEvent, Who } from "../../node/events.ts";
import type { MessageEvent } from "../../node/sayings.ts";
import type { DraftEvent } from "../../node/shellevents.ts";
import type { Seen } from "../seen.ts";
import type { Asking } from "./asking.ts";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import type { Drafting } from "./drafting.ts";
import type { Standing } from "./standing.ts";
import type { Placing } from "./timeline.ts";

/** What every face has that shows conversations beside one another, terminal or page. */
export interface Talk {
  readonly me: Who;
  readonly view: View;
  readonly conversations: Conversations;
  readonly asking: Asking;
  readonly seen: Seen;
  readonly drafting: Drafting;
  readonly standing: Standing;
  /** When this run did. */
  readonly begunAtMs: number;
  /** The server has been met, or has been waited for. */
  isReady: boolean;
  /** What was left unread before is known: until then nothing is told to be read. */
  isCounted: boolean;
  isLeaving: boolean;
  readonly current: Conversation | undefined;
  enter(conversation: Conversation, now: number): void;
  /** Whether what is added to a conversation now is seen at once. */
  isSeen(conversation: Conversation): boolean;
  /** A line of the program's own in a conversation, the one shown unless another is given. */
  note(now: number, text: string, isWarning?: boolean, where?: Conversation): void;
  /** A message of one's own has another id. */
  onMoved(was: string, id: string): void;
  /** A message has come. */
  onCame(now: number, where: Conversation, event: MessageEvent): void;
  /** A message stands in another place than before, or stands there now. */
  onPlaced(where: Conversation, placing: Placing): void;
  /** Something is being written there in another face of the same node. */
  onDraft(where: Conversation, event: DraftEvent): void;
  /** The answer to something that was asked here. */
  showReply(now: number, event: ReplyEvent): void;
  /** False where no comparison with them is open, in which the pictures could be shown. */
  showComparison(event: Extract<PeerEvent, { type: "verify" }>): boolean;
}
