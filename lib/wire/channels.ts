/** A session's ordered channels. Each is a stream of its own: one never waits for another. */
export const RENDEZVOUS_CHANNEL = 0;
export const CHAT_CHANNEL = 1;
export const CHANNELS_MAX = 4;
