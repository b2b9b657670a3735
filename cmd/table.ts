import type { Command, Flag } from "./command.ts";
import { ATTACH, STATUS, STOP } from "./nodecommands.ts";

/** Where a server listens unless it is told otherwise: STUN's port, which few networks close. */
export const SERVER_PORT = 3478;

const JSON_FLAG: Flag = { name: "json", about: "one JSON object per line" };
const DATA_DIR: Flag = {
  name: "data-dir",
  value: "DIR",
  about: "keeps everything in DIR",
  choices: "folders",
};
const LOG_FLAGS: readonly Flag[] = [
  { name: "verbose", about: "shows the log on standard error too" },
  {
    name: "log-level",
    value: "LEVEL",
    about: "error, warn, info, debug or trace",
    choices: ["error", "warn", "info", "debug", "trace"],
  },
];

/** Whose files a command looks at that does not chat. */
const PROFILE_FLAGS: readonly Flag[] = [
  { name: "name", value: "NAME", about: "whose; else that used last", choices: "profiles" },
  { name: "profile", value: "P", about: "the same, where it is not the name", choices: "profiles" },
  { ...DATA_DIR, about: "where that profile is kept" },
];

const ARCHIVE_EXITS = [
  [1, "failure, or damaged messages were left out"],
  [2, "wrong usage, or no such profile"],
  [4, "nothing is kept of such a room or person"],
] as const;

const CLIENT: Command = {
  about: "Chat with people, directly",
  flags: [
    { name: "name", value: "NAME", about: "what others call you", choices: "profiles" },
    {
      name: "server",
      value: "HOST:PORT[#KEY]",
      about: "who introduces you; else P2PCHAT_SERVER, server.txt, the config file or the LAN says",
      choices: "servers",
    },
    {
      name: "profile",
      value: "P",
      about: "whose identity; else the name's",
      choices: "profiles",
    },
    DATA_DIR,
    { name: "listen", value: "IP:PORT", about: "else a port of the system's" },
    {
      name: "room",
      value: "#ROOM",
      about: "a room to be in, any number of times",
      choices: "rooms",
      isMany: true,
    },
    {
      name: "room-secret-file",
      value: "FILE|-",
      about: "the secret that makes --room a private one; - reads it from the input",
      choices: "files",
    },
    {
      name: "join",
      value: "LINK|@FILE|-",
      about: "an invitation: its server, its key, its room and that one's secret",
      choices: ["-"],
    },
    { name: "no-lobby", about: "stays out of #lobby in this run" },
    { name: "no-lan", about: "neither announced nor found on the local network" },
    { name: "no-portmap", about: "asks no router to open a port" },
    { name: "no-relay", about: "neither carries for others nor is carried" },
    { name: "share-read", about: "tells others how far you have read their words" },
    { name: "no-share-read", about: "tells nobody, whatever the config file says" },
    { name: "hold", about: "holds sealed messages for others until they come" },
    { name: "no-hold", about: "holds nothing for others, whatever the config file says" },
    { name: "ask-hold", about: "has others hold, sealed, what you say to people who are away" },
    { name: "no-ask-hold", about: "has nobody hold anything, whatever the config file says" },
    { name: "plain", about: "one line per thing, for terminals, pipes and screen readers" },
    { name: "json", about: "one JSON object per line, both ways" },
    { name: "web", about: "a page in the browser, on this machine alone" },
    {
      name: "to",
      value: "@WHO|#ROOM",
      about: "sends each line of input there",
      choices: "targets",
    },
    { name: "timeout", value: "S", about: "with --to: seconds, 30 by default" },
    { name: "stay", about: "goes on when the input has ended" },
    { name: "background", about: "goes on without a face: p2pchat attach shows it" },
    { name: "in-background", about: "is told to a copy of itself", isUnlisted: true },
    ...LOG_FLAGS,
  ],
  sections: [
    {
      title: "IN THE CHAT",
      lines: [
        "Text goes to the room; /help lists the commands. The client fills the terminal it is",
        "started at: F1 shows the keys. It writes lines where input or output is no terminal, with",
        "--plain, --to, P2PCHAT_ACCESSIBLE=1 or TERM=dumb, and with --verbose unless the log goes",
        "elsewhere (2>FILE).",
      ],
    },
    {
      title: "IN A BROWSER",
      lines: [
        "With --web, or by /web in the chat, the browser shows the same as a page: the one named",
        "by P2PCHAT_BROWSER or BROWSER, else the system's. Its address goes to standard error as",
        "well; it lets one browser in, within ten minutes. --web stays until it is interrupted.",
      ],
    },
    {
      title: "PRIVATE ROOMS",
      lines: [
        "/new #ROOM makes one and shows an invitation; who starts with --join LINK is in it from",
        "then on. Others on the machine can see what is on a command line: @FILE or - keeps a link",
        "from them.",
      ],
    },
    {
      title: "END OF INPUT",
      lines: [
        "With --to, every line of input is a message, and the program ends when every recipient's",
        "device has all of them. Without it, the program ends when all that was asked is answered",
        "and those who are connected have every message, after 30 s at the latest. It stays where",
        "there was no input at all (</dev/null), and with --stay.",
      ],
    },
  ],
  exits: [
    [0, "done (with --to: delivered)"],
    [1, "failure"],
    [2, "wrong usage"],
    [3, "no server answered"],
    [4, "no such person"],
    [5, "no path to the peer"],
    [6, "not the key that is trusted"],
    [7, "the peer refused"],
    [8, "kept in the outbox, or nobody was in the room"],
    [129, "the terminal is gone"],
    [130, "interrupted"],
    [143, "terminated"],
  ],
};

