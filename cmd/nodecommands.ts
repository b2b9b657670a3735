import type { Command, Flag } from "./command.ts";

/** Which of the nodes that run on this machine. */
const NODE_FLAGS: readonly Flag[] = [
  { name: "name", value: "NAME", about: "whose; else the only one there is", choices: "profiles" },
  { name: "profile", value: "P", about: "the same, where it is not the name", choices: "profiles" },
  {
    name: "data-dir",
    value: "DIR",
    about: "where that profile is kept, if elsewhere",
    choices: "folders",
  },
];

/** Commands that have to do with a client which runs already. */
export const ATTACH: Command = {
  about: "Show a client that runs already, here too",
  flags: [
    ...NODE_FLAGS,
    { name: "plain", about: "one line per thing, for terminals, pipes and screen readers" },
    { name: "json", about: "one JSON object per line, both ways" },
    { name: "web", about: "a page in the browser" },
  ],
  sections: [
    {
      title: "SEVERAL FACES",
      lines: [
        "What is said, read and begun in one of them is so in all. To leave one ends only that;",
        "should the client itself be killed, the others wait until it runs again.",
      ],
    },
  ],
  exits: [
    [0, "left, or the client has ended"],
    [1, "it does not run, or does not answer"],
    [2, "wrong usage, or several run and none was named"],
    [129, "the terminal is gone"],
    [130, "interrupted"],
    [143, "terminated"],
  ],
};

export const STATUS: Command = {
  about: "Tell which clients run on this machine, and who looks at them",
  flags: [
    ...NODE_FLAGS.map((flag) =>
      flag.name === "name" ? { ...flag, about: "whose; else all" } : flag,
    ),
    { name: "json", about: "a JSON object for each" },
  ],
  exits: [
    [0, "one runs"],
    [1, "none does, or says so"],
    [2, "wrong usage"],
  ],
};

export const STOP: Command = {
  about: "End a client that runs on this machine, and wait until it has ended",
  flags: NODE_FLAGS,
  exits: [
    [0, "it has ended"],
    [1, "it does not run, answer or end"],
    [2, "wrong usage, or several run and none was named"],
  ],
};
