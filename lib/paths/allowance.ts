/** What one introduction may cause at the most, whatever it claims. PROTOCOL.md §7. */
export const PROBES_PER_INTRODUCTION = 20;
export const PROBE_BYTES_PER_INTRODUCTION = 6000;

/** Datagrams that have left on account of an introduction. */
export interface Spent {
  readonly datagrams: number;
  readonly bytes: number;
}

/**
 * What an introduction may still cause: every datagram that leaves on account of it is taken from
 * here, whatever it is for.
 */
export class Allowance {
  #datagrams = 0;
  #bytes = 0;

  /** Those that it still pays for, as far as its bytes go. */
  get datagrams(): number {
    return this.#datagrams;
  }

  /** Another introduction: nothing of one before is left. */
  renew({ datagrams, bytes }: Spent): void {
    this.#datagrams = PROBES_PER_INTRODUCTION - datagrams;
    this.#bytes = PROBE_BYTES_PER_INTRODUCTION - bytes;
  }

  /** Whether it pays for a datagram of so many bytes and leaves `kept` more such. */
  has(bytes: number, kept = 0): boolean {
    return this.#datagrams > kept && this.#bytes >= bytes * (1 + kept);
  }

  /** Takes one datagram of so many bytes, or nothing and says false. */
  take(bytes: number): boolean {
    if (!this.has(bytes)) return false;
    this.#datagrams -= 1;
    this.#bytes -= bytes;
    return true;
  }
}
