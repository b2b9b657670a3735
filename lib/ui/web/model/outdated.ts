export interface Parts {
  /** What this page was made of, as its HTML names it: each name has a digest of what it names. */
  readonly own: readonly string[];
  /** The HTML of the page that the node serves by now. */
  readonly served: string;
  /** The same when this page was loaded anew last for that; null where it never was. */
  readonly before: string | null;
}

/**
 * Whether the node serves a page of other parts than this one has, as after an upgrade. Whoever was
 * loaded anew for the very same and is not made of it is not loaded again.
 */
export function isOutdated({ own, served, before }: Parts): boolean {
  return served !== before && own.some((name) => !served.includes(name));
}
