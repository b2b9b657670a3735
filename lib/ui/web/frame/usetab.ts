import { useEffect } from "react";
import { faviconOf } from "../model/favicon.ts";
import type { PageModel } from "../model/pagemodel.ts";

/** How the page looks among other tabs: how much is unread that was not to be left unsaid. */
export function useTab({ conversations, notices }: PageModel): void {
  const unread = conversations.all
    .filter((one) => !notices.isMuted(one))
    .reduce((sum, one) => sum + one.unread.count, 0);
  const hasUnread = unread > 0;
  useEffect(() => {
    document.title = hasUnread ? `(${unread}) p2pchat` : "p2pchat";
  }, [unread, hasUnread]);
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link !== null) link.href = faviconOf(hasUnread);
  }, [hasUnread]);
}
