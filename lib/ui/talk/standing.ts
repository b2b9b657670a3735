import type { Address } from "../../base/address.ts";
import type { PeerEvent } from "../../node/events.ts";

/** How one stands in the network, for the line that always says so. */
export class Standing {
  server: "looking" | "silent" | "none" | "connected" | "lost" | "replaced";
  address: Address | undefined;
  /** As it was measured when the server was reached. */
  rttMs: number | undefined;
  /** In one word, where one is known. */
  nat: string | undefined;
  /** The same in a sentence, which there may be where no word is. */
  natText: string | undefined;
  /** Own messages that somebody has not got yet. */
  waiting = 0;

  constructor(awaitsServer: boolean) {
    this.server = awaitsServer ? "looking" : "none";
  }

  handleEvent(event: PeerEvent): void {
    if (event.type === "ready" && event.server !== null) {
      this.server = "connected";
      this.address = event.server.address;
      this.rttMs = event.server.rttMs;
      this.nat = event.nat ?? undefined;
    }
    if (event.type === "ready" && event.server === null && this.server === "looking") {
      this.server = "silent";
    }
    if (event.type === "server") {
      this.server = event.state;
      this.address = event.address;
      this.rttMs = event.rttMs;
    }
    if (event.type !== "nat") return;
    this.nat = event.nat ?? undefined;
    this.natText = event.text;
  }
}
