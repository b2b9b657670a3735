import type { Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { fromHex } from "../../lib/base/bytes.ts";
import { IDENTITY_SECRET_BYTES, identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver, type StoreLike } from "../../lib/io/driver.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { NetworkWatch } from "../../lib/io/networkwatch.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { Restored } from "../../lib/node/machine.ts";
import { PeerNode } from "../../lib/node/peer.ts";
import type { Card } from "../../lib/wire/card.ts";
import { Caller } from "./caller.ts";
import { SessionHost } from "./sessionhost.ts";
import type { Samples } from "./tasks.ts";

/**
 * Sessions that are there before growth is measured: what is made once is made by then, and what
 * the collector keeps free for the next ones is there to be used.
 */
const BEFORE = 1000;
const MORE = 1000;

/** At the same time, so that nobody's buffer overflows. */
const AT_ONCE = 20;

/**
 * Until nothing of a session's beginning is left but the session: the answer to its handshake is
 * kept for 15 s, and the first keepalive, after 8 s, is when a session comes to rest.
 */
const SETTLED_MS = 20_000;

/** Brings so many to the far end, one by one, and leaves them there in silence. */
async function crowd(come: () => Promise<void>, warm: () => Promise<void>): Promise<Samples> {
  const bring = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, come));
    await Bun.sleep(SETTLED_MS);
  };
  await bring(BEFORE);
  await warm();
  await bring(MORE);
  return { sessions: MORE };
}

const NOTHING: Restored = {
  chat: {
    rooms: [],
    left: [],
    members: [],
    heads: [],
    gaps: [],
    checkpoints: [],
    forks: [],
    floors: [],
    waiting: [],
    entrusted: [],
    held: [],
    unshown: [],
    shown: [],
  },
  people: [],
  networks: [],
  encounters: [],
};

/** A client's disk is not what is measured. */
const NOWHERE: StoreLike = {
  commit: () => true,
  load: () => ({ kind: "outbox", rows: [] }),
  shown: { one: () => undefined, oneWithLineFeed: () => false },
};

/** Peers, each with an endpoint of its own, who call on one. */
export async function peers(
  far: { readonly card: Card; readonly address: Address },
  warm: () => Promise<void>,
): Promise<Samples> {
  return crowd(async () => {
    const caller = new Caller();
    const host = await SessionHost.open({ appFor: () => caller, datagramBytesMax: undefined });
    host.call(far.card, far.address);
    await caller.opened;
  }, warm);
}

/** Clients who register with one server and share no room. */
export async function clients(
  server: { readonly key: string; readonly address: Address },
  warm: () => Promise<void>,
): Promise<Samples> {
  const noiseKey = fromHex(server.key);
  assert(noiseKey !== undefined, "a server's key is one");
  return crowd(async () => {
    const ready = Promise.withResolvers<void>();
    const now = systemClock.now();
    const driver = new Driver<PeerEvent, PeerCommand>({
      machine: new PeerNode({
        surveys: false,
        relays: true,
        now,
        random: systemRandom,
        identity: identityFromSecret(systemRandom(IDENTITY_SECRET_BYTES)),
        name: "somebody",
        serial: 1,
        rooms: [],
        awaitsServer: true,
        restored: NOTHING,
      }),
      sockets: [await UdpSocket.open({ host: "127.0.0.1", port: 0, firstDatagramBytes })],
      store: NOWHERE,
      onEvent: (event) => {
        if (event.type === "ready") assert(event.server !== null, "the server answers in time");
        if (event.type === "ready") ready.resolve();
      },
      network: new NetworkWatch({ clock: systemClock, interfaces: () => [] }),
    });
    driver.start();
    driver.found({ kind: "server", name: "server", address: server.address, noiseKey });
    await ready.promise;
  }, warm);
}
