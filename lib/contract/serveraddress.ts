import { parseIp } from "../base/address.ts";
import { fromHex, toHex } from "../base/bytes.ts";
import { isNoiseKey } from "../wire/keys.ts";

/** A host name's longest form, RFC 1035 §2.3.4. */
const HOST_CHARS_MAX = 253;

/** A server as people write it: `HOST:PORT` or `HOST:PORT#KEY`. */
export interface ServerAddress {
  /** `HOST:PORT` in one spelling: what is shown, and what the server's key is pinned under. */
  readonly name: string;
  /** A host name or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The server's Noise key, 32 bytes, where it was given. */
  readonly noiseKey: Uint8Array | undefined;
}

/** What is wrong with something that was given, in words that do not repeat it. */
export interface Fault {
  readonly fault: string;
}

/** `HOST:PORT`, `1.2.3.4:PORT` or `[IPV6]:PORT`, with `#` and 64 hexadecimal digits of its key. */
export function parseServerAddress(text: string): ServerAddress | Fault {
  if (text.includes("\n")) return { fault: "it is more than one line: write one HOST:PORT" };
  const [where = "", keyText, ...rest] = text.split("#");
  if (rest.length > 0) return { fault: "it has two keys: write HOST:PORT#KEY" };
  const noiseKey = keyText === undefined ? undefined : fromHex(keyText);
  if (keyText !== undefined && (noiseKey === undefined || !isNoiseKey(noiseKey))) {
    return { fault: "its key is wrong: copy the 64 digits that the server shows" };
  }
  const place = splitHost(where);
  if ("fault" in place) return place;
  const { host, portText } = place;
  const port = Number(portText);
  if (!/^[0-9]{1,5}$/.test(portText) || port < 1 || port > 65535) {
    return { fault: "its port must be a number from 1 to 65535" };
  }
  return { name: `${host.includes(":") ? `[${host}]` : host}:${port}`, host, port, noiseKey };
}

/** As it is parsed. */
export function formatServerAddress({ name, noiseKey }: ServerAddress): string {
  return noiseKey === undefined ? name : `${name}#${toHex(noiseKey)}`;
}

function splitHost(where: string): { readonly host: string; readonly portText: string } | Fault {
  if (where === "") return { fault: "it is empty: write HOST:PORT, as in 192.0.2.1:3478" };
  const colon = where.lastIndexOf(":");
  if (where.startsWith("[")) {
    const [, host = "", portText] = /^\[([^\]]*)\](?::(.*))?$/.exec(where) ?? [];
    if (parseIp(host.split("%", 1)[0] ?? "") === undefined || !host.includes(":")) {
      return { fault: "what is in brackets is no IPv6 address" };
    }
    if (portText === undefined) return { fault: "it has no port: write [HOST]:PORT" };
    return { host: host.toLowerCase(), portText };
  }
  if (colon < 0) return { fault: "it has no port: write HOST:PORT, as in 192.0.2.1:3478" };
  const host = where.slice(0, colon).toLowerCase();
  if (host.includes(":")) return { fault: "IPv6 addresses need brackets: write [::1]:3478" };
  if (!isHost(host)) return { fault: "that is neither a host name nor an IP address" };
  return { host, portText: where.slice(colon + 1) };
}

/** A name that ends in a number would be read as an address by one library and not by another. */
function isHost(host: string): boolean {
  const labels = host.replace(/\.$/, "").split(".");
  const last = labels.at(-1) ?? "";
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) return parseIp(host) !== undefined;
  const isLabel = (label: string): boolean => /^[a-z0-9_](?:[a-z0-9_-]{0,62})$/.test(label);
  return host.length <= HOST_CHARS_MAX && labels.every(isLabel);
}
