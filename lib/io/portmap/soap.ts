/**
 * The little XML of UPnP, written and read. What a router says is searched for single elements
 * within a bounded text: it is neither a tree nor trusted.
 */

/** A device's description and any answer; real ones have 2 to 20 kB. */
export const XML_BYTES_MAX = 65_536;

/** Services looked at in one description. */
const SERVICES_MAX = 32;

const URL_CHARS_MAX = 512;
const VALUE_CHARS_MAX = 256;

/** Those that map ports, the newest first. UPnP IGD:2 and IGD:1 */
const MAPPING_SERVICES = [
  "urn:schemas-upnp-org:service:WANIPConnection:2",
  "urn:schemas-upnp-org:service:WANIPConnection:1",
  "urn:schemas-upnp-org:service:WANPPPConnection:1",
];

export interface MappingService {
  readonly type: string;
  /** Of the very host that the description came from. */
  readonly control: URL;
}

/** What maps ports in a device's description, at the host that it came from and no other. */
export function parseDescription(description: string, from: URL): MappingService[] {
  const xml = description.slice(0, XML_BYTES_MAX);
  const base = urlAt(elementOf(xml, "URLBase") ?? "", from) ?? from;
  const found: MappingService[] = [];
  for (const block of blocksOf(xml, "service").slice(0, SERVICES_MAX)) {
    const type = elementOf(block, "serviceType");
    const path = elementOf(block, "controlURL");
    if (type === undefined || path === undefined || !MAPPING_SERVICES.includes(type)) continue;
    const control = urlAt(path, base);
    if (control !== undefined) found.push({ type, control });
  }
  const rank = ({ type }: MappingService): number => MAPPING_SERVICES.indexOf(type);
  return found.toSorted((a, b) => rank(a) - rank(b));
}

/** Undefined where it leads away from the host of `base`. */
function urlAt(path: string, base: URL): URL | undefined {
  const url = path.length <= URL_CHARS_MAX ? URL.parse(path, base.href) : null;
  if (url?.protocol !== "http:" || url.hostname !== base.hostname) return undefined;
  return url.username === "" && url.password === "" ? url : undefined;
}

/** UPnP Device Architecture 1.1 §3.2.1. Names and values are this program's own. */
export function formatCall(
  type: string,
  action: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const inner = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>`);
  return (
    `<?xml version="1.0"?>\r\n<s:Envelope ` +
    `xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
    `s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">` +
    `<s:Body><u:${action} xmlns:u="${type}">${inner.join("")}</u:${action}></s:Body>` +
    `</s:Envelope>\r\n`
  );
}

/** The text of one element of an answer, if it is of some length and holds no other. */
export function parseValue(xml: string, name: string): string | undefined {
  const value = elementOf(xml.slice(0, XML_BYTES_MAX), name);
  return value === undefined || value.length > VALUE_CHARS_MAX ? undefined : value;
}

/** The number of a fault; undefined where there is none. UPnP Device Architecture 1.1 §3.2.2 */
export function parseFault(xml: string): number | undefined {
  const code = parseValue(xml, "errorCode") ?? "";
  return /^[0-9]{1,5}$/.test(code) ? Number(code) : undefined;
}

/** The text of the first element of this name, in any namespace, that holds text alone. */
function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<(?:[\\w-]{1,32}:)?${name}(?:\\s[^<>]{0,256})?>([^<>]*)</`).exec(xml);
  return text?.[1]?.trim().replaceAll("&amp;", "&");
}

/** What stands between the tags of this name, which do not nest. */
function blocksOf(xml: string, name: string): string[] {
  return xml
    .split(`<${name}>`)
    .slice(1)
    .map((rest) => rest.split(`</${name}>`, 1)[0] ?? "");
}
