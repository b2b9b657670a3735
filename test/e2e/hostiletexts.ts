/** Each begins with its own mark, so that it can be found whatever became of the rest. */
export const HOSTILE: readonly string[] = [
  "\u001b[2J\u001b[1;1H\u001b[31m cleared and painted",
  "\u001b]0;OWNED\u0007 \u001b]8;;http://example.org\u001b\\link\u001b]52;c;ZXZpbA==\u0007",
  "\u009b2J \u009d0;OWNED\u009c \u0090q\u009c",
  "back\b\b\b\b over\rwritten \u0000 \u007f \u000b \u000c",
  "\u202etxet desrever\u202c \u2066isolated\u2069 \u200fmark\u200e \u061cmark",
  "split \u001b",
  "]0;OWNED in two",
  `flood${"\u0301".repeat(2000)} zero\u200b\u2060\ufeffwidth a\u200db`,
].map((text, i) => `m${i} ${text}`);

/** What of that may reach the terminal in no place and no form. */
export const FORBIDDEN: readonly RegExp[] = [
  /\u001b\][^\u0007\u001b]*OWNED|\u001b\](?:8|52);/,
  /\u001b\[(?:2J|31m)|\u001bP(?!tmux;|\+q)/,
  /[\u0080-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
  /\u0301{5}/,
  /[\u0000\u0008\u000b\u000c\u007f]/,
];
