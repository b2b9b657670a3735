import type { Trust } from "../../../node/events.ts";
import { TRUST_WORDS } from "../model/personwords.ts";
import { Icon } from "../parts/icon.tsx";

/** What is thought of somebody's key, where that is worth a sign. */
export function TrustMark({ trust }: { readonly trust: Trust }) {
  if (trust === "new" || trust === "known") return null;
  return (
    <span className={`trust ${trust}`} title={TRUST_WORDS[trust]}>
      <Icon name={trust === "verified" ? "shield" : "warn"} />
      <span className="hidden">{TRUST_WORDS[trust]}</span>
    </span>
  );
}
