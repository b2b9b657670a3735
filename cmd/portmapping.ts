import { type Address, addressScope } from "../lib/base/address.ts";
import type { Log } from "../lib/io/log.ts";
import type { NetworkWatch } from "../lib/io/networkwatch.ts";
import type { PortMapper } from "../lib/io/portmap/portmapper.ts";
import type { MappingHint } from "../lib/node/machine.ts";

export interface PortMappingSetup {
  /** Where the node listens, undefined for everywhere. */
  readonly host: string | undefined;
  readonly port: number;
  readonly log: Log;
  readonly network: NetworkWatch;
  readonly found: (hint: MappingHint) => void;
}

/** Has the routers map the node's port, once there is a server that tells others of it. */
export class PortMapping {
  readonly #setup: PortMappingSetup;
  #mapper: Promise<PortMapper> | undefined;
  #isOver = false;

  constructor(setup: PortMappingSetup) {
    this.#setup = setup;
  }

  /** What it takes is loaded only now. Nobody comes from afar by a server on this very machine. */
  onConnected(server: Address): void {
    if (addressScope(server) === "loopback" || this.#isOver) return;
    this.#mapper ??= this.#open();
  }

  /** Takes the time that a router takes, some 300 ms at most. */
  async close(): Promise<void> {
    this.#isOver = true;
    await (await this.#mapper)?.close();
  }

  async #open(): Promise<PortMapper> {
    const { PortMapper: Mapper } = await import("../lib/io/portmap/portmapper.ts");
    const { host, port, log, network, found } = this.#setup;
    return Mapper.open({
      host,
      port,
      network,
      onMapped: (address) => found({ kind: "mapped", address }),
      // Who leaves has told all that there is to tell.
      onLost: (address) => {
        if (!this.#isOver) found({ kind: "unmapped", address });
      },
      log: (level, message, fields) => log.write({ type: "log", level, message, fields }),
    });
  }
}
