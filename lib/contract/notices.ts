/** What of a conversation calls somebody who looks elsewhere. */
export type NoticeLevel = "all" | "mentions" | "none";

export const NOTICE_LEVELS: readonly NoticeLevel[] = ["all", "mentions", "none"];

export function parseNoticeLevel(text: string): NoticeLevel | undefined {
  return NOTICE_LEVELS.find((level) => level === text);
}
