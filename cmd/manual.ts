import { COMMAND_HELP, LINE_COMMAND_HELP } from "../lib/contract/intent.ts";
import { PROMPT_HELP } from "../lib/contract/prompt.ts";
import { configHelp } from "../lib/io/config.ts";
import { KEY_TABLE, WHERE_WORDS } from "../lib/ui/tui/keytable.ts";
import { ABOUT, EXAMPLES } from "./about.ts";
import type { Command, Flag } from "./command.ts";
import { type LineRow, readLines, writtenLines } from "./jsonpage.ts";
import { Roff } from "./roff.ts";
import { ENVIRONMENT, FILES } from "./surroundings.ts";
import { listedCommands } from "./table.ts";
import { date, version } from "./version.ts";

/** The pages of the manual, each by its section. */
export const PAGES = {
  "1": { file: "man1/p2pchat.1", textOf: programPage },
  "5": { file: "man5/p2pchat-config.5", textOf: filesPage },
  "7": { file: "man7/p2pchat-json.7", textOf: jsonPage },
} as const;

export type Section = keyof typeof PAGES;

function programPage(): string {
  const page = new Roff({ name: "p2pchat", section: 1, date, version: titled() });
  const commands = listedCommands();
  page
    .name("p2pchat", "chat between people who are directly connected")
    .synopsis(commands.map(([name, command]) => usageOf(name, command)))
    .heading("DESCRIPTION")
    .paragraph(`${ABOUT}, through their routers, encrypted from end to end.`)
    .paragraph(
      "A server introduces people to each other and sees nothing of what they say. What is " +
        "marked as delivered is on the other's disk; what is not waits until both are online.",
    )
    .heading("COMMANDS");
  for (const [name, command] of commands) {
    page.subheading(`p2pchat ${name}`).paragraph(`${command.about}.`);
    if (command.operand !== undefined) {
      page.list([[command.operand.value, command.operand.about]]);
    }
    page.list(command.flags.flatMap(flagRow));
    for (const { lines, isVerbatim } of command.sections ?? []) {
      if (isVerbatim === true) page.verbatim(lines);
      else page.paragraph(lines.join(" "));
    }
  }
  page.heading("IN THE CHAT").paragraph("What begins with / is a command, the rest is said.");
  page.list(COMMAND_HELP.map(commandRow));
  page.heading("AT THE SERVER'S PROMPT").list(PROMPT_HELP);
  page.heading("EXIT STATUS");
  for (const [name, { exits = [] }] of commands) {
    if (exits.length === 0) continue;
    page.subheading(`p2pchat ${name}`).list(exits.map(([code, about]) => [String(code), about]));
  }
  page.heading("ENVIRONMENT").list(ENVIRONMENT);
  page.heading("FILES").list(FILES);
  page.heading("EXAMPLES").verbatim(EXAMPLES.lines);
  return page.heading("SEE ALSO").paragraph("p2pchat-config(5), p2pchat-json(7)").text;
}

function filesPage(): string {
  const page = new Roff({ name: "p2pchat-config", section: 5, date, version: titled() });
  page
    .name("p2pchat-config", "the files that p2pchat reads")
    .heading("DESCRIPTION")
    .paragraph(
      "None has to be there. Of one that is wrong p2pchat says where, and ends with code 2.",
    )
    .heading("FILES")
    .list(FILES)
    .heading("CONFIG.TOML")
    .paragraph("A file in TOML. Fields that are not known are left alone.")
    .list(configHelp())
    .paragraph("As in:")
    .verbatim(['server = "192.0.2.1:3478"', "share_read = true"])
    .heading("KEYS.TOML")
    .paragraph(
      "What is pressed for what, in the full screen: a field is an action, its value a key, a " +
        'list of keys, or "none". Two words are two keys, one after the other.',
    )
    .verbatim(['jump = "alt+j"', 'editor = ["ctrl+x e", "ctrl+o"]', 'redraw = "none"']);
  for (const [where, words] of Object.entries(WHERE_WORDS)) {
    const keys = KEY_TABLE.filter((key) => key.where === where);
    page
      .subheading(words)
      .list(
        keys.map(({ action, about, keys: chords }) => [action, `${chords.join(", ")}: ${about}`]),
      );
  }
  return page.heading("SEE ALSO").paragraph("p2pchat(1), p2pchat-json(7)").text;
}

function jsonPage(): string {
  const page = new Roff({ name: "p2pchat-json", section: 7, date, version: titled() });
  page
    .name("p2pchat-json", "the JSON lines that programs and p2pchat exchange")
    .heading("DESCRIPTION")
    .paragraph(
      "With --json p2pchat writes one JSON object a line on standard output, and reads one a " +
        "line on standard input. Readers ignore types and fields that they do not know; none " +
        "is changed or taken away within a version, which is v. A field with ? may be missing.",
    )
    .paragraph(
      "A command may have a req, a string of its sender's, which its answer repeats. Times are " +
        "ISO 8601 in UTC, what ends in Ms is in milliseconds, an id of a person 64 hexadecimal " +
        "digits. p2pchat schema prints the same as JSON Schema.",
    )
    .paragraph(
      "The socket of a client that runs takes and gives the same lines: a program says first " +
        '{"type":"attach","face":"json"}, and is told how things are; without that it is told ' +
        "answers alone. p2pchat attach --json does so on standard input and output.",
    )
    .heading("WRITTEN")
    .list(writtenLines().map(lineRow))
    .heading("READ BY A CLIENT")
    .list(readLines("in").map(lineRow))
    .heading("READ BY A SERVER")
    .list(readLines("serverIn").map(lineRow))
    .heading("EXAMPLES")
    .verbatim([
      '{"type":"send","req":"1","to":"@bob","text":"hello"}',
      '{"type":"history","req":"2","room":"#lobby","limit":20}',
    ]);
  return page.heading("SEE ALSO").paragraph("p2pchat(1), p2pchat-config(5)").text;
}

function titled(): string {
  return `p2pchat ${version}`;
}

function usageOf(name: string, { operand, flags }: Command): string {
  const parts = ["p2pchat", name];
  if (flags.length > 0) parts.push("[FLAG]...");
  if (operand !== undefined) parts.push(operand.isRequired ? operand.value : `[${operand.value}]`);
  return parts.join(" ");
}

function commandRow([usage, about]: readonly [string, string]): readonly [string, string] {
  const isForLines = LINE_COMMAND_HELP.some(([known]) => known === usage);
  return [usage, isForLines ? about : `${about}; in the full screen`];
}

function flagRow({ name, value, about, isUnlisted }: Flag): (readonly [string, string])[] {
  if (isUnlisted === true) return [];
  return [[value === undefined ? `--${name}` : `--${name} ${value}`, about]];
}

function lineRow({ name, about, fields }: LineRow): readonly [string, string] {
  return [name, about === "" ? fields : `${about}: ${fields}`];
}
