import { type Address, addressOf } from "../../lib/base/address.ts";
import { Survey, type SurveyOutput } from "../../lib/paths/survey.ts";
import type { NatReport } from "../../lib/wire/nat.ts";
import { inside } from "./namespaces.ts";
import { type ClientPlace, siteOf } from "./plan.ts";
import type { Topology } from "./topology.ts";

type Socket = Bun.udp.Socket<"buffer">;

/** A pending ICMP answer makes one send fail; the next one goes out. */
const TRIES = 3;

/** A survey at a place of the lab, in this very process, by sockets of that place. */
export class Surveyor implements Disposable {
  readonly #lab: Topology;
  readonly #place: ClientPlace;
  readonly #survey: Survey;
  readonly #sockets = new Map<number, Socket>();
  #timer: NodeJS.Timeout | undefined;
  #nextSocket = 1;
  sent = 0;

  private constructor(lab: Topology, place: ClientPlace) {
    this.#lab = lab;
    this.#place = place;
    this.#survey = new Survey({
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      mainSocket: 0,
      nextSocket: () => this.#nextSocket++,
    });
  }

  static async begin(
    lab: Topology,
    place: ClientPlace,
    observers: readonly Address[],
  ): Promise<Surveyor> {
    const surveyor = new Surveyor(lab, place);
    const { port } = await surveyor.#open(0);
    const local = addressOf(siteOf(place).v4 ?? "", port);
    const now = Date.now();
    surveyor.#survey.setLocal(now, local === undefined ? [] : [local]);
    surveyor.#survey.setObservers(now, observers);
    surveyor.#turn();
    return surveyor;
  }

  /** After all but the lifetime is known. */
  async settled(): Promise<NatReport | undefined> {
    while (!this.#survey.isSettled) await Bun.sleep(20);
    return this.#survey.report(Date.now());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  async #open(number: number): Promise<Socket> {
    const socket = await inside(this.#lab.namespace(this.#place), () =>
      Bun.udpSocket({
        hostname: "0.0.0.0",
        socket: {
          data: (_socket, bytes, port, host) => {
            const from = addressOf(host, port);
            if (from === undefined) return;
            this.#survey.handleDatagram(Date.now(), number, from, bytes);
            this.#turn();
          },
          // An ICMP answer to an earlier datagram: closed doors are what is looked for.
          error: () => {},
        },
      }),
    );
    this.#sockets.set(number, socket);
    return socket;
  }

  #turn(): void {
    for (let output = this.#survey.pollOutput(); output !== undefined;) {
      this.#carryOut(output);
      output = this.#survey.pollOutput();
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#survey.handleTimeout(Date.now());
        this.#turn();
      },
      Math.max(0, Math.min(10_000, this.#survey.pollTimeout() - Date.now())),
    );
  }

  #carryOut(output: SurveyOutput): void {
    switch (output.kind) {
      case "open":
        void this.#open(output.socket).then(({ port }) => {
          this.#survey.handleSocket(Date.now(), output.socket, { step: "opened", port });
          this.#turn();
        });
        return;
      case "close":
        this.#sockets.get(output.socket)?.close();
        this.#sockets.delete(output.socket);
        return;
      case "send":
        this.#send(output.socket, output.to, output.bytes);
        return;
      case "report":
        return;
      default:
        output satisfies never;
    }
  }

  #send(number: number, to: Address, bytes: Uint8Array): void {
    const [host = "", port = ""] = to.split(":");
    this.sent += 1;
    for (let tries = 1; tries <= TRIES; tries += 1) {
      try {
        this.#sockets.get(number)?.send(bytes, Number(port), host);
        return;
      } catch {
        // What was wrong with an earlier datagram.
      }
    }
  }
}
