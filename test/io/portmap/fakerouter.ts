import { Reader, Writer } from "../../../lib/base/bytes.ts";
import type { Gateway } from "../../../lib/io/portmap/gateways.ts";

/** On loopback the router has an address of its own beside this machine's. */
export const ROUTER_HOST = "127.0.0.2";
export const SECOND_HOST = "127.0.0.3";
export const FORGER_HOST = "127.0.0.4";
export const LOOPBACK: Gateway = {
  interfaceName: "lo",
  ownIp: Uint8Array.of(127, 0, 0, 1),
  prefixBits: 8,
  ip: Uint8Array.of(127, 0, 0, 2),
};

/** What a fake router speaks and how it answers; changed while it runs. */
export interface Behaviour {
  pcp: "speaks" | "refuses" | "silent" | "unknown";
  natPmp: "speaks" | "refuses" | "silent";
  epochS: number;
  lifetimeS: number;
  externalIp: readonly number[];
  /** Whether somebody else answers in its place. */
  isForged: boolean;
  /** Whether its answers are about another mapping, of PCP by the nonce. */
  isAstray: boolean;
  /** Added to the port that is asked for. */
  portOffset: number;
}

export interface Asked {
  readonly protocol: "PCP" | "NAT-PMP";
  readonly lifetimeS: number;
  readonly internalPort: number;
  readonly externalPort: number;
}

/** A router on loopback that speaks PCP and NAT-PMP as told, and remembers what it was asked. */
export class FakeRouter implements Disposable {
  readonly behaviour: Behaviour = {
    pcp: "unknown",
    natPmp: "silent",
    epochS: 1000,
    lifetimeS: 7200,
    externalIp: [93, 184, 216, 34],
    isForged: false,
    isAstray: false,
    portOffset: 0,
  };
  /** Questions for mappings, without announcements and addresses. */
  readonly asked: Asked[] = [];
  readonly #socket: Socket;
  readonly #forger: Socket;

  private constructor(socket: Socket, forger: Socket, inbox: Inbox) {
    this.#socket = socket;
    this.#forger = forger;
    inbox.isForged = () => this.behaviour.isForged;
    inbox.answer = (bytes) => this.#answer(new Reader(bytes), bytes);
  }

  /** On a port of the system's choice, unless another router's is to be shared. */
  static async open(
    behaviour: Partial<Behaviour>,
    { hostname = ROUTER_HOST, port: wanted = 0 } = {},
  ): Promise<FakeRouter> {
    const inbox: Inbox = { answer: () => undefined, isForged: () => false };
    const forger = await Bun.udpSocket({ hostname: FORGER_HOST, binaryType: "uint8array" });
    const socket = await Bun.udpSocket({
      hostname,
      port: wanted,
      binaryType: "uint8array",
      socket: {
        data: (own, bytes, port, host) => {
          const answer = inbox.answer(bytes);
          const sender = inbox.isForged() ? forger : own;
          if (answer !== undefined) sender.send(answer, port, host);
        },
        error: () => undefined,
      },
    });
    const router = new FakeRouter(socket, forger, inbox);
    Object.assign(router.behaviour, behaviour);
    return router;
  }

  get port(): number {
    return this.#socket.port;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    this.#forger.close();
  }

  #answer(reader: Reader, question: Uint8Array): Uint8Array | undefined {
    const version = reader.u8();
    const operation = reader.u8();
    return version === 0
      ? this.#answerNatPmp(operation, reader)
      : this.#answerPcp(operation, reader, question);
  }

  #answerNatPmp(operation: number, reader: Reader): Uint8Array | undefined {
    const { natPmp, epochS, externalIp, isAstray } = this.behaviour;
    if (natPmp === "silent") return undefined;
    const result = natPmp === "refuses" ? 2 : 0;
    const head = new Writer()
      .u8(0)
      .u8(0x80 + operation)
      .u16(result)
      .u32(epochS);
    if (operation === 0) return head.bytes(Uint8Array.from(externalIp)).finish();
    reader.u16();
    const internalPort = reader.u16();
    const externalPort = reader.u16();
    const lifetimeS = reader.u32();
    this.asked.push({ protocol: "NAT-PMP", lifetimeS, internalPort, externalPort });
    return head
      .u16(isAstray ? internalPort + 1 : internalPort)
      .u16(this.#given(externalPort))
      .u32(this.#granted(lifetimeS))
      .finish();
  }

  #answerPcp(operation: number, reader: Reader, question: Uint8Array): Uint8Array | undefined {
    const { pcp, natPmp, epochS, externalIp, isAstray } = this.behaviour;
    if (pcp === "silent") return undefined;
    if (pcp === "unknown") {
      // RFC 6886 §3.5, where there is anybody at all.
      const refusal = new Writer()
        .u8(0)
        .u8(0x80 + operation)
        .u16(1)
        .u32(epochS);
      return natPmp === "silent" ? undefined : refusal.finish();
    }
    reader.u16();
    const lifetimeS = reader.u32();
    reader.bytes(16);
    const head = (lifetime: number) =>
      new Writer()
        .u8(2)
        .u8(0x80 + operation)
        .u8(0)
        .u8(pcp === "refuses" ? 8 : 0)
        .u32(lifetime)
        .u32(epochS)
        .zeros(12);
    if (operation === 0) return head(0).finish();
    const nonce = isAstray ? new Uint8Array(12) : reader.bytes(12);
    if (isAstray) reader.bytes(12);
    reader.u32();
    const internalPort = reader.u16();
    const externalPort = reader.u16();
    this.asked.push({ protocol: "PCP", lifetimeS, internalPort, externalPort });
    if (pcp === "refuses") return head(30).bytes(question.subarray(24)).finish();
    return head(this.#granted(lifetimeS))
      .bytes(nonce)
      .u8(17)
      .zeros(3)
      .u16(internalPort)
      .u16(this.#given(externalPort))
      .zeros(10)
      .u16(0xffff)
      .bytes(Uint8Array.from(externalIp))
      .finish();
  }

  #given(externalPort: number): number {
    return externalPort === 0 ? 0 : externalPort + this.behaviour.portOffset;
  }

  #granted(lifetimeS: number): number {
    return Math.min(lifetimeS, this.behaviour.lifetimeS);
  }
}

type Socket = Bun.udp.Socket<"uint8array">;

interface Inbox {
  isForged: () => boolean;
  answer: (bytes: Uint8Array) => Uint8Array | undefined;
}
