import { networkInterfaces } from "node:os";
import * as v from "valibot";
import { EXIT } from "../../contract/exitcodes.ts";
import { SEAT_PROTOCOL } from "../../contract/pageprotocol.ts";
import { Failure, wordsOf } from "../failure.ts";
import { type Admission, admit } from "./gate.ts";
import { type PageSocket, PageSockets, type Visit, type Visitor } from "./pagesockets.ts";
import type { WebSessions } from "./websessions.ts";

/** A part of the page. */
export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Whether its name changes with what it holds, so that who has it need not ask again. */
  readonly isLasting: boolean;
}

export interface WebServerOptions {
  /** By their paths; the page itself is `/`. */
  readonly assets: ReadonlyMap<string, Asset>;
  readonly sessions: WebSessions;
  /** To be had again, if it is free. */
  readonly port: number | undefined;
  readonly now: () => number;
  /** A page has connected; what it says goes to who is returned. */
  readonly onPage: (page: PageSocket) => Visitor;
  /** Something of ours went wrong while a request was answered. */
  readonly onTrouble: (error: unknown) => void;
}

export interface WebServer {
  readonly port: number;
  /** An address of the page that is good once. */
  url(): string;
  /** Pages that are connected. */
  readonly pages: number;
  stop(): void;
}

const V4 = "127.0.0.1";
const V6 = "::1";

/** How often another port is tried, where the other address has somebody else's at this one. */
const PORTS_TRIED_MAX = 8;

/** A token and what is around it. */
const BODY_BYTES_MAX = 1024;
/** In seconds; whoever takes longer to ask for something of this size is not a browser. */
const REQUEST_IDLE_S = 10;

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** With every answer, whoever gets it. */
const HEADERS = {
  "Content-Security-Policy": CONTENT_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
} as const;

const LASTING = { "Cache-Control": "private, max-age=31536000, immutable" } as const;

const exchangeShape = v.object({ token: v.string() });

type Server = Bun.Server<Visit>;

/**
 * Serves the page to this machine alone, on its loopback addresses. Throws a Failure where that is
 * not possible. Off unless somebody asked for it.
 */
export function openWebServer(options: WebServerOptions): WebServer {
  const sockets = new PageSockets(options);
  const { port, servers } = listen(options, sockets);
  return {
    port,
    url: () => `http://${V4}:${port}/#${options.sessions.mint(options.now())}`,
    get pages() {
      return sockets.count;
    },
    stop: () => {
      sockets.closeAll();
      for (const server of servers) void server.stop(true);
    },
  };
}

/** One port on both addresses, so that the page is the same by whatever name it is asked for. */
function listen(
  options: WebServerOptions,
  sockets: PageSockets,
): { readonly port: number; readonly servers: readonly Server[] } {
  const at = (hostname: string, port: number) => serve(hostname, port, options, sockets);
  let first: Server | undefined;
  for (let tried = 0; tried < PORTS_TRIED_MAX; tried += 1) {
    void first?.stop(true);
    const wanted = tried === 0 ? (options.port ?? 0) : 0;
    first = attempt(() => at(V4, wanted));
    const port = first?.port;
    if (first === undefined || port === undefined) continue;
    if (!hasV6Loopback()) return { port, servers: [first] };
    const second = attempt(() => at(V6, port));
    if (second !== undefined) return { port, servers: [first, second] };
  }
  const last = first ?? at(V4, 0);
  if (last.port === undefined) throw cannotServe("it has no port");
  return { port: last.port, servers: [last] };
}

function attempt(open: () => Server): Server | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

function hasV6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === V6),
  );
}

function serve(
  hostname: string,
  port: number,
  options: WebServerOptions,
  sockets: PageSockets,
): Server {
  try {
    return Bun.serve<Visit>({
      hostname,
      port,
      // Left out, two servers of one process share a port, and browsers get either.
      reusePort: false,
      // By default an error would be a page with our sources in it.
      development: false,
      maxRequestBodySize: BODY_BYTES_MAX,
      idleTimeout: REQUEST_IDLE_S,
      fetch: (request, server) => answer(request, server, options, sockets),
      error: (error) => {
        options.onTrouble(error);
        return wordless(500);
      },
      websocket: sockets.handlers,
    });
  } catch (error) {
    throw cannotServe(wordsOf(error), error);
  }
}

