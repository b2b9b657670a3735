import { addressOf } from "../../lib/base/address.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { readInterfaces } from "../../lib/io/interfaces.ts";
import { NetworkWatch } from "../../lib/io/networkwatch.ts";
import { Exchange } from "../../lib/io/portmap/exchange.ts";
import { readGateways } from "../../lib/io/portmap/gateways.ts";
import { LEASE_PACE } from "../../lib/io/portmap/lease.ts";
import { NatPmpClient } from "../../lib/io/portmap/natpmpclient.ts";
import { PortMapper } from "../../lib/io/portmap/portmapper.ts";
import { type MappingHandlers, Router } from "../../lib/io/portmap/router.ts";

/**
 * Has the router of this machine map a UDP socket, and tells of it in JSON lines, until SIGTERM.
 * Arguments: the lease in seconds, how often the router is asked whether it has begun anew, in ms,
 * and "natpmp" to speak that alone, which a router that knows PCP too would not be asked for.
 */
const [leaseS = "7200", checkMs = "500", only] = process.argv.slice(2);

const say = (line: Readonly<Record<string, unknown>>): void => console.log(JSON.stringify(line));

const socket = await Bun.udpSocket({
  hostname: "::",
  socket: {
    data: (_socket, bytes, port, from) =>
      say({ type: "received", from: addressOf(from, port), text: bytes.toString() }),
    // An ICMP answer: the lab's closed doors are expected.
    error: () => undefined,
  },
});
const timing = {
  ...LEASE_PACE,
  leaseMs: Number(leaseS) * 1000,
  checkMs: Number(checkMs),
  askMsMin: 500,
  // Who asks in the moment in which its router begins anew asks again soon.
  retryMsMin: 1000,
};
const handlers: MappingHandlers = {
  onMapped: (address, protocol, leaseMs) => say({ type: "mapped", address, protocol, leaseMs }),
  onLost: (address) => say({ type: "lost", address }),
  log: (_level, message, fields) => say({ type: "log", message, ...fields }),
};
const mapper = only === "natpmp" ? await openNatPmp() : openAll();

process.on("SIGTERM", () => void leave());

async function leave(): Promise<void> {
  await mapper.close();
  say({ type: "closed" });
  process.exit(0);
}

function openAll(): PortMapper {
  return PortMapper.open({
    port: socket.port,
    network: new NetworkWatch({ clock: systemClock }),
    ...handlers,
    timing,
  });
}

async function openNatPmp(): Promise<Router> {
  const [gateway] = readGateways(readInterfaces());
  if (gateway === undefined) throw new Error("Cannot find a router");
  const exchange = await Exchange.open(gateway);
  const now = (): number => systemClock.now();
  const wish = { port: socket.port, random: systemRandom, now };
  const protocols = [new NatPmpClient(exchange, wish)];
  return new Router({ ...handlers, protocols, now, timing });
}
