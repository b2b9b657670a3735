import type { Address } from "../base/address.ts";
import type { PeerPath, PeerStateEvent, Req, Who } from "./events.ts";

/** What one side of a meeting knows, or has said, of its part in it. */
export interface MeetingSide {
  /** Its NAT in one word and in a sentence; null where nothing is known. */
  readonly nat: string | null;
  readonly text: string | null;
  /** Datagrams sent to the other side: handshakes and searches; null where it has not said. */
  readonly calls: number | null;
  readonly punches: number | null;
  /** Datagrams of the other side that arrived. */
  readonly callsSeen: number | null;
  readonly punchesSeen: number | null;
}

/** Something that was done or seen, the last time that it was. */
export interface MeetingStep {
  readonly atMs: number;
  readonly text: string;
  /** In a row. */
  readonly times: number;
}

/** Why somebody is reached, or is not. */
export interface WhyEvent {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "why";
  readonly who: Who;
  readonly state: PeerStateEvent["state"] | "known";
  readonly path: PeerPath | null;
  /** In plain words, and one thing to do, where there is one. */
  readonly text: string;
  readonly next: string | null;
  /** How the two routers let them meet, in one word; null where they were never introduced. */
  readonly expected: string | null;
  readonly you: MeetingSide;
  readonly they: MeetingSide;
  /** Where one's own routers were asked to pass on what comes, and do. */
  readonly mapped: readonly Address[];
  /** The last few, each once: whose last time is longest ago first. */
  readonly tried: readonly MeetingStep[];
}
