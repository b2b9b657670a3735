import { expect, test } from "bun:test";
import { natSentence, natWord } from "../../lib/paths/natwords.ts";
import type { NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT as HOME } from "../support/homenat.ts";

const HARD = { mapping: "address-and-port-dependent" } as const;
const ONE_PORT = "The router shows one port to everybody";
const OTHER_PORTS = "The router shows another port to everybody";
const ANSWERS = "it lets in only answers";
const ONE_SERVER = { ports: true, addresses: false };
const EVERYBODY = { filtering: "endpoint-independent" } as const;

test.each([
  [
    { isBlocked: true, mapping: "unknown" },
    "blocked",
    "UDP does not get through this network at all.",
  ],
  [
    { isTranslated: false, ...EVERYBODY },
    "open",
    "This machine has a public address, and everybody can reach it.",
  ],
  [
    { isTranslated: false },
    "firewall",
    "This machine has a public address, behind a firewall that lets in only answers.",
  ],
  [{ isTranslated: false, filtering: "unknown" }, "public", "This machine has a public address."],
  [EVERYBODY, "full-cone", `${ONE_PORT}; it lets everybody in.`],
  [
    { filtering: "address-dependent" },
    "address-restricted",
    `${ONE_PORT}; it lets in only machines that were sent something before.`,
  ],
  [
    { filtering: "address-dependent", compared: ONE_SERVER },
    "cone",
    "As far as one server can see, the router shows one port to everybody; it lets in machines " +
      "that were sent something before, and perhaps others.",
  ],
  [
    { isTranslated: false, filtering: "address-dependent", compared: ONE_SERVER },
    "public",
    "This machine has a public address; whether strangers get in is not known.",
  ],
  [{}, "port-restricted", `${ONE_PORT}; it lets in only answers.`],
  [{ filtering: "unknown" }, "cone", `${ONE_PORT}; whom it lets in is not known.`],
  [
    { compared: { ports: true, addresses: false } },
    "port-restricted",
    `As far as one server can see, the router shows one port to everybody; ${ANSWERS}.`,
  ],
  [
    { poisons: true },
    "poisoning",
    `${ONE_PORT}; ${ANSWERS}; it gives a new port to whom it has just turned away.`,
  ],
  [
    { ...HARD, allocation: { kind: "random" }, addresses: "several" },
    "symmetric-random",
    `${OTHER_PORTS}, by chance; ${ANSWERS}; it has several public addresses.`,
  ],
  [
    { ...HARD, allocation: { kind: "sequential", step: -2 } },
    "symmetric-sequential",
    `${OTHER_PORTS}, 2 below the one before; it lets in only answers.`,
  ],
  [
    { ...HARD, allocation: { kind: "block", low: 20_000, high: 20_511 } },
    "symmetric-block",
    `${OTHER_PORTS}, by chance between 20000 and 20511; ${ANSWERS}.`,
  ],
  [
    { mapping: "address-dependent", allocation: { kind: "unknown" } },
    "symmetric",
    "The router shows another port to every address; it lets in only answers.",
  ],
  [{ mapping: "unknown" }, undefined, "Nothing is known of the router yet."],
] satisfies [Partial<NatReport>, string | undefined, string][])(
  "%j is called %s",
  (said, word, sentence) => {
    const report = { ...HOME, ...said };

    expect(natWord(report)).toBe(word);
    expect(natSentence(report)).toBe(sentence);
  },
);