function cannotServe(what: string, cause?: unknown): Failure {
  return new Failure(`Cannot serve the page: ${what}`, EXIT.failure, cause);
}

function answer(
  request: Request,
  server: Server,
  options: WebServerOptions,
  sockets: PageSockets,
): Response | Promise<Response> | undefined {
  const path = pathOf(request.url);
  const { kind } = admission(request, path, server.port ?? 0, options);
  switch (kind) {
    case "refused":
      return wordless(403);
    case "asset":
      return assetAt(path, options.assets);
    case "known":
      return said({ question: options.sessions.question(options.now()) });
    case "exchange":
      return exchange(request, server.port ?? 0, options);
    case "seat":
      if (sockets.isFull) return wordless(503);
      return seat(request, server, sockets);
    default:
      return kind satisfies never;
  }
}

/** Of what was offered it is said which is spoken, or browsers give up. */
function seat(request: Request, server: Server, sockets: PageSockets): Response | undefined {
  const headers = { "Sec-WebSocket-Protocol": SEAT_PROTOCOL };
  const isOpen = server.upgrade(request, { data: sockets.visit(), headers });
  return isOpen ? undefined : wordless(400);
}

function admission(
  { method, headers }: Request,
  path: string,
  port: number,
  { sessions, now }: WebServerOptions,
): Admission {
  const host = headers.get("host");
  const asking = {
    method,
    path,
    host,
    origin: headers.get("origin"),
    fetchSite: headers.get("sec-fetch-site"),
    fetchMode: headers.get("sec-fetch-mode"),
    contentType: headers.get("content-type"),
    isUpgrade: headers.has("upgrade"),
    isKnown: sessions.isKnown(now(), cookieName(port), headers.get("cookie")),
    isProved: sessions.isProved(now(), host ?? "", proofIn(headers.get("sec-websocket-protocol"))),
  };
  return admit(asking, port);
}

/** The rest of a request's URL is made of its `Host`, which may be anything. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

function assetAt(path: string, assets: WebServerOptions["assets"]): Response {
  const asset = assets.get(path);
  if (asset === undefined) return wordless(404);
  const { bytes, contentType, isLasting } = asset;
  const headers = { ...HEADERS, ...(isLasting ? LASTING : {}), "Content-Type": contentType };
  return new Response(bytes, { headers });
}

async function exchange(
  request: Request,
  port: number,
  { sessions, now }: WebServerOptions,
): Promise<Response> {
  const exchanged = sessions.exchange(now(), tokenIn(await request.text()));
  switch (exchanged.kind) {
    case "let-in": {
      const cookie = `${cookieName(port)}=${exchanged.cookie}; Path=/; HttpOnly; SameSite=Strict`;
      return said({ pass: exchanged.pass }, { "Set-Cookie": cookie });
    }
    case "wrong":
      return wordless(403);
    case "too-many":
      return wordless(429);
    default:
      return exchanged satisfies never;
  }
}

/** What is no token at all is as wrong as any other. */
function tokenIn(body: string): string {
  try {
    const parsed = v.safeParse(exchangeShape, JSON.parse(body));
    return parsed.success ? parsed.output.token : "";
  } catch {
    return "";
  }
}

/** Empty where none is offered. */
function proofIn(offered: string | null): string {
  const [protocol, proof = ""] = offered?.split(",").map((one) => one.trim()) ?? [];
  return protocol === SEAT_PROTOCOL ? proof : "";
}

/** Browsers do not tell the ports of a machine apart when they send cookies. */
function cookieName(port: number): string {
  return `p2pchat-${port}`;
}

/** For the page alone: others cannot read what they are answered. */
function said(what: Readonly<Record<string, string>>, headers = {}): Response {
  return Response.json(what, { headers: { ...HEADERS, ...headers } });
}

function wordless(status: number): Response {
  return new Response(null, { status, headers: HEADERS });
}
