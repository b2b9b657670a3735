import { lookup } from "node:dns/promises";
import { addressOf, parseIp, type Address } from "../base/address.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";

/** How long the system's resolver is waited for; its own patience is often 10 s and more. */
const LOOKUP_MS = 5000;

/** Addresses of one name that are worth trying. */
const ADDRESSES_MAX = 4;

const WORDS: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "no such host"],
  ["DNS_ENOTFOUND", "no such host"],
  ["ENODATA", "the name has no address"],
  ["EAI_AGAIN", "the name service does not answer"],
  ["DNS_ETIMEOUT", "the name service does not answer"],
]);

/**
 * The addresses of a host in the system's order, at least one; an IP address is its own and asks
 * nobody. Throws a Failure in words.
 */
export async function resolveHost(host: string, port: number): Promise<readonly Address[]> {
  if (parseIp(host.split("%", 1)[0] ?? "") !== undefined) return addressesOf([host], port);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the name service does not answer")), LOOKUP_MS);
  try {
    const found = await Promise.race([lookup(host, { all: true }), late]);
    const addresses = addressesOf(
      found.map(({ address }) => address),
      port,
    );
    if (addresses.length === 0) throw new Error("the name has no address");
    return addresses;
  } catch (error) {
    const words = WORDS.get(codeOf(error) ?? "") ?? wordsOf(error);
    throw new Failure(`Cannot find host ${host}: ${words}`, EXIT.noServer, error);
  } finally {
    clearTimeout(timer);
  }
}

function addressesOf(hosts: readonly string[], port: number): readonly Address[] {
  const addresses = hosts.flatMap((host) => addressOf(host, port) ?? []);
  return [...new Set(addresses)].slice(0, ADDRESSES_MAX);
}
