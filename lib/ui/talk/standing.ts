import type { Address } from "../../base/address.ts";
import type { PeerEvent, ReadyEvent } from "../../node/events.ts";
import type { PresenceState } from "../../wire/aside.ts";

/** How one stands in the network, for the line that always says so. */
export class Standing {
  /** The node itself has gone, so that nothing of what follows is known. */
  isAway = false;
  server: "looking" | "silent" | "none" | "connected" | "lost" | "replaced";
  address: Address | undefined;
  /** As it was measured when the server was reached. */
  rttMs: number | undefined;
  /** In one word, where one is known. */
  nat: string | undefined;
  /** The same in a sentence, which there may be where no word is. */
  natText: string | undefined;
  /** Whether one is at hand, as one has said in whatever face. */
  presence: PresenceState = "online";
  /** Own messages that somebody has not got yet. */
  waiting = 0;
  /** How many nodes have come, one after another. */
  nodes = 0;

  constructor(awaitsServer: boolean) {
    this.server = awaitsServer ? "looking" : "none";
  }

  handleEvent(event: PeerEvent): void {
    if (event.type === "ready") this.#onReady(event);
    if (event.type === "reply" && event.command === "presence") this.presence = event.state;
    if (event.type === "server") {
      this.server = event.state;
      this.address = event.address;
      this.rttMs = event.rttMs;
    }
    if (event.type !== "nat") return;
    this.nat = event.nat ?? undefined;
    this.natText = event.text;
  }

  /** A node that comes after another knows nothing of what that one did. */
  #onReady({ server, nat, presence = "online" }: ReadyEvent): void {
    if (this.nodes > 0) this.natText = undefined;
    if (this.nodes > 0) this.waiting = 0;
    this.nodes += 1;
    if (server !== null) this.server = "connected";
    else if (this.server !== "none") this.server = "silent";
    this.address = server?.address;
    this.rttMs = server?.rttMs;
    this.nat = nat ?? undefined;
    this.presence = presence;
  }
}
