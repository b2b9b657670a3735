import type { OwnCard } from "../lib/io/identity.ts";
import type { Store } from "../lib/io/store.ts";
import { shortId } from "../lib/ui/words.ts";

export interface Found {
  /** What of an earlier run was gone before anything was opened, in words. */
  readonly loss: string | undefined;
  readonly card: OwnCard;
  readonly store: Store;
}

/** What a person is to know first of what was found on the disk, or was not. */
export function remarksOf({ loss, card: { former, isFirst }, store }: Found): string[] {
  const remarks: string[] = [];
  if (former !== undefined) {
    const before = `${former.name}~${shortId(former.id)}`;
    remarks.push(
      `identity.key is not the one of before: who knows ${before} takes you for somebody else`,
    );
  }
  if (loss !== undefined) remarks.push(loss);
  else if (store.lack === "all" && !isFirst) {
    remarks.push("p2pchat.db held nothing: whatever was kept here before is lost");
  } else if (store.lack === "end") {
    remarks.push("p2pchat.db has lost what came last: it ends before what was shown from it");
  }
  return remarks;
}
