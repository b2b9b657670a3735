/** The characters that are no text: one set for terminals of any characters, one for ASCII. */
export interface Signs {
  /** There is more than fits. */
  readonly more: string;
  readonly across: string;
  readonly down: string;
  readonly corner: string;
  /** What became of a message. */
  readonly queued: string;
  readonly sent: string;
  readonly delivered: string;
  readonly read: string;
  readonly failed: string;
  /** Between parts of one line. */
  readonly dot: string;
  readonly answer: string;
  readonly older: string;
  readonly newer: string;
  readonly pointer: string;
  readonly barDone: string;
  readonly barLeft: string;
  /** Whether there are half blocks to draw codes with. */
  readonly hasBlocks: boolean;
}

export const UNICODE_SIGNS: Signs = {
  more: "…",
  across: "─",
  down: "│",
  corner: "┴",
  queued: "…",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓r",
  failed: "✗",
  dot: "·",
  answer: "↳",
  older: "↑",
  newer: "↓",
  pointer: "›",
  barDone: "█",
  barLeft: "░",
  hasBlocks: true,
};

export const ASCII_SIGNS: Signs = {
  more: "~",
  across: "-",
  down: "|",
  corner: "+",
  queued: ".",
  sent: ">",
  delivered: ">>",
  read: ">>r",
  failed: "x",
  dot: "-",
  answer: "\\",
  older: "^",
  newer: "v",
  pointer: ">",
  barDone: "#",
  barLeft: "-",
  hasBlocks: false,
};
