import { type Address, formatAddress, isIpv6 } from "../../base/address.ts";
import { type FamilyFacts, outwardHosts } from "../../contract/checks.ts";
import type { ExaminationEvent } from "../../node/examination.ts";
import { Examiner } from "../../node/examiner.ts";
import { Driver } from "../driver.ts";
import { readInterfaces } from "../interfaces.ts";
import { systemRandom } from "../random.ts";
import { UdpSocket } from "../udp.ts";
import { knock, refusalOf } from "./knock.ts";

/** For the last word of a server that is silent. */
const KNOCK_MS = 1500;

/** What one family is found to be like: at once whether anything comes back, then all of it. */
export interface Examining {
  readonly reach: Promise<FamilyFacts>;
  readonly whole: Promise<FamilyFacts>;
}

type Event = ExaminationEvent & { readonly type: "examined" };

/** Has each family's server see this machine, from sockets that are this one's own. */
export class Examinations {
  readonly v4: Examining;
  readonly v6: Examining;
  readonly #driver: Driver<Event, never>;
  readonly #waiting = new Map<Address, (event: Event) => void>();

  private constructor(socket: UdpSocket, servers: readonly Address[]) {
    this.#driver = new Driver<Event, never>({
      machine: new Examiner(systemRandom),
      sockets: [socket],
      openSocket: () => UdpSocket.open({ host: undefined, port: 0 }),
      store: undefined,
      onEvent: (event) => this.#waiting.get(event.server)?.(event),
    });
    this.#driver.start();
    this.v4 = this.#examine("IPv4", servers);
    this.v6 = this.#examine("IPv6", servers);
  }

  static async open(servers: readonly Address[]): Promise<Examinations> {
    return new Examinations(await UdpSocket.open({ host: undefined, port: 0 }), servers);
  }

  /** What has not come by then never comes. */
  close(): void {
    this.#driver.close();
  }

  #examine(family: FamilyFacts["family"], servers: readonly Address[]): Examining {
    const own = outwardHosts(family, ownAddresses());
    const server = servers.find((it) => isIpv6(it) === (family === "IPv6"));
    if (server === undefined) {
      const facts = { family, own, examination: undefined, knock: "untried" } as const;
      return { reach: Promise.resolve(facts), whole: Promise.resolve(facts) };
    }
    const [first, last] = [Promise.withResolvers<Event>(), Promise.withResolvers<Event>()];
    this.#waiting.set(server, (event) => {
      first.resolve(event);
      if (event.isWhole) last.resolve(event);
    });
    this.#driver.found({ kind: "server", name: "", address: server, noiseKey: undefined });
    const knocking = Promise.all([knock(server, KNOCK_MS), refusalOf(server, KNOCK_MS)]);
    const factsOf = async (examination: ExaminationEvent): Promise<FamilyFacts> => {
      if (examination.outcome.kind === "answered") {
        return { family, own, examination, knock: "untried" };
      }
      const [answer, refusal] = await knocking;
      const error = examination.outcome.error ?? refusal;
      const outcome = { ...examination.outcome, error };
      return { family, own, examination: { ...examination, outcome }, knock: answer };
    };
    return { reach: first.promise.then(factsOf), whole: last.promise.then(factsOf) };
  }
}

function ownAddresses(): Address[] {
  return readInterfaces().map(({ ip }) => formatAddress({ ip, port: 1, zone: undefined }));
}
