import { signCard } from "../lib/crypto/card.ts";
import type { Identity } from "../lib/crypto/identity.ts";
import { systemClock } from "../lib/io/clock.ts";
import type { Found } from "../lib/io/lantable.ts";
import type { Log } from "../lib/io/log.ts";
import type { NetworkWatch } from "../lib/io/networkwatch.ts";
import { systemRandom } from "../lib/io/random.ts";

/** A client that a server makes wait looks around by then; who is ready at once, right after. */
const DELAY_MS = 100;

export interface LanSetup {
  readonly role: "client" | "server";
  readonly identity: Identity;
  readonly name: string;
  readonly serial: number;
  /** Where the node listens, undefined for everywhere. */
  readonly host: string | undefined;
  readonly port: number;
  readonly log: Log;
  readonly network: NetworkWatch;
  /** Undefined for who only announces. */
  readonly found: ((found: Found) => void) | undefined;
}

/**
 * Announces a node on the local network, as soon as the first words are out: what it takes is
 * loaded only then. Returns what ends it, which takes the time of a goodbye.
 */
export function joinLan(setup: LanSetup): () => Promise<void> {
  let isOver = false;
  let close = async (): Promise<void> => undefined;
  const timer = setTimeout(() => void begin(), DELAY_MS);

  const begin = async (): Promise<void> => {
    const { Lan } = await import("../lib/io/lan.ts");
    if (isOver) return;
    const { role, identity, name, serial, host, port, log, network, found } = setup;
    const card = signCard({
      signing: identity.signing,
      noiseKey: identity.noise.publicKey,
      name,
      serial,
    });
    const lan = new Lan({
      service: { role, card, port },
      host,
      found,
      onTrouble: (trouble) =>
        log.write({
          type: "log",
          level: "warn",
          message: "interface not used for discovery",
          fields: { trouble },
        }),
      clock: systemClock,
      network,
      random: systemRandom,
    });
    lan.start();
    close = () => lan.close();
  };
  return () => {
    isOver = true;
    clearTimeout(timer);
    return close();
  };
}
