import type { Req, Who } from "./events.ts";

/** What is told beside a node's own events by who runs it, to all faces that look at it. */
export type ShellEvent = DraftEvent;

/** The answers of who runs a node, to what is asked of it and not of the node. */
export type ShellReply = NodeReply | WebReply | DoctorReply;

/** What is being written somewhere and not said yet, in any face. */
export interface DraftEvent {
  readonly type: "draft";
  /** Of who wrote it, whom this answers; null to the other faces. */
  readonly req: Req;
  /** `#room`, or `@name` or `@name~id` of whom it is for. */
  readonly room: string;
  /** Empty where nothing is being written any more. */
  readonly text: string;
  /** The id of the message that it answers. */
  readonly replyTo: string | null;
}

/** A face that looks at a node. */
export interface SeatedFace {
  /** Such as `plain`, `json`, `full-screen`, `web`. */
  readonly kind: string;
  readonly sinceMs: number;
}

/** Which process a node runs in, for whom, and who looks at it. */
interface NodeReply {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "node";
  readonly pid: number;
  readonly profile: string;
  /** Where all of that is kept, as a whole path. */
  readonly dataDirectory: string;
  /** Of the server that it was told of, `HOST:PORT` or `HOST:PORT#KEY`. */
  readonly server: string | null;
  /** Whether routers are asked to map its port. */
  readonly isMapped: boolean;
  readonly me: Who;
  readonly version: string;
  readonly sinceMs: number;
  readonly faces: readonly SeatedFace[];
}

/** Where a browser finds the page of a node: the address lets in who opens it first, once. */
interface WebReply {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "web";
  readonly url: string;
}

/** Something of one's own network that was looked at. */
export interface Finding {
  /** Such as `udp` or `firewall`. */
  readonly name: string;
  /** `skip`: it cannot be told, and the text says why. */
  readonly state: "ok" | "warn" | "fail" | "skip";
  readonly text: string;
  /** One thing to do, where something is wrong. */
  readonly fix: string | null;
}

/** How somebody is expected to be met. */
export interface FoundPerson {
  readonly who: Who;
  readonly text: string;
}

/** What a visit to one's own network has found. */
interface DoctorReply {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "doctor";
  /** Whose eyes it looked by. */
  readonly servers: readonly string[];
  readonly checks: readonly Finding[];
  /** How those met last are expected to be met next. */
  readonly people: readonly FoundPerson[];
}
