import type { Address } from "../../base/address.ts";
import { formatAddress } from "../../base/address.ts";
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

/** An examination under way, one family each. */
export interface Examining {
  readonly v4: Promise<FamilyFacts>;
  readonly v6: Promise<FamilyFacts>;
  /** Closes the sockets; what has not come by then never comes. */
  readonly close: () => void;
}

/** Has each family's server see this machine, from sockets of its own. */
export async function examine(servers: readonly Address[]): Promise<Examining> {
  const pending = new Map<Address, (event: ExaminationEvent) => void>();
  const driver = new Driver<Parameters<typeof settle>[0], never>({
    machine: new Examiner(systemRandom),
    sockets: [await UdpSocket.open({ host: undefined, port: 0 })],
    openSocket: () => UdpSocket.open({ host: undefined, port: 0 }),
    store: undefined,
    onEvent: (event) => settle(event),
  });
  const settle = (event: ExaminationEvent & { readonly type: "examined" }): void => {
    pending.get(event.server)?.(event);
  };
  driver.start();
  const factsOf = async (family: FamilyFacts["family"]): Promise<FamilyFacts> => {
    const own = outwardHosts(family, ownAddresses());
    const server = servers.find((it) => it.startsWith("[") === (family === "IPv6"));
    if (server === undefined) return { family, own, examination: undefined, knock: "untried" };
    const { promise, resolve } = Promise.withResolvers<ExaminationEvent>();
    pending.set(server, resolve);
    driver.found({ kind: "server", name: "", address: server, noiseKey: undefined });
    const knocking = [knock(server, KNOCK_MS), refusalOf(server, KNOCK_MS)] as const;
    const examination = await promise;
    if (examination.outcome.kind === "answered") {
      return { family, own, examination, knock: "untried" };
    }
    const [answer, refusal] = await Promise.all(knocking);
    const error = examination.outcome.error ?? refusal;
    const outcome = { ...examination.outcome, error };
    return { family, own, examination: { server, outcome }, knock: answer };
  };
  return { v4: factsOf("IPv4"), v6: factsOf("IPv6"), close: () => driver.close() };
}

function ownAddresses(): Address[] {
  return readInterfaces().map(({ ip }) => formatAddress({ ip, port: 1, zone: undefined }));
}
