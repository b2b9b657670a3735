/**
 * A session's ordered channels. Each is a stream of its own: one never waits for another, and what
 * waits on a lower one leaves first.
 */
export const RENDEZVOUS_CHANNEL = 0;
export const CHAT_CHANNEL = 1;
/** What two people tell each other of themselves, beside the chat. */
export const ASIDE_CHANNEL = 2;
export const BULK_CHANNEL = 3;
export const CHANNELS_MAX = 4;
