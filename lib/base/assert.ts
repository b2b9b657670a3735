/** Stops the program when something that must hold here does not: the mistake is ours. */
export function assert(condition: boolean, shouldHold: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${shouldHold}`);
}
