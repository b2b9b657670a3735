import type { Pattern } from "./handshake.ts";

/** Noise §7.5: the initiator knows the responder's static key and sends its own, encrypted. */
export const IK: Pattern = {
  protocol: "Noise_IK_25519_AESGCM_SHA256",
  preMessages: ["responder"],
  messages: [
    ["e", "es", "s", "ss"],
    ["e", "ee", "se"],
  ],
};

/** An ephemeral key, a static key with its tag, and the payload's tag: 32 + 48 + 16. */
export const IK_MESSAGE1_OVERHEAD = 96;

/** An ephemeral key and the payload's tag: 32 + 16. */
export const IK_MESSAGE2_OVERHEAD = 48;
