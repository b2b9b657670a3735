import { type Address, addressScope } from "../base/address.ts";
import type { Allocation, NatReport } from "../wire/nat.ts";

/**
 * What kind of NAT it is, in one word for programs; undefined where it is not known. `public` is an
 * address of one's own, behind a firewall or not.
 */
export function natWord(report: NatReport): string | undefined {
  const { mapping, allocation } = report;
  if (report.isBlocked) return "blocked";
  if (report.isTranslated === false) return ownAddressWord(letsIn(report));
  if (report.poisons === true) return "poisoning";
  switch (mapping) {
    case "unknown":
      return undefined;
    case "endpoint-independent":
      return coneWord(letsIn(report));
    case "address-dependent":
    case "address-and-port-dependent":
      return isChosen(allocation) ? `symmetric-${allocation.kind}` : "symmetric";
    default:
      return mapping satisfies never;
  }
}

/**
 * A server on one's own network sees no router of the way to the internet: what it reports is of
 * the way to itself. `seenAt`: where it sees this node.
 */
export function isNearby({ isTranslated }: NatReport, seenAt: Address | undefined): boolean {
  return isTranslated === false && seenAt !== undefined && addressScope(seenAt) !== "public";
}

/** Of somebody whose server is too near to tell more. */
export function nearbySentence(whose: "own" | "their" = "own"): string {
  const between = whose === "own" ? "this machine and its" : "their machine and the";
  return `No router lies between ${between} server, which cannot tell how the internet sees it.`;
}

/** One sentence for people, about one's own network, or that of the other side. */
export function natSentence(report: NatReport, whose: "own" | "their" = "own"): string {
  const isOwn = whose === "own";
  if (report.isBlocked) {
    return `UDP does not get through ${isOwn ? "this" : "their"} network at all.`;
  }
  if (report.isTranslated === false) {
    return ownAddressSentence(letsIn(report), isOwn ? "This" : "Their");
  }
  if (report.mapping === "unknown") return "Nothing is known of the router yet.";
  const parts = [mappingWords(report), letsInWords(report)];
  if (report.poisons === true) parts.push("it gives a new port to whom it has just turned away");
  if (report.addresses === "several") parts.push("it has several public addresses");
  const sentence = `${parts.join("; ")}.`;
  const isOneSided = report.mapping === "endpoint-independent" && !report.compared.addresses;
  return isOneSided ? `As far as one server can see, ${sentence}` : capitalized(sentence);
}

/** `some`: those who were sent something, and it could not be tried whether others. */
type LetsIn = NatReport["filtering"] | "some";

/** Whether strangers get in, only a server with a second address can tell. */
export function letsIn({ filtering, compared }: NatReport): LetsIn {
  return filtering === "address-dependent" && !compared.addresses ? "some" : filtering;
}

function ownAddressWord(filtering: LetsIn): string {
  if (filtering === "unknown" || filtering === "some") return "public";
  return filtering === "endpoint-independent" ? "open" : "firewall";
}

function ownAddressSentence(filtering: LetsIn, whose: string): string {
  switch (filtering) {
    case "endpoint-independent":
      return `${whose} machine has a public address, and everybody can reach it.`;
    case "address-dependent":
    case "address-and-port-dependent":
      return `${whose} machine has a public address, behind a firewall that lets in only answers.`;
    case "some":
      return `${whose} machine has a public address; whether strangers get in is not known.`;
    case "unknown":
      return `${whose} machine has a public address.`;
    default:
      return filtering satisfies never;
  }
}

function coneWord(filtering: LetsIn): string {
  switch (filtering) {
    case "endpoint-independent":
      return "full-cone";
    case "address-dependent":
      return "address-restricted";
    case "address-and-port-dependent":
      return "port-restricted";
    case "some":
    case "unknown":
      return "cone";
    default:
      return filtering satisfies never;
  }
}

/** Whether the ports of a symmetric NAT follow a rule, or chance, that can be told. */
function isChosen({ kind }: Allocation): boolean {
  return kind === "sequential" || kind === "block" || kind === "random";
}

function mappingWords({ mapping, allocation }: NatReport): string {
  if (mapping === "endpoint-independent") return "the router shows one port to everybody";
  const whom = mapping === "address-dependent" ? "every address" : "everybody";
  return `the router shows another port to ${whom}${allocationWords(allocation)}`;
}

function allocationWords(allocation: Allocation): string {
  switch (allocation.kind) {
    case "sequential": {
      const { step } = allocation;
      return `, ${Math.abs(step)} ${step > 0 ? "above" : "below"} the one before`;
    }
    case "block":
      return `, by chance between ${allocation.low} and ${allocation.high}`;
    case "random":
      return ", by chance";
    case "preserving":
    case "unknown":
      return "";
    default:
      return allocation satisfies never;
  }
}

function letsInWords(report: NatReport): string {
  const filtering = letsIn(report);
  switch (filtering) {
    case "endpoint-independent":
      return "it lets everybody in";
    case "address-dependent":
      return "it lets in only machines that were sent something before";
    case "address-and-port-dependent":
      return "it lets in only answers";
    case "some":
      return "it lets in machines that were sent something before, and perhaps others";
    case "unknown":
      return "whom it lets in is not known";
    default:
      return filtering satisfies never;
  }
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
