/** A running hash of everything that happened, so that two runs can be told to be the same. */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x01000193;
  #entries = 0;

  get entries(): number {
    return this.#entries;
  }

  /** `what` names the kind of event, and the parties where there are any. */
  add(nowMs: number, what: string, bytes?: Uint8Array): void {
    this.#entries += 1;
    this.#mix(Math.floor(nowMs / 2 ** 20));
    this.#mix(Math.floor((nowMs % 2 ** 20) * 2 ** 12));
    this.#mix(Bun.hash.crc32(what));
    if (bytes === undefined) return;
    this.#mix(bytes.length);
    this.#mix(Bun.hash.crc32(bytes));
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  /** FNV-1a over 32-bit words in one lane, the same with a rotation in the other. */
  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    const mixed = Math.imul(this.#high ^ word, 0x85ebca6b);
    this.#high = (mixed << 13) | (mixed >>> 19);
  }
}
