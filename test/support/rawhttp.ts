import { connect } from "node:net";

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** In this order and these letters; nothing is added to them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const WAIT_MS = 10_000;

/** What any program can send, as no browser and no library would, and what comes back for it. */
export async function rawRequest(
  port: number,
  { method, path, headers, body = "" }: RawRequest,
  host = "127.0.0.1",
): Promise<RawAnswer> {
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return parse(await exchange(port, host, `${head.join("\r\n")}\r\n\r\n${body}`));
}

/** The headers of a WebSocket's beginning, without `Host` and `Origin`. */
export const UPGRADE: RawRequest["headers"] = [
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
];

/** Ends with the connection, or with the head of an answer after which the connection goes on. */
async function exchange(port: number, host: string, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let heard = "";
  const socket = connect({ port, host }, () => socket.write(request));
  socket.setTimeout(WAIT_MS, () => socket.destroy(new Error(`No answer in ${WAIT_MS} ms`)));
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
    if (/^HTTP\/1\.1 101 [\s\S]*?\r\n\r\n/.test(heard)) socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(heard));
  return await promise;
}

function parse(heard: string): RawAnswer {
  const end = heard.indexOf("\r\n\r\n");
  const [first = "", ...lines] = heard.slice(0, Math.max(0, end)).split("\r\n");
  const status = /^HTTP\/1\.1 ([0-9]{3})/.exec(first)?.[1];
  if (status === undefined) throw new Error(`No answer of HTTP: ${JSON.stringify(heard)}`);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(status), headers, body: heard.slice(end + 4) };
}
