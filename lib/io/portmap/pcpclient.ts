import { equalBytes } from "../../base/bytes.ts";
import { decodeNatPmpAnswer } from "../../wire/natpmp.ts";
import {
  decodePcpAnswer,
  encodePcpAnnounceRequest,
  encodePcpMapRequest,
  PCP_NONCE_BYTES,
  type PcpAnswer,
} from "../../wire/pcp.ts";
import { RouterEpoch } from "./epoch.ts";
import type { Exchange } from "./exchange.ts";
import { externalAddress } from "./gateways.ts";
import type { Answer, Protocol, Wish } from "./protocol.ts";

/** The refusals of RFC 6887 §7.4 that a router may give to a good question. */
const REASONS: Readonly<Record<number, string>> = {
  1: "the router does not speak this version",
  2: "the router does not allow it",
  4: "the router maps no ports",
  7: "the router is not connected",
  8: "the router has no more room",
  9: "the router does not map UDP",
  10: "the router allows this machine no more",
  11: "the router has no such port to give",
  12: "another router stands between",
};

type Mapped = Extract<PcpAnswer, { kind: "mapped" }>;
type Refused = Extract<PcpAnswer, { kind: "refused" }>;

/** The Port Control Protocol with one router. */
export class PcpClient implements Protocol {
  readonly name = "PCP";
  readonly #exchange: Exchange;
  readonly #ownIp: Uint8Array;
  readonly #wish: Wish;
  readonly #nonce: Uint8Array;
  readonly #epoch = new RouterEpoch();
  /** The router's choice, which is asked for again. */
  #externalPort: number;
  /** What the router may have: `asked` is a question that it never answered. */
  #step: "none" | "asked" | "granted" = "none";
  #isAnnouncing = false;

  constructor(exchange: Exchange, ownIp: Uint8Array, wish: Wish) {
    this.#exchange = exchange;
    this.#ownIp = ownIp;
    this.#wish = wish;
    this.#nonce = wish.random(PCP_NONCE_BYTES);
    this.#externalPort = wish.port;
  }

  async ask(leaseMs: number, turn: Promise<void>, signal: AbortSignal): Promise<Answer> {
    await turn;
    if (signal.aborted) return { kind: "refused", why: "too late" };
    if (this.#step === "none") this.#step = "asked";
    const question = this.#question(leaseMs / 1000);
    const answer = await this.#exchange.ask(question, (bytes) => this.#read(bytes), signal);
    if (answer === undefined) return { kind: "refused", why: "no answer" };
    if (answer.kind === "refused") {
      if (this.#step === "asked") this.#step = "none";
      const why = REASONS[answer.resultCode] ?? `result code ${answer.resultCode}`;
      return { kind: "refused", why };
    }
    this.#epoch.handleEpoch(this.#wish.now(), answer.epochS);
    const address = externalAddress(answer.externalIp, answer.externalPort);
    if (address === undefined || answer.lifetimeS === 0) {
      return { kind: "refused", why: "the router has no address to give" };
    }
    this.#step = "granted";
    this.#externalPort = answer.externalPort;
    return { kind: "granted", address, leaseMs: answer.lifetimeS * 1000 };
  }

  async check(signal: AbortSignal): Promise<boolean> {
    const question = encodePcpAnnounceRequest(this.#ownIp);
    const read = (bytes: Uint8Array) => {
      const answer = decodePcpAnswer(bytes);
      return answer?.kind === "mapped" ? undefined : answer;
    };
    const answer = await this.#exchange.ask(question, read, signal);
    // Not every router answers this question; one that did once has gone when it no longer does.
    if (answer === undefined) return signal.aborted || !this.#isAnnouncing;
    if (answer.kind === "refused") return true;
    this.#isAnnouncing = true;
    return !this.#epoch.handleEpoch(this.#wish.now(), answer.epochS);
  }

  async release(signal: AbortSignal): Promise<void> {
    const step = this.#step;
    this.#step = "none";
    const question = this.#question(0);
    if (step === "asked") this.#exchange.tell(question);
    if (step !== "granted") return;
    await this.#exchange.ask(question, (bytes) => this.#read(bytes), signal);
  }

  close(): void {
    this.#exchange.close();
  }

  #question(lifetimeS: number): Uint8Array {
    return encodePcpMapRequest({
      nonce: this.#nonce,
      clientIp: this.#ownIp,
      internalPort: this.#wish.port,
      externalPort: lifetimeS === 0 ? 0 : this.#externalPort,
      lifetimeS,
    });
  }

  #read(bytes: Uint8Array): Mapped | Refused | undefined {
    const answer = decodePcpAnswer(bytes);
    switch (answer?.kind) {
      case "mapped": {
        const isOurs = equalBytes(answer.nonce, this.#nonce);
        return isOurs && answer.internalPort === this.#wish.port ? answer : undefined;
      }
      case "refused":
        return isOf(answer, this.#nonce) ? answer : undefined;
      case "announced":
        return undefined;
      case undefined:
        return readOldRefusal(bytes);
      default:
        return answer satisfies never;
    }
  }
}

function isOf({ nonce }: Refused, own: Uint8Array): boolean {
  return nonce === undefined || equalBytes(nonce, own);
}

/** A router that knows NAT-PMP alone says so in its own words. RFC 6887 §9 */
function readOldRefusal(bytes: Uint8Array): Refused | undefined {
  const answer = decodeNatPmpAnswer(bytes);
  if (answer?.kind !== "refused" || answer.resultCode !== UNSUPPORTED_VERSION) return undefined;
  return { kind: "refused", resultCode: UNSUPPORTED_VERSION, lifetimeS: 0, nonce: undefined };
}

const UNSUPPORTED_VERSION = 1;
