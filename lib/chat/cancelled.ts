/** What a message is called that was taken back before it went out. */
export const CANCELLED = "cancelled";
