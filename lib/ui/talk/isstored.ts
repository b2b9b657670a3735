import type { Item, Saying } from "./timeline.ts";

/** Own messages have their asking's mark until the disk has them. */
export function isStored(id: string): boolean {
  return !id.startsWith("req ");
}

/** Nobody has it but who said it. */
export function isUnkept(item: Item): item is Saying {
  return item.kind === "saying" && !isStored(item.id) && item.fate?.state === "failed";
}
