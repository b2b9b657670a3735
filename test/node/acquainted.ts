import type { MemoryStore } from "../support/memorystore.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person } from "./people.ts";

export const SERVER = at("198.51.100.9:3478");
export const ANN = at("203.0.113.1:4000");
export const BOB = at("203.0.113.2:4000");

/** Ann, with this disk or one of her own, and Bob: they have met by the server. */
export function acquainted(store?: MemoryStore): { net: Net; ann: Person; bob: Person } {
  const net = new Net(1);
  host(net, SERVER, nth(7));
  const kept = store === undefined ? {} : { store };
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, ...kept });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(3_000);
  return { net, ann, bob };
}
