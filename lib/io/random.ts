import type { Random } from "../base/random.ts";

/** The system's own, fit for keys. */
export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
