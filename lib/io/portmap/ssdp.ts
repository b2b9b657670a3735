import { formatIp, parseIp } from "../../base/address.ts";
import { equalBytes } from "../../base/bytes.ts";
import { type Gateway, isOnLink } from "./gateways.ts";

/** Routers found on one network; a home has one. */
const DEVICES_MAX = 4;

/** An answer is a dozen header lines. */
const ANSWER_BYTES_MAX = 2048;
const LOCATION_CHARS_MAX = 256;

const GROUP = "239.255.255.250";
const PORT = 1900;

/** Lost questions are asked again; an answer may take a second, by `MX`. */
const ASK_AT_MS = [0, 400, 1200];

/** UPnP Device Architecture 1.1 §1.3.2: those of version 2 answer for 1, but not all do. */
const TARGETS = [1, 2].map((v) => `urn:schemas-upnp-org:device:InternetGatewayDevice:${v}`);

/**
 * Asks a network for routers that speak UPnP, and tells the addresses of their descriptions, each
 * once, until the signal is given. Where nothing can be asked nothing is told.
 */
export async function searchRouters(
  gateway: Gateway,
  signal: AbortSignal,
  onFound: (description: URL) => void,
): Promise<void> {
  if (signal.aborted) return;
  const found = new Set<string>();
  const handle = (host: string, bytes: Uint8Array): void => {
    const url = parseSearchAnswer(gateway, host, bytes);
    if (url === undefined || found.has(url.href) || found.size >= DEVICES_MAX) return;
    found.add(url.href);
    onFound(url);
  };
  const socket = await openSocket(gateway, handle);
  if (socket === undefined) return;
  const hosts = gateway.ip === undefined ? [GROUP] : [GROUP, formatIp(gateway.ip)];
  const ask = (): void => {
    for (const host of hosts) for (const target of TARGETS) send(socket, search(target), host);
  };
  const timers = ASK_AT_MS.map((ms) => setTimeout(ask, ms));
  const stopped = Promise.withResolvers<void>();
  const stop = (): void => stopped.resolve();
  signal.addEventListener("abort", stop);
  if (isAborted(signal)) stop();
  await stopped.promise;
  signal.removeEventListener("abort", stop);
  for (const timer of timers) clearTimeout(timer);
  socket.close();
}

/**
 * Where a router's description is. Undefined unless the answer comes from this network and leads
 * back to whoever sent it.
 */
export function parseSearchAnswer(
  gateway: Gateway,
  host: string,
  bytes: Uint8Array,
): URL | undefined {
  const ip = parseIp(host);
  if (ip === undefined || bytes.length > ANSWER_BYTES_MAX) return undefined;
  const isRouter = gateway.ip !== undefined && equalBytes(ip, gateway.ip);
  if (!isRouter && !isOnLink(gateway, ip)) return undefined;

  const lines = new TextDecoder().decode(bytes).split("\r\n");
  if (!/^HTTP\/1\.[01] 200\b/.test(lines[0] ?? "")) return undefined;
  if (!TARGETS.includes(headerOf(lines, "st") ?? "")) return undefined;
  const location = headerOf(lines, "location") ?? "";
  const url = location.length <= LOCATION_CHARS_MAX ? URL.parse(location) : null;
  if (url?.protocol !== "http:" || url.username !== "" || url.password !== "") return undefined;
  return url.hostname === formatIp(ip) ? url : undefined;
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((it) => it.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

function search(target: string): string {
  const lines = [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${GROUP}:${PORT}`,
    'MAN: "ssdp:discover"',
    "MX: 1",
    `ST: ${target}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

type Socket = Bun.udp.Socket<"uint8array">;

/** On one interface alone; undefined where the system has no room or no right for it. */
async function openSocket(
  { ownIp }: Gateway,
  handle: (host: string, bytes: Uint8Array) => void,
): Promise<Socket | undefined> {
  const hostname = formatIp(ownIp);
  let socket: Socket | undefined;
  try {
    socket = await Bun.udpSocket({
      hostname,
      port: 0,
      binaryType: "uint8array",
      // Without one for errors, an ICMP answer would end the process.
      socket: {
        data: (_socket, bytes, _port, host) => handle(host, bytes),
        error: () => undefined,
      },
    });
    socket.setMulticastInterface(hostname);
    return socket;
  } catch {
    socket?.close();
    return undefined;
  }
}

/** A question that could not leave is as good as lost. */
function send(socket: Socket, text: string, host: string): void {
  try {
    socket.send(text, PORT, host);
  } catch {
    // An ICMP answer to an earlier one makes the next fail; it is asked again anyway.
  }
}

/** A question of its own, as the signal is given behind the type checker's back. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
