/** What somebody does in the page; each ends once the page shows that it is done. */
export interface Hands {
  /** Beside what is written already, and leaves it so. */
  write(text: string): Promise<void>;
  send(): Promise<void>;
  /** Writes the beginning of a word, and takes this of how it can go on. */
  complete(begun: string, whole: string): Promise<void>;
  /** What is written next is an answer to this message. */
  answer(said: string): Promise<void>;
  /** What is written next stands at the end of this message. */
  change(said: string): Promise<void>;
  react(said: string, emoji: string): Promise<void>;
  enter(name: string): Promise<void>;
  /** Searches for these words, and goes to the message that is found. */
  find(words: string): Promise<void>;
  /** From wherever one reads to what was said last. */
  toEnd(): Promise<void>;
  /** Opens what both see. */
  compareKeys(name: string): Promise<void>;
  /** Says that it is the same for both. */
  confirmKeys(): Promise<void>;
  /** A private one, with the link to it shown. */
  makeRoom(name: string): Promise<void>;
  /** The invitation in the last message that holds one. */
  follow(): Promise<void>;
  /** Whatever was opened beside the conversation. */
  closeAside(): Promise<void>;
}