const SERVER: Command = {
  about: "Introduce people to each other; no message passes here",
  flags: [
    {
      name: "listen",
      value: "IP:PORT",
      about: `where, any number of times; else [::]:${SERVER_PORT}, which takes IPv4 too`,
      isMany: true,
    },
    DATA_DIR,
    { ...JSON_FLAG, about: "one JSON object per line, both ways" },
    ...LOG_FLAGS,
  ],
  sections: [
    {
      title: "RUNNING",
      lines: [
        "On a terminal it shows what a client types, and takes list, peer NUMBER, punch, help and",
        "quit. Without one, or with --json, the same come as JSON lines on standard input; the end",
        "of input ends nothing there. SIGTERM and SIGINT end it; those who are connected stay",
        "connected.",
      ],
    },
  ],
};

/** Which conversations are read; `of` goes before what each of them is. */
function conversationFlags(of: "of " | ""): readonly Flag[] {
  return [
    {
      name: "room",
      value: "#ROOM",
      about: `${of}this room; any number of times`,
      choices: "rooms",
      isMany: true,
    },
    {
      name: "with",
      value: "@WHO",
      about: `${of}the conversation with somebody`,
      choices: "people",
      isMany: true,
    },
  ];
}

const HISTORY: Command = {
  about: "Show what was said, the earliest first",
  flags: [
    ...conversationFlags("of "),
    { name: "since", value: "WHEN", about: "from then on: 2026-11-28, 2h, 3d" },
    { name: "search", value: "WORDS", about: "what has all these words; boa*" },
    { name: "limit", value: "N", about: "the last N of it" },
    JSON_FLAG,
    ...PROFILE_FLAGS,
  ],
  sections: [
    {
      title: "BESIDE A CLIENT",
      lines: ["A client may run meanwhile, and the disk may be read-only: nothing is written."],
    },
  ],
  exits: [[0, "shown"], ...ARCHIVE_EXITS],
};

const EXPORT: Command = {
  about: "Write down what was said, room by room",
  flags: [
    {
      name: "format",
      value: "md|jsonl",
      about: "Markdown, or a JSON object a line",
      choices: ["md", "jsonl"],
    },
    ...conversationFlags(""),
    {
      name: "out",
      value: "FILE|-",
      about: "a new file, in place of the output",
      choices: "files",
    },
    ...PROFILE_FLAGS,
  ],
  sections: [
    {
      title: "BESIDE A CLIENT",
      lines: ["A client may run meanwhile, and the profile's disk may be read-only."],
    },
  ],
  exits: [[0, "written"], ...ARCHIVE_EXITS],
};

