import { UdpSocket } from "../lib/io/udp.ts";
import { firstDatagramBytes } from "../lib/wire/packet.ts";
import type { Listen } from "./options.ts";

export interface SecondPorts {
  readonly sockets: readonly UdpSocket[];
  /** Where each of them is bound. */
  readonly bound: readonly Listen[];
}

/**
 * One more port wherever a server listens on one, so that clients learn whether their NAT maps and
 * filters by ports: the next, or any where that is taken, and the same on all addresses, as RFC
 * 5780 §6.1 wants it. None where that fails, as the server serves without.
 */
export async function openSecondPorts(bound: readonly Listen[]): Promise<SecondPorts> {
  const byHost = Map.groupBy(bound, ({ host }) => host);
  const single = [...byHost.values()].filter((places) => places.length === 1).flat();
  const byPort = Map.groupBy(single, ({ port }) => port);
  const opened: SecondPorts[] = [];
  for (const [port, places] of byPort) {
    const hosts = places.map(({ host }) => host);
    const second = (await openAll(hosts, port + 1)) ?? (await openAll(hosts, 0));
    if (second !== undefined) opened.push(second);
  }
  return {
    sockets: opened.flatMap(({ sockets }) => sockets),
    bound: opened.flatMap((second) => second.bound),
  };
}

/** The same port at all of them, whichever the first one gets where it is 0; or none. */
async function openAll(
  hosts: readonly (string | undefined)[],
  firstPort: number,
): Promise<SecondPorts | undefined> {
  const sockets: UdpSocket[] = [];
  const bound: Listen[] = [];
  try {
    for (const host of hosts) {
      const port = sockets[0]?.port ?? firstPort;
      const socket = await UdpSocket.open({ host, port, firstDatagramBytes });
      sockets.push(socket);
      bound.push({ host, port: socket.port });
    }
    return { sockets, bound };
  } catch {
    for (const socket of sockets) socket.close();
    return undefined;
  }
}
