import { assert } from "../base/assert.ts";

/** The parts of a client's node that store; each counts its tokens from wherever it likes. */
const STORERS = ["chat", "pins"] as const;

type Storer = (typeof STORERS)[number];

/** The node's token for a part's. */
export function tokenOf(storer: Storer, token: number): number {
  return token * STORERS.length + STORERS.indexOf(storer);
}

/** Whose it is, and what it is there. */
export function storerOf(token: number): { readonly storer: Storer; readonly token: number } {
  const place = token % STORERS.length;
  const storer = STORERS[place];
  assert(storer !== undefined, "a token is one that this node has given");
  return { storer, token: (token - place) / STORERS.length };
}
