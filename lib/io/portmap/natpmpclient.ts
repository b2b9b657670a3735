import { equalBytes } from "../../base/bytes.ts";
import {
  decodeNatPmpAnswer,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
  type NatPmpAnswer,
} from "../../wire/natpmp.ts";
import { decodePcpAnswer } from "../../wire/pcp.ts";
import { RouterEpoch } from "./epoch.ts";
import type { Exchange } from "./exchange.ts";
import { externalAddress } from "./gateways.ts";
import type { Answer, Protocol, Wish } from "./protocol.ts";

/** RFC 6886 §3.5. */
const REASONS: Readonly<Record<number, string>> = {
  1: "the router does not speak this version",
  2: "the router does not allow it",
  3: "the router is not connected",
  4: "the router has no more room",
  5: "the router maps no ports",
};

type Mapping = Extract<NatPmpAnswer, { kind: "mapping" }>;
type External = Extract<NatPmpAnswer, { kind: "address" }>;
type Refused = Extract<NatPmpAnswer, { kind: "refused" }>;

/** The NAT Port Mapping Protocol with one router. */
export class NatPmpClient implements Protocol {
  readonly name = "NAT-PMP";
  readonly #exchange: Exchange;
  readonly #wish: Wish;
  readonly #epoch = new RouterEpoch();
  #externalIp: Uint8Array | undefined;
  /** The router's choice, which is asked for again. */
  #externalPort: number;
  /** What the router may have: `asked` is a question that it never answered. */
  #step: "none" | "asked" | "granted" = "none";

  constructor(exchange: Exchange, wish: Wish) {
    this.#exchange = exchange;
    this.#wish = wish;
    this.#externalPort = wish.port;
  }

  async ask(leaseMs: number, turn: Promise<void>, signal: AbortSignal): Promise<Answer> {
    const external = await this.#askAddress(signal);
    if (external?.kind !== "address") return refusal(external);
    await turn;
    if (signal.aborted) return { kind: "refused", why: "too late" };
    if (this.#step === "none") this.#step = "asked";
    const answer = await this.#askMapping(this.#question(leaseMs / 1000), signal);
    if (answer?.kind === "refused" && this.#step === "asked") this.#step = "none";
    if (answer?.kind !== "mapping") return refusal(answer);

    this.#handleEpoch(external);
    this.#externalIp = external.ip;
    const { externalPort, lifetimeS } = answer.mapping;
    const address = externalAddress(external.ip, externalPort);
    if (address === undefined || lifetimeS === 0) {
      return { kind: "refused", why: "the router has no address to give" };
    }
    this.#step = "granted";
    this.#externalPort = externalPort;
    return { kind: "granted", address, leaseMs: lifetimeS * 1000 };
  }

  /** Tells a new address as well as a new beginning. */
  async check(signal: AbortSignal): Promise<boolean> {
    const external = await this.#askAddress(signal);
    if (external === undefined) return signal.aborted;
    if (external.kind === "refused") return true;
    const hasBegunAnew = this.#handleEpoch(external);
    const { ip } = external;
    return !hasBegunAnew && (this.#externalIp === undefined || equalBytes(ip, this.#externalIp));
  }

  async release(signal: AbortSignal): Promise<void> {
    const step = this.#step;
    this.#step = "none";
    const question = this.#question(0);
    if (step === "asked") this.#exchange.tell(question);
    if (step === "granted") await this.#askMapping(question, signal);
  }

  close(): void {
    this.#exchange.close();
  }

  async #askAddress(signal: AbortSignal): Promise<External | Refused | undefined> {
    const read = (bytes: Uint8Array) => {
      const answer = decodeNatPmpAnswer(bytes) ?? readNewRefusal(bytes, "address");
      if (answer?.kind === "refused") return answer.question === "address" ? answer : undefined;
      return answer?.kind === "address" ? answer : undefined;
    };
    return await this.#exchange.ask(encodeNatPmpAddressRequest(), read, signal);
  }

  #question(lifetimeS: number): Uint8Array {
    const externalPort = lifetimeS === 0 ? 0 : this.#externalPort;
    const internalPort = this.#wish.port;
    return encodeNatPmpMapRequest({ internalPort, externalPort, lifetimeS });
  }

  async #askMapping(
    question: Uint8Array,
    signal: AbortSignal,
  ): Promise<Mapping | Refused | undefined> {
    const read = (bytes: Uint8Array) => {
      const answer = decodeNatPmpAnswer(bytes) ?? readNewRefusal(bytes, "mapping");
      if (answer?.kind === "refused") return answer.question === "mapping" ? answer : undefined;
      if (answer?.kind !== "mapping") return undefined;
      return answer.mapping.internalPort === this.#wish.port ? answer : undefined;
    };
    return await this.#exchange.ask(question, read, signal);
  }

  #handleEpoch({ epochS }: External): boolean {
    return this.#epoch.handleEpoch(this.#wish.now(), epochS);
  }
}

function refusal(refused: Refused | undefined): Answer {
  if (refused === undefined) return { kind: "refused", why: "no answer" };
  const { resultCode } = refused;
  return { kind: "refused", why: REASONS[resultCode] ?? `result code ${resultCode}` };
}

/** A router that knows PCP alone says so in its own words. RFC 6887 §9 */
function readNewRefusal(bytes: Uint8Array, question: Refused["question"]): Refused | undefined {
  const answer = decodePcpAnswer(bytes);
  if (answer?.kind !== "refused" || answer.resultCode !== UNSUPPORTED_VERSION) return undefined;
  return { kind: "refused", question, resultCode: UNSUPPORTED_VERSION };
}

const UNSUPPORTED_VERSION = 1;
