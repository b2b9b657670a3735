/**
 * Somebody on a local network who means no good, until ended. `liar.ts flood IP…`: 2000 forged
 * announcements a second by multicast DNS, from all of these addresses in turn. `liar.ts hold`:
 * keeps the port of multicast DNS for itself.
 */
import { createSocket, type Socket } from "node:dgram";
import makeMdns from "multicast-dns";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { announcementOf } from "../../lib/io/dnssd.ts";
import { systemRandom } from "../../lib/io/random.ts";

const PORT = 5353;
const GROUP = "224.0.0.251";
const TICK_MS = 5;
const PER_TICK = 10;

const [mode, ...ips] = process.argv.slice(2);
const sockets = await Promise.all(
  mode === "hold" ? [bind("0.0.0.0", false)] : ips.map((ip) => bind(ip, true)),
);
console.log(JSON.stringify({ type: "ready" }));
if (mode === "flood") flood();

function bind(ip: string, reuseAddr: boolean): Promise<Socket> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const socket = createSocket({ type: "udp4", reuseAddr });
  socket.bind(PORT, ip, () => resolve(socket));
  return promise;
}

function flood(): void {
  const liars = sockets.map((socket, i) => {
    socket.setMulticastInterface(ips[i] ?? "");
    return makeMdns({ socket, bind: false, multicast: false, ip: GROUP });
  });
  const { signing, noise } = identityFromSecret(systemRandom(64));
  const card = signCard({ signing, noiseKey: noise.publicKey, name: "mallory", serial: 1 });
  let serial = 1;
  setInterval(() => {
    for (let i = 0; i < PER_TICK; i += 1) {
      serial += 1;
      const forged = { role: "client", card: { ...card, serial }, port: 4000 } as const;
      liars[serial % liars.length]?.respond(announcementOf(forged, "10.9.8.66"));
    }
  }, TICK_MS);
}
