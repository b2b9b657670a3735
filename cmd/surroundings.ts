/** Variables of the environment that mean something here, beside those of XDG. */
export const ENVIRONMENT: readonly (readonly [name: string, about: string])[] = [
  ["P2PCHAT_SERVER", "the server, where --server names none"],
  ["P2PCHAT_ACCESSIBLE", "1: for screen readers; one whole line for each thing, all in words"],
  ["NO_COLOR", "anything: no colours"],
  ["FORCE_COLOR", "anything but 0: colours, also where no terminal is"],
  ["TERM", "dumb: no colours, and lines in place of a full screen"],
  ["LC_ALL, LC_CTYPE, LANG", "a locale of UTF-8: signs beyond ASCII"],
  ["VISUAL, EDITOR", "what writes long messages"],
];

/** Where what is kept lies, unless --data-dir says another place; NAME is the profile's. */
export const FILES: readonly (readonly [path: string, about: string])[] = [
  [
    "~/.local/share/p2pchat/NAME/",
    "the identity, the history, and notify.toml: what calls you from which room",
  ],
  ["~/.local/state/p2pchat/NAME/", "p2pchat.jsonl: the log, and four older ones"],
  ["~/.config/p2pchat/config.toml", "settings: see p2pchat-config(5)"],
  ["~/.config/p2pchat/keys.toml", "the keys of the full screen: see p2pchat-config(5)"],
  [
    "~/.cache/p2pchat/",
    "what draws the full screen, which comes with the program, wherever NAME lies",
  ],
  [
    "$XDG_RUNTIME_DIR/p2pchat/",
    "the sockets of clients that run, for p2pchat attach; without it /tmp/p2pchat-UID/",
  ],
  ["server.txt", "in the working directory: the server, as HOST:PORT or HOST:PORT#KEY"],
];
