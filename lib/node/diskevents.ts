/** The disk here refuses to keep anything, or does so no more. */
export interface DiskEvent {
  readonly type: "disk";
  readonly state: "refusing" | "working";
}

/** The answer to a decision, which holds from now on. */
export interface Decided {
  /** The disk has refused it so far, and is asked again: it ends with the program otherwise. */
  readonly isKept?: false;
}

export function decided(isKept: boolean): Decided {
  return isKept ? {} : { isKept: false };
}
