import { type Address, addressOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { toHex } from "../../lib/base/bytes.ts";
import { IDENTITY_SECRET_BYTES, identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver } from "../../lib/io/driver.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import type { ServerCommand } from "../../lib/node/commands.ts";
import type { ServerEvent } from "../../lib/node/events.ts";
import { ServerNode } from "../../lib/node/server.ts";

/** The real server in this process, without a face, so that its memory can be looked at. */
export async function openServer(): Promise<{ readonly address: Address; readonly key: string }> {
  const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0, firstDatagramBytes });
  const address = addressOf("127.0.0.1", socket.port);
  assert(address !== undefined, "a bound socket has an address");
  const identity = identityFromSecret(systemRandom(IDENTITY_SECRET_BYTES));
  const now = systemClock.now();
  const driver = new Driver<ServerEvent, ServerCommand>({
    machine: new ServerNode({ now, random: systemRandom, identity, name: "server", serial: 1 }),
    sockets: [socket],
    store: undefined,
    onEvent: () => undefined,
  });
  driver.start();
  return { address, key: toHex(identity.noise.publicKey) };
}
