import { jsonSafe, lineSafe } from "../base/text.ts";
import { parseServerLine } from "../contract/incoming.ts";
import { outgoingOf } from "../contract/outgoing.ts";
import { PROMPT_HELP, parsePrompt } from "../contract/prompt.ts";
import type { ServerCommand } from "../node/commands.ts";
import type { Listed, ServerEvent } from "../node/events.ts";
import type { Door } from "./face.ts";
import { milliseconds, shortId, skippedWords } from "./words.ts";

export interface ServerFace {
  handleEvent(now: number, event: ServerEvent): void;
  handleLine(now: number, line: string): void;
  /** A line of input that is none, and what is wrong with it: `fault` goes on after "This line". */
  handleWrongLine(now: number, fault: string): void;
}

/** For programs: the client's shapes, as far as a server has them. */
export class ServerJson implements ServerFace {
  readonly #door: Door<ServerCommand>;

  constructor(door: Door<ServerCommand>) {
    this.#door = door;
  }

  handleEvent(now: number, event: ServerEvent): void {
    if (event.type !== "log") this.#door.write(jsonSafe(outgoingOf(event, now)));
  }

  handleLine(now: number, line: string): void {
    if (line.trim() === "") return;
    const incoming = parseServerLine(line);
    if ("command" in incoming) {
      this.#door.command(incoming.command);
    } else {
      const { req, text } = incoming.error;
      this.handleEvent(now, { type: "error", code: "USAGE", req, text });
    }
  }

  handleWrongLine(now: number, fault: string): void {
    const text = skippedWords(fault);
    this.handleEvent(now, { type: "error", code: "USAGE", req: null, text });
  }
}

export interface ServerPromptOptions {
  readonly door: Door<ServerCommand>;
  /** Shows the prompt after which a line is typed. */
  readonly prompt: () => void;
}

/** For the person at the server's terminal. */
export class ServerPrompt implements ServerFace {
  readonly #options: ServerPromptOptions;

  constructor(options: ServerPromptOptions) {
    this.#options = options;
  }

  handleEvent(_now: number, event: ServerEvent): void {
    const { door, prompt } = this.#options;
    switch (event.type) {
      case "reply":
        for (const line of replyLines(event)) door.write(line);
        break;
      case "error":
        door.write(lineSafe(event.text));
        break;
      case "log":
      case "bye":
        return;
      default:
        event satisfies never;
    }
    prompt();
  }

  handleLine(_now: number, line: string): void {
    const { door, prompt } = this.#options;
    const intent = parsePrompt(line);
    switch (intent.kind) {
      case "command":
        // Its answer brings the prompt back.
        door.command(intent.command);
        return;
      case "help":
        for (const [usage, about] of PROMPT_HELP) door.write(`  ${usage.padEnd(12)} ${about}`);
        break;
      case "wrong":
        door.write(lineSafe(intent.text));
        break;
      case "nothing":
        break;
      default:
        intent satisfies never;
    }
    prompt();
  }

  handleWrongLine(_now: number, fault: string): void {
    this.#options.door.write(skippedWords(fault));
    this.#options.prompt();
  }
}

function replyLines(event: Extract<ServerEvent, { type: "reply" }>): readonly string[] {
  switch (event.command) {
    case "list":
      return event.clients.length === 0 ? ["nobody is registered"] : event.clients.map(clientLine);
    case "peer":
      return [clientLine(event.client)];
    case "punch":
      return [`punched (${milliseconds(event.rttMs)})`];
    default:
      return event satisfies never;
  }
}

function clientLine({ number, name, id, address }: Listed): string {
  return `  ${number} ${lineSafe(name)} ${lineSafe(address)} ${shortId(id)}`;
}