const DOCTOR: Command = {
  about: "Look at the network: what works, and what to do",
  flags: [
    {
      name: "server",
      value: "HOST:PORT",
      about: "by whose eyes it looks, one of each family; else as a client finds its server",
      choices: "servers",
      isMany: true,
    },
    ...PROFILE_FLAGS,
    { name: "peer", value: "NAME", about: "speaks of this one person alone", choices: "people" },
    { name: "history", about: "shows how well predictions did, and looks at nothing" },
    { name: "no-portmap", about: "asks no router to open a port" },
    JSON_FLAG,
  ],
  sections: [
    {
      title: "WHAT IT DOES",
      lines: [
        "It takes some four seconds and uses sockets of its own: a client may run meanwhile.",
        "Routers are asked to open a port for a moment, to see whether they do.",
      ],
    },
  ],
  exits: [
    [0, "nothing failed"],
    [2, "wrong usage"],
    [4, "nobody of that name was met"],
    [9, "a check failed"],
  ],
};

const DEMO: Command = {
  about: "A server and two clients of this very program talk, with a commentary",
  flags: [],
  sections: [
    {
      title: "WHAT IT DOES",
      lines: ["It runs on this machine alone and leaves nothing behind."],
    },
  ],
};

const SCHEMA: Command = {
  about: "Print the JSON Schema of what --json reads and writes",
  flags: [],
  sections: [
    {
      title: "THE DOCUMENT",
      lines: [
        "$defs/out is a line that p2pchat writes, $defs/in one that a client reads, and",
        "$defs/serverIn one that a server reads.",
      ],
    },
  ],
};

const COMPLETION: Command = {
  about: "Print what makes a shell complete commands, flags, people and rooms",
  operand: {
    value: "SHELL",
    about: "bash, zsh or fish",
    choices: ["bash", "zsh", "fish"],
    isRequired: true,
  },
  flags: [],
  sections: [
    {
      title: "INSTALLING IT",
      isVerbatim: true,
      lines: [
        'bash, in ~/.bashrc   eval "$(p2pchat completion bash)"',
        'zsh, in ~/.zshrc     eval "$(p2pchat completion zsh)", after compinit',
        "fish, once           p2pchat completion fish >~/.config/fish/completions/p2pchat.fish",
      ],
    },
  ],
};

const MAN: Command = {
  about: "Print a page of the manual, or write all of them into a directory",
  operand: {
    value: "SECTION",
    about: "1: the program (which it is by default), 5: its files, 7: its JSON lines",
    choices: ["1", "5", "7"],
    isRequired: false,
  },
  flags: [
    {
      name: "out",
      value: "DIR",
      about: "where man finds them: man1, man5 and man7 are made in DIR",
      choices: "folders",
    },
  ],
  sections: [
    {
      title: "READING IT",
      isVerbatim: true,
      lines: [
        "p2pchat man 1 | man -l -                  reads a page",
        "p2pchat man --out ~/.local/share/man      lets man p2pchat find them",
      ],
    },
  ],
};

const HELP: Command = {
  about: "Tell how the program, or one of its commands, is used",
  operand: { value: "COMMAND", about: "which; else all", choices: [], isRequired: false },
  flags: [],
};

/** Asked by the shells' completion alone. */
const COMPLETE: Command = { about: "Complete a command line", flags: [], isUnlisted: true };

/** Every command and flag there is: program, help, manual and shells read this table. */
export const COMMANDS = {
  client: CLIENT,
  attach: ATTACH,
  status: STATUS,
  stop: STOP,
  server: SERVER,
  history: HISTORY,
  export: EXPORT,
  doctor: DOCTOR,
  demo: DEMO,
  schema: SCHEMA,
  completion: COMPLETION,
  man: MAN,
  help: HELP,
  complete: COMPLETE,
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

/** Those that people are told of. */
export function listedCommands(): readonly (readonly [name: CommandName, command: Command])[] {
  const all: readonly (readonly [CommandName, Command])[] = NAMES.map((name) => {
    return [name, COMMANDS[name]];
  });
  return all.filter(([, { isUnlisted }]) => isUnlisted !== true);
}

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

const NAMES = Object.keys(COMMANDS).filter(isCommand);
