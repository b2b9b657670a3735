import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import type { NoticeBook } from "./noticebook.ts";

/** The conversation below the one that is shown, or above it; after the last comes the first. */
export function nextPlace({ all, current }: Conversations, by: 1 | -1): Conversation | undefined {
  const at = all.findIndex((one) => one === current);
  return all[(at + by + all.length) % all.length];
}

/** Those that name one come first, then in the order of the list, from here on. */
export function nextUnread(
  { all, current }: Conversations,
  notices: NoticeBook,
): Conversation | undefined {
  const at = all.findIndex((one) => one === current);
  const others = [...all.slice(at + 1), ...all.slice(0, Math.max(0, at))].filter((one) => {
    return one.unread.mentions > 0 || !notices.isMuted(one);
  });
  return (
    others.find(({ unread }) => unread.mentions > 0) ??
    others.find(({ unread }) => unread.count > 0)
  );
}
