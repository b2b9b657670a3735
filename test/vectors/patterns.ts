import type { Pattern, Token } from "../../lib/crypto/handshake.ts";

/** Noise §7.4 and §7.5: the patterns beside IK that public vectors exist for. */
export const PATTERNS: readonly Pattern[] = [
  pattern("N", ["responder"], "e es"),
  pattern("K", ["initiator", "responder"], "e es ss"),
  pattern("X", ["responder"], "e es s ss"),
  pattern("NK", ["responder"], "e es", "e ee"),
  pattern("KK", ["initiator", "responder"], "e es ss", "e ee se"),
  pattern("XK", ["responder"], "e es", "e ee", "s se"),
  pattern("XX", [], "e", "e ee s es", "s se"),
  pattern("IX", [], "e s", "e ee se s es"),
];

function pattern(
  name: string,
  preMessages: Pattern["preMessages"],
  ...messages: readonly string[]
): Pattern {
  return {
    protocol: `Noise_${name}_25519_AESGCM_SHA256`,
    preMessages,
    messages: messages.map((tokens) => tokens.split(" ").map(token)),
  };
}

function token(text: string): Token {
  switch (text) {
    case "e":
    case "s":
    case "ee":
    case "es":
    case "se":
    case "ss":
      return text;
    default:
      throw new Error(`No token of a Noise pattern: ${text}`);
  }
}
