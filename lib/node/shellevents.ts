import type { Req, Who } from "./events.ts";

/** What is told beside a node's own events by who runs it, to all faces that look at it. */
export type ShellEvent = DraftEvent;

/** The answers of who runs a node, to what is asked of it and not of the node. */
export type ShellReply = NodeReply | WebReply;

/** What is being written somewhere and not said yet, in any face. */
export interface DraftEvent {
  readonly type: "draft";
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
