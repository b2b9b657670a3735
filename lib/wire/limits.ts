/** Sizes, ages and counts that both ends hold to, each with its reason. PROTOCOL.md §10. */

/** Largest datagram before a path is measured: IPv6's least MTU, 1280, less 48 for IP and UDP. */
export const DATAGRAM_BYTES_BASE = 1200;

/** Largest at all: an IPv6 packet, 65 535, less the same. Only loopback carries it. */
export const DATAGRAM_BYTES_MAX = 65_487;

/**
 * Smallest transport packet: 11 bytes of header, 16 of tag, and as many frames as a path challenge
 * is long, 10. So a challenge is never larger than the packet that led to it.
 */
export const TRANSPORT_BYTES_MIN = 37;

/** A message on a channel: 64 KiB of text, its entry's frame and the envelope around that. */
export const MESSAGE_BYTES_MAX = 66_200;

/**
 * How far a channel's stream may reach beyond what the receiver's user has taken, until a window
 * frame says more: three of the largest messages. As 220 packets it is a queue of some 3 ms, which
 * is what a word waits behind bulk; while a quarter of it is handled, the next is on its way.
 */
export const CHANNEL_WINDOW_BYTES = 2 ** 18;

/** The same for all channels of a session together: a full channel leaves room for the others. */
export const SESSION_WINDOW_BYTES = 3 * 2 ** 18;

/** Data of one unreliable datagram: it fits every path. */
export const UNRELIABLE_BYTES_MAX = 1024;

/**
 * A datagram that is carried. It fits into a packet of 548 bytes, to which a session falls back
 * where larger ones vanish, after 27 bytes of that, 3 of the frame, 33 of who it is for, and with
 * room for an acknowledgement of a few ranges.
 */
export const CARRIED_BYTES_MAX = 470;

/** What is said, in bytes of UTF-8. */
export const TEXT_BYTES_MAX = 65_536;

/** The text of a reply, after an author of 32 bytes and a seq of 6. */
export const BODY_BYTES_MAX = 38 + TEXT_BYTES_MAX;

/** A room's topic, in bytes of UTF-8. */
export const TOPIC_TEXT_BYTES_MAX = 1024;

/** A reaction, in bytes of UTF-8: the longest emoji of Unicode take 35. */
export const REACTION_BYTES_MAX = 64;

/** Entries that share one head, and a receipt. */
export const RUN_ENTRIES_MAX = 256;

/** What an author knows an own run by: a forger is right once in 2^128 tries. */
export const RUN_TAG_BYTES = 16;

/** No more than a lone entry with the longest body: 116 bytes before it, and a tag. */
export const RUN_BYTES_MAX = 116 + BODY_BYTES_MAX + RUN_TAG_BYTES;

/** A hello is padded to this, so that a challenge, at most 305 bytes, is never larger. */
export const HELLO_BYTES = 320;

/** Addresses in a registration or an introduction. */
export const CANDIDATES_MAX = 8;

/** A server's addresses that tell a client where they see it: two ports of two IP addresses. */
export const OBSERVERS_MAX = 4;

/** A server's addresses of the other family than the one by which a client has come. */
export const OTHERS_MAX = 2;

/** What a client says of its NAT: 21 bytes now, and room to grow. A longer one is passed over. */
export const NAT_REPORT_BYTES_MAX = 32;

/** What two who are introduced know each other's probes by: nobody guesses 64 bits in time. */
export const MEETING_TOKEN_BYTES = 8;

/** Topics in a registration: with 8 candidates of 19 bytes it still fits one datagram. */
export const TOPICS_MAX = 32;
export const TOPIC_BYTES = 16;

/** Rooms one client may be in: each takes one of the topics of its registration. */
export const ROOMS_MAX = 32;

/** Chains whose ends one message tells: of all these rooms, and of the conversation of two. */
export const HEADS_MAX = ROOMS_MAX + 1;

/** What shows that somebody is in a private room. */
export const PROOF_BYTES = 32;

/** A page of a listing, so that it fits one datagram beside the headers of frame and packet. */
export const LISTING_BYTES_MAX = 1100;

/** (1100 - 10) / 45: the page's head, and entries with names of one letter and IPv4 addresses. */
export const LISTING_ENTRIES_MAX = 24;

/** Runs in one receipt. */
export const RECEIPT_SEQS_MAX = 128;

/** Checkpoints in one message: 34 kB of 134 bytes each. */
export const CHECKPOINTS_MAX = 256;

/** Tips in one message: 53 kB of 52 bytes each. */
export const TIPS_MAX = 1024;

/** Of a hash, what tells two histories apart that nobody has made to be alike. */
export const HASH_PREFIX_BYTES = 8;

/** Runs that are passed on in one message, each with its length, and how many of them. */
export const PASSED_BYTES_MAX = RUN_BYTES_MAX + 4;
export const PASSED_RUNS_MAX = 1024;

/**
 * A sealed envelope: the runs, each with its length, and beside them 96 bytes of Noise, a card of
 * at most 264 and its length, a seq, a signature, and the number of runs.
 */
export const ENVELOPE_BYTES_MAX = PASSED_BYTES_MAX + 434;

/** Ranges in one acknowledgement; older ones are forgotten. */
export const ACK_RANGES_MAX = 32;

/** Text of a close frame. */
export const CLOSE_REASON_BYTES_MAX = 128;

/** Peers exchange new keys after this much use, the server's sessions after `SERVER_REKEY_MS`. */
export const REKEY_MS = 120_000;
export const SERVER_REKEY_MS = 3_600_000;
export const REKEY_PACKETS = 2 ** 20;
/** No key seals more packets than this: RFC 9001 §6.6 allows AES-GCM 2^23. */
export const KEY_PACKETS_MAX = 2 ** 22;
/** A replaced key still opens packets that were under way. */
export const OLD_KEY_MS = 30_000;

/** What two people compare is fixed by a nonce of each; neither can be tried out in time. */
export const SAS_NONCE_BYTES = 16;
/** SHA-256 of the first of the two. */
export const COMMITMENT_BYTES = 32;

/** Cards in one message, of at most 232 bytes each. */
export const CARDS_MAX = 16;

/** Rooms in one word of what was read: all that one may be in, and what is between the two. */
export const READ_MARKS_MAX = ROOMS_MAX + 1;
