/** A source of `length` random bytes: the system's in the shell, a seeded one in the simulator. */
export type Random = (length: number) => Uint8Array;
