import type { Equivocation } from "../node/equivocations.ts";
import type { Held, PeerPath, Picture } from "../node/events.ts";

/** How somebody is reached. */
export function pathOf({ kind, via, local, remote, rttMs }: PeerPath) {
  return { kind, via, local, remote, rttMs: roundedMs(rttMs) };
}

/** Where somebody has told different people different things, if anywhere. */
export function marksOf({ equivocated }: Equivocation) {
  return equivocated === undefined ? {} : { equivocated: [...equivocated] };
}

/** Of who is blocked: what others hold for them already. */
export function heldFor({ held }: { readonly held?: Held | undefined }) {
  return held === undefined ? {} : { held: { count: held.count, by: [...held.by] } };
}

/** The same for a schema, whose lists may be written to. */
export function copied(pictures: readonly Picture[] | null): Picture[] | null {
  return pictures === null ? null : [...pictures];
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** To hundredths, as far as a clock of a busy machine can be believed. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
