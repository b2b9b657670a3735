/** What stands beside a message of one's own, for how far that has come. */
export const MARKS = {
  queued: "○",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓ in colour",
  failed: "!",
} as const;
