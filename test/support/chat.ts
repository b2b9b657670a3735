import { mkdirSync } from "node:fs";
import { BINARY, Program, type Json, type ProgramOptions } from "./program.ts";

export interface ServerOptions extends ProgramOptions {
  readonly dataDir: string;
  /** Such as "127.0.0.1:0". */
  readonly listen: string;
  /** Further arguments. */
  readonly args?: readonly string[];
}

export interface ClientOptions extends ProgramOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly server?: string;
  /** Whether it looks for others on the machine's network, where other tests may run as well. */
  readonly isOnLan?: boolean;
  /** Whether it asks routers to map its port, where datagrams are counted as well. */
  readonly isMapped?: boolean;
  readonly args?: readonly string[];
}

/** `p2pchat server --json`, started in its data directory, where nobody left a `server.txt`. */
export function startServer({ dataDir, listen, args = [], ...options }: ServerOptions): Program {
  mkdirSync(dataDir, { recursive: true });
  const command = [BINARY, "server", "--json", "--data-dir", dataDir, "--listen", listen, ...args];
  return new Program(command, { cwd: dataDir, ...options });
}

/** `p2pchat client --json`, started in its data directory. */
export function startClient(client: ClientOptions): Program {
  const {
    name,
    dataDir,
    server,
    isOnLan = false,
    isMapped = false,
    args = [],
    ...options
  } = client;
  mkdirSync(dataDir, { recursive: true });
  const command = [BINARY, "client", "--json", "--name", name, "--data-dir", dataDir];
  if (!isOnLan) command.push("--no-lan");
  if (!isMapped) command.push("--no-portmap");
  if (server !== undefined) command.push("--server", server);
  return new Program([...command, ...args], { cwd: dataDir, ...options });
}

let requests = 0;

/** Asks for a message to be sent and returns the request's id, which its statuses repeat. */
export function say(program: Program, to: string, text: string): string {
  const req = nextRequest();
  program.send({ req, type: "send", to, text });
  return req;
}

/** Sends one command and waits for its reply; an `error` in its place is thrown. */
export async function ask(
  program: Program,
  command: Json,
  options: { timeoutMs?: number } = {},
): Promise<Json> {
  const req = nextRequest();
  program.send({ req, ...command });
  const answer = await program.line(
    (line) => line["req"] === req && (line["type"] === "reply" || line["type"] === "error"),
    options,
  );
  if (answer["type"] === "error") throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return answer;
}

/** Waits until the device of the named recipient is known to have the message. */
export async function delivered(
  program: Program,
  req: string,
  by: string,
  options: { timeoutMs?: number } = {},
): Promise<Json> {
  return program.line({ type: "status", req, state: "delivered", by: { name: by } }, options);
}

function nextRequest(): string {
  requests += 1;
  return `r${requests}`;
}
