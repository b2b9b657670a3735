import type { PortMapFacts } from "../../contract/checks.ts";
import { systemClock } from "../clock.ts";
import { readInterfaces } from "../interfaces.ts";
import { NetworkWatch } from "../networkwatch.ts";
import { readGateways } from "../portmap/gateways.ts";
import { PortMapper } from "../portmap/portmapper.ts";
import { UdpSocket } from "../udp.ts";

/** Of the protocols that an IPv4 router and one of IPv6 may speak. */
const PROTOCOLS_4 = 3;
const PROTOCOLS_6 = 1;

/**
 * Has the routers map a port of its own for a moment, and so not the one by which the network is
 * examined. Settles when one has, all have refused, or the time is over.
 */
export async function tryMapping(timeoutMs: number): Promise<PortMapFacts> {
  const gateways = readGateways(readInterfaces());
  if (gateways.length === 0) return { routers: 0, granted: undefined };
  const socket = await openPort();
  if (socket === undefined) return { routers: gateways.length, granted: undefined };
  const { promise, resolve } = Promise.withResolvers<PortMapFacts["granted"]>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  let unasked = gateways
    .map(({ ownIp, ip }) =>
      ownIp.length === 16 ? PROTOCOLS_6 : ip === undefined ? 1 : PROTOCOLS_4,
    )
    .reduce((sum, count) => sum + count, 0);
  const mapper = PortMapper.open({
    network: new NetworkWatch({ clock: systemClock }),
    port: socket.port,
    onMapped: (address, protocol) => resolve({ address, protocol }),
    onLost: () => undefined,
    log: (_level, message) => {
      if (message !== "port not mapped") return;
      unasked -= 1;
      if (unasked === 0) resolve(undefined);
    },
  });
  const granted = await promise;
  clearTimeout(timer);
  await mapper.close();
  socket.close();
  return { routers: gateways.length, granted };
}

/** Without one the other checks say what is the matter. */
async function openPort(): Promise<UdpSocket | undefined> {
  try {
    return await UdpSocket.open({ host: undefined, port: 0 });
  } catch {
    return undefined;
  }
}
