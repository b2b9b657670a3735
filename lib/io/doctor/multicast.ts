import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import makeMdns, { type MulticastDNS } from "multicast-dns";
import { type Address, addressOf } from "../../base/address.ts";
import { toHex } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import type { LanFacts } from "../../contract/checks.ts";
import { isNeighbour } from "../../paths/candidates.ts";
import { readAnnouncement, SERVICE_TYPE } from "../dnssd.ts";
import { readInterfaces } from "../interfaces.ts";
import { type LanPlace, lanPlaces, MDNS_FAMILIES, MDNS_PORT } from "../lanplaces.ts";

/** Who answers a question to all waits up to 120 ms, RFC 6762 §6; and the question may be lost. */
const LISTEN_MS = 700;
const ASK_AGAIN_MS = 250;

/** Of more, anybody can invent as many as there is time for. */
const OTHERS_MAX = 256;

/** Asks every network once who is there, and whether the question itself comes back. */
export async function tryMulticast(random: Random): Promise<LanFacts> {
  const places = lanPlaces(readInterfaces(), undefined);
  const others = new Map<string, { readonly role: string; readonly address: Address }>();
  const outcomes = await Promise.all(
    places.map(async (place) => {
      const found: Found = (id, role, address) => {
        if (others.size < OTHERS_MAX && !others.has(id)) others.set(id, { role, address });
      };
      // The system may refuse any step of it: then nothing comes back there.
      const isHeard = await tryPlace(place, toHex(random(8)), found).catch(() => false);
      return { name: place.name, isHeard };
    }),
  );
  const all = [...others.values()];
  return {
    heard: outcomes.filter(({ isHeard }) => isHeard).map(({ name }) => name),
    deaf: outcomes.filter(({ isHeard }) => !isHeard).map(({ name }) => name),
    clients: all.filter(({ role }) => role === "client").length,
    servers: all.filter(({ role }) => role === "server").map(({ address }) => address),
  };
}

type Found = (id: string, role: string, address: Address) => void;

/** Names of one interface in one family; whether what was sent came back there. */
async function tryPlace(place: LanPlace, nonce: string, found: Found): Promise<boolean> {
  const { type, group, unspecified } = MDNS_FAMILIES[place.family];
  const own = place.family === 4 ? place.ip : `::%${place.name}`;
  const socket = createSocket({ type, reuseAddr: true, ipv6Only: place.family === 6 });
  // What it would do by itself throws where nobody can catch it.
  const options = { socket, type, ip: group, interface: own, bind: unspecified, multicast: false };
  const mdns = makeMdns(options);
  const marked = `${nonce}.${SERVICE_TYPE}`;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isHeard = false;
  mdns.on("query", ({ questions = [] }) => {
    if (questions.some(({ name }) => name.toLowerCase() === marked)) isHeard = true;
  });
  mdns.on("response", (response, from: RemoteInfo) => {
    const announcement = readAnnouncement(response);
    if (announcement === undefined || announcement.ttlSeconds === 0) return;
    const address = addressOf(from.address, announcement.port);
    if (address === undefined || !isNeighbour(place.hosts, address)) return;
    found(announcement.card.peerId, announcement.role, address);
  });
  mdns.on("error", () => resolve(false));
  mdns.on("warning", () => undefined);
  mdns.on("ready", () => {
    if (!join(socket, group, own)) return resolve(false);
    ask(mdns, marked);
    setTimeout(() => ask(mdns, marked), ASK_AGAIN_MS);
    setTimeout(() => resolve(isHeard), LISTEN_MS);
  });
  const outcome = await promise;
  try {
    mdns.destroy();
  } catch {
    // It may never have been bound.
  }
  return outcome;
}

function join(socket: Socket, group: string, own: string): boolean {
  try {
    socket.addMembership(group, own);
    socket.setMulticastInterface(own);
    socket.setMulticastLoopback(true);
    return socket.address().port === MDNS_PORT;
  } catch {
    return false;
  }
}

/** The second name is nobody's: who hears it come back has heard this very question. */
function ask(mdns: MulticastDNS, marked: string): void {
  mdns.query({
    questions: [
      { name: SERVICE_TYPE, type: "PTR" },
      { name: marked, type: "PTR" },
    ],
  });
}
